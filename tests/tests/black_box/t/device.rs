//! Devices without a browser (RFC 8628): one asks, a person decides at another place, and the device gets its tokens once.

use hufu_tests::{Browser, Page, Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PASSWORD: &str = "seven wet otters sing low";
pub(super) const API: &str = "https://api.example/tea";
/// Another one that the televisions are registered with.
pub(super) const STOCK: &str = "https://api.example/stock";
const SCOPE: &str = "openid profile offline_access";

/// A tenant with a public client on televisions, a confidential one on printers, whose secret this gives, and a person.
pub(super) async fn house<'a>(server: &'a Server, slug: &'a str) -> (Tenant<'a>, String) {
    house_of(server, slug, "wx0000000000000001").await
}

async fn house_of<'a>(server: &'a Server, slug: &'a str, app: &str) -> (Tenant<'a>, String) {
    let tenant = server.tenant(slug).await;
    tenant.wechat_app(app).await;
    tenant
        .mini_program_for("shop", app, "account offline_access openid phone profile wechat")
        .await;
    let tv = json!({
        "client_name": "Bamboo <TV>", "token_endpoint_auth_method": "none", "grant_types": [GRANT, "refresh_token"],
        "scope": SCOPE, "resources": [API, STOCK],
    });
    tenant.admin("PUT", "/clients/tv", Some(tv)).await.expect(201);
    let printer = json!({"client_name": "Printer", "grant_types": [GRANT], "scope": "openid profile"});
    let printer = tenant
        .admin("PUT", "/clients/printer", Some(printer))
        .await
        .expect(201);
    tenant.register("ming", PASSWORD).await;
    (tenant, printer.str("/client_secret").to_owned())
}

/// A device that asks.
pub(super) struct Device {
    pub(super) code: String,
    user_code: String,
    complete: String,
}

async fn ask(tenant: &Tenant<'_>, form: &[(&str, &str)]) -> Reply {
    let url = tenant.url("/device_authorization");
    tenant.server.http.post_form(&url, form).await
}

async fn begin(tenant: &Tenant<'_>) -> Device {
    begin_with(tenant, &[("client_id", "tv"), ("scope", SCOPE)]).await
}

pub(super) async fn begin_with(tenant: &Tenant<'_>, form: &[(&str, &str)]) -> Device {
    let reply = ask(tenant, form).await.expect(200);
    Device {
        code: reply.str("/device_code").to_owned(),
        user_code: reply.str("/user_code").to_owned(),
        complete: reply.str("/verification_uri_complete").to_owned(),
    }
}

async fn poll(tenant: &Tenant<'_>, device: &Device) -> Reply {
    tenant
        .token(&[
            ("grant_type", GRANT),
            ("client_id", "tv"),
            ("device_code", &device.code),
        ])
        .await
}

fn refused(reply: Reply, error: &str) {
    reply.expect_error(400, error, None);
}

/// A browser in which somebody is signed in, at the page for codes.
async fn at_the_page<'b, 'a>(tenant: &Tenant<'a>, browser: &'b Browser<'a>, name: &str) -> Page<'b, 'a> {
    let login = browser.open(&tenant.url("/device")).await.expect(200);
    assert_eq!(login.place(), "login");
    let page = login
        .submit(&[("username", name), ("password", PASSWORD)])
        .await
        .expect(200);
    assert!(page.has("device-submit"), "{}", page.reply);
    page
}

/// The same, with the code sent: the question.
async fn asked<'b, 'a>(tenant: &Tenant<'a>, browser: &'b Browser<'a>, device: &Device) -> Page<'b, 'a> {
    let page = at_the_page(tenant, browser, "ming").await;
    let page = page.submit(&[("user_code", &device.user_code)]).await.expect(200);
    assert!(page.has("device-allow"), "{}", page.reply);
    page
}

pub(super) async fn allow(tenant: &Tenant<'_>, device: &Device) {
    let browser = tenant.server.browser();
    let page = asked(tenant, &browser, device).await;
    let done = page.submit(&[("decision", "allow")]).await.expect(200);
    assert_eq!(done.place(), "allowed");
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["kind"].as_str()).collect()
}

on_both_databases! {
    async fn rfc8628_3_a_person_lets_a_device_in_by_its_code(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let reply = ask(&tenant, &[("client_id", "tv"), ("scope", SCOPE)]).await.expect(200);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.str("/verification_uri"), tenant.url("/device"));
        assert_eq!((&reply.body["expires_in"], &reply.body["interval"]), (&json!(600), &json!(5)));
        let user_code = reply.str("/user_code").to_owned();
        let letters = |text: &str| text.len() == 4 && text.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c));
        assert!(user_code.split_once('-').is_some_and(|(a, b)| letters(a) && letters(b)), "{user_code}");
        assert_eq!(reply.str("/verification_uri_complete"), tenant.url(&format!("/device?user_code={user_code}")));
        let device = Device { code: reply.str("/device_code").to_owned(), user_code, complete: String::new() };
        assert!(device.code.len() > 60);
        refused(poll(&tenant, &device).await, "authorization_pending");
        let browser = server.browser();
        let page = asked(&tenant, &browser, &device).await;
        // Who asks, for what, where it is, and what the device shows.
        let page = page.says("Bamboo &lt;TV&gt;").says(&device.user_code).says("127.0.0.0/24").says("ming");
        server.advance(60);
        let done = page.submit(&[("decision", "allow")]).await.expect(200);
        assert_eq!(done.place(), "allowed");
        let tokens = Tokens::of(poll(&tenant, &device).await);
        assert_eq!(tokens.reply.body["token_type"], "Bearer");
        assert_eq!(tokens.reply.body["scope"], "offline_access openid profile");
        let id = server.unverified(&tokens.id);
        assert_eq!(id["amr"], json!(["pwd"]));
        assert_eq!(id["auth_time"].as_i64().unwrap() + 60, id["iat"].as_i64().unwrap());
        assert_eq!(id["sid"], server.unverified(&tokens.access)["sid"]);
        assert_eq!(id["aud"], "tv");
        tenant.userinfo(&tokens.access).await.expect(200);
        let again = Tokens::of(tenant.refresh("tv", &tokens.refresh).await);
        assert_eq!(server.unverified(&again.id)["auth_time"], id["auth_time"]);
        // Once.
        refused(poll(&tenant, &device).await, "invalid_grant");
        let events = tenant.events().await;
        assert!(kinds(&events).contains(&"device.allowed") && kinds(&events).contains(&"client.consented"));
        // On the account page, the client is among those that have access.
        let _ = browser.open(&tenant.url("/me")).await.expect(200).says("Bamboo &lt;TV&gt;");
    }

    async fn rfc8628_3_5_who_says_no_gives_nothing(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let device = begin(&tenant).await;
        let browser = server.browser();
        let page = asked(&tenant, &browser, &device).await;
        let done = page.submit(&[("decision", "deny")]).await.expect(200);
        assert_eq!(done.place(), "denied");
        refused(poll(&tenant, &device).await, "access_denied");
        let events = tenant.events().await;
        assert!(kinds(&events).contains(&"device.denied") && !kinds(&events).contains(&"client.consented"));
        // Nobody decides twice.
        let late = page.submit(&[("decision", "allow")]).await.expect(400);
        assert!(late.reply.text.contains("role=\"alert\""));
        refused(poll(&tenant, &device).await, "access_denied");
    }

    async fn rfc8628_3_5_who_polls_too_fast_is_slowed_down_on_every_node(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let device = begin(&tenant).await;
        refused(poll(&tenant, &device).await, "authorization_pending");
        server.advance(5);
        refused(poll(&tenant, &device).await, "authorization_pending");
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        refused(poll(&there, &device).await, "slow_down");
        // Five seconds are too few from now on, wherever it asks.
        server.advance(5);
        refused(poll(&tenant, &device).await, "slow_down");
        server.advance(15);
        refused(poll(&tenant, &device).await, "authorization_pending");
        // Once somebody has decided there is nothing to wait for.
        allow(&tenant, &device).await;
        Tokens::of(poll(&tenant, &device).await);
    }

    async fn rfc8628_3_5_codes_are_over_after_600_seconds(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let (first, second) = (begin(&tenant).await, begin(&tenant).await);
        let browser = server.browser();
        let question = asked(&tenant, &browser, &first).await;
        allow(&tenant, &second).await;
        server.advance(600);
        refused(poll(&tenant, &first).await, "expired_token");
        // Nor does what was allowed last any longer.
        refused(poll(&tenant, &second).await, "expired_token");
        assert_eq!(question.submit(&[("decision", "allow")]).await.reply.status, 400);
        let page = browser.open(&tenant.url("/device")).await.expect(200);
        let over = page.submit(&[("user_code", &first.user_code)]).await.expect(400);
        let unknown = page.submit(&[("user_code", "BBBB-BBBB")]).await.expect(400);
        for refused in [over, unknown] {
            assert!(refused.has("device-submit"));
            let _ = refused.says("There is no such code");
        }
    }

    async fn rfc8628_3_5_of_100_redemptions_at_once_one_gets_tokens(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let device = begin(&tenant).await;
        allow(&tenant, &device).await;
        let replies = server.in_parallel(100, || poll(&tenant, &device)).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        for reply in replies.into_iter().filter(|reply| reply.status != 200) {
            refused(reply, "invalid_grant");
        }
        assert_eq!(server.number("SELECT count(*) FROM grants WHERE client_id = 'tv'"), 1);
    }

    async fn rfc8628_3_1_the_client_authenticates_and_asks_for_no_more_than_it_may(server: Server) {
        let (tenant, secret) = house(&server, "acme").await;
        ask(&tenant, &[("client_id", "printer")]).await.expect_error(401, "invalid_client", None);
        ask(&tenant, &[("client_id", "nobody")]).await.expect_error(401, "invalid_client", None);
        refused(ask(&tenant, &[("client_id", "shop")]).await, "unauthorized_client");
        refused(ask(&tenant, &[("client_id", "tv"), ("scope", "openid wechat")]).await, "invalid_scope");
        refused(ask(&tenant, &[("client_id", "tv"), ("resource", "https://other.example/")]).await, "invalid_target");
        let as_printer = [("client_id", "printer"), ("client_secret", secret.as_str())];
        let device = begin_with(&tenant, &as_printer).await;
        allow(&tenant, &device).await;
        // Another client's code is none.
        refused(poll(&tenant, &device).await, "invalid_grant");
        let mut form = vec![("grant_type", GRANT), ("device_code", device.code.as_str())];
        form.extend(as_printer);
        let tokens = Tokens::of(tenant.token(&form).await);
        assert!(tokens.refresh.is_empty());
        form.pop();
        tenant.token(&form).await.expect_error(401, "invalid_client", None);
        for garbage in ["", "x", "hufu_dc_AAAA"] {
            let asked = [("grant_type", GRANT), ("client_id", "tv"), ("device_code", garbage)];
            assert_eq!(tenant.token(&asked).await.status, 400);
        }
    }

    async fn rfc8628_5_4_a_code_in_the_address_is_filled_in_and_never_sent(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let device = begin(&tenant).await;
        let browser = server.browser();
        let login = browser.open(&device.complete).await.expect(200);
        assert_eq!(login.place(), "login");
        let page = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        assert!(page.has("device-submit") && !page.has("device-allow"));
        assert!(page.reply.text.contains(&format!("value=\"{}\"", device.user_code)));
        // Nor does the question's own address show it to who has not sent the code in this browser.
        let question = page.submit(&[("user_code", &device.user_code)]).await.expect(200);
        assert!(question.has("device-allow"));
        for address in [
            tenant.url(&format!("/device/confirm?user_code={}", device.user_code)),
            tenant.url(&format!("/device/confirm?user_code={}&proof=AAAA", device.user_code)),
        ] {
            let page = browser.open(&address).await.expect(200);
            assert!(page.has("device-submit") && !page.has("device-allow"));
        }
        let other = server.browser();
        at_the_page(&tenant, &other, "ming").await;
        let page = other.open(question.url.as_str()).await.expect(200);
        assert!(page.has("device-submit") && !page.has("device-allow"));
        // A form that no page of ours has is refused.
        let (action, mut form) = question.form(&[("decision", "allow")]);
        form.retain(|(name, _)| name != "csrf");
        let url = question.url.join(&action).unwrap();
        let cookies: Vec<_> = browser.cookie_names().into_iter().map(|name| {
            let value = browser.cookie(&name).unwrap();
            format!("{name}={value}")
        }).collect();
        let request = server.http.request("POST", url.as_str()).header("cookie", cookies.join("; ")).form(&form);
        assert_eq!(server.http.send(request).await.status, 403);
        refused(poll(&tenant, &device).await, "authorization_pending");
    }

    async fn a_browser_that_kept_its_session_alone_goes_on(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let device = begin(&tenant).await;
        let browser = server.browser();
        at_the_page(&tenant, &browser, "ming").await;
        browser.forget("browser");
        let page = browser.open(&tenant.url("/device")).await.expect(200);
        let question = page.submit(&[("user_code", &device.user_code)]).await.expect(200);
        let done = question.submit(&[("decision", "allow")]).await.expect(200);
        assert_eq!(done.place(), "allowed");
        Tokens::of(poll(&tenant, &device).await);
    }

    async fn r42_one_address_begins_no_more_codes_than_the_tenant_lets(server: Server) {
        let (tenant, secret) = house(&server, "acme").await;
        let (other, _) = house_of(&server, "other", "wx0000000000000002").await;
        for tenant in [&tenant, &other] {
            tenant.set(json!({"attempts": {"begun_per_hour": 10}})).await;
        }
        let replies = server.in_parallel(100, || ask(&tenant, &[("client_id", "tv")])).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 10);
        for reply in replies.into_iter().filter(|reply| reply.status != 200) {
            let held = reply.expect_error(429, "slow_down", None);
            assert_eq!(held.header("retry-after"), Some("3600"));
        }
        // A client that proves who it is begins for people elsewhere, and another tenant's devices are its own.
        let as_printer = [("client_id", "printer"), ("client_secret", secret.as_str())];
        begin_with(&tenant, &as_printer).await;
        begin(&other).await;
        server.advance(3_600);
        begin(&tenant).await;
    }

    async fn rfc8628_6_1_a_code_is_read_however_it_is_typed(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let browser = server.browser();
        let page = at_the_page(&tenant, &browser, "ming").await;
        let device = begin(&tenant).await;
        let plain = device.user_code.replace('-', "");
        for typed in [plain.to_lowercase(), plain, device.user_code.replace('-', " "), format!(" {} ", device.user_code.to_lowercase())] {
            let question = page.submit(&[("user_code", &typed)]).await.expect(200);
            assert!(question.has("device-allow"), "{typed}");
        }
    }

    async fn rfc8628_5_1_who_guesses_codes_is_told_no_more(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        tenant.register("hong", PASSWORD).await;
        let device = begin(&tenant).await;
        let browser = server.browser();
        let page = at_the_page(&tenant, &browser, "ming").await;
        for _ in 0..10 {
            let _ = page.submit(&[("user_code", "BBBB-BBBB")]).await.expect(400);
        }
        let held = page.submit(&[("user_code", &device.user_code)]).await.expect(429);
        assert!(held.reply.header("retry-after").is_some() && !held.has("device-allow"));
        // Nor does another session of the same person help.
        let other = server.browser();
        let page = at_the_page(&tenant, &other, "ming").await;
        assert_eq!(page.submit(&[("user_code", &device.user_code)]).await.reply.status, 429);
        // Somebody else's tries count.
        let other = server.browser();
        let page = at_the_page(&tenant, &other, "hong").await;
        let question = page.submit(&[("user_code", &device.user_code)]).await.expect(200);
        assert!(question.has("device-allow"));
        // From one address, no more than the tenant lets pass.
        tenant.set(json!({"attempts": {"address_per_hour": 11}})).await;
        server.hear_of_changes().await;
        let _ = page.submit(&[("user_code", "BBBB-BBBB")]).await.expect(400);
        assert_eq!(page.submit(&[("user_code", "BBBB-BBBB")]).await.reply.status, 429);
    }

    async fn r24_another_tenants_codes_are_none(server: Server) {
        let (ours, _) = house(&server, "ours").await;
        let (theirs, _) = house_of(&server, "theirs", "wx0000000000000002").await;
        let device = begin(&theirs).await;
        let browser = server.browser();
        let page = at_the_page(&ours, &browser, "ming").await;
        let refusal = page.submit(&[("user_code", &device.user_code)]).await.expect(400);
        let _ = refusal.says("There is no such code");
        allow(&theirs, &device).await;
        refused(poll(&ours, &device).await, "invalid_grant");
        Tokens::of(poll(&theirs, &device).await);
    }

    async fn r58_who_is_disabled_or_signs_out_before_the_device_comes_gives_it_nothing(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let (first, second, third) = (begin(&tenant).await, begin(&tenant).await, begin(&tenant).await);
        let browser = server.browser();
        let _ = asked(&tenant, &browser, &first).await.submit(&[("decision", "allow")]).await.expect(200);
        let _ = browser.open(&tenant.url("/logout")).await.expect(200);
        refused(poll(&tenant, &first).await, "invalid_grant");
        allow(&tenant, &second).await;
        // What the device has stands on a session of its own.
        let device = Tokens::of(poll(&tenant, &second).await);
        let user = tenant.sub(&device.access).await;
        let browser = server.browser();
        let question = asked(&tenant, &browser, &third).await;
        let disabled = json!({"status": "disabled"});
        tenant.admin("PATCH", &format!("/users/{user}"), Some(disabled)).await.expect(200);
        // Nobody is signed in any more: the answer is the page where one signs in.
        assert_eq!(question.submit(&[("decision", "allow")]).await.place(), "login");
        refused(poll(&tenant, &third).await, "authorization_pending");
        refused(tenant.refresh("tv", &device.refresh).await, "invalid_grant");
    }

    async fn rfc8628_4_the_metadata_names_the_endpoint_and_the_grant(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        let metadata = server.http.get(&tenant.url("/.well-known/openid-configuration")).await.expect(200);
        assert_eq!(metadata.str("/device_authorization_endpoint"), tenant.url("/device_authorization"));
        assert!(metadata.body["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    }

    async fn another_account_can_be_chosen_at_the_question(server: Server) {
        let (tenant, _) = house(&server, "acme").await;
        tenant.register("hong", PASSWORD).await;
        let device = begin(&tenant).await;
        let browser = server.browser();
        let question = asked(&tenant, &browser, &device).await;
        let (_, rest) = question.reply.text.split_once("link small\" href=\"").unwrap();
        let switch = rest.split('"').next().unwrap().replace("&#x2f;", "/").replace("&amp;", "&");
        let login = browser.open(question.url.join(&switch).unwrap().as_str()).await.expect(200);
        let page = login.submit(&[("username", "hong"), ("password", PASSWORD)]).await.expect(200);
        assert!(page.reply.text.contains(&format!("value=\"{}\"", device.user_code)));
        let question = page.submit(&[("user_code", &device.user_code)]).await.expect(200).says("hong");
        let _ = question.submit(&[("decision", "allow")]).await.expect(200);
        let tokens = Tokens::of(poll(&tenant, &device).await);
        let hong = Tokens::of(tenant.redeem(tenant.sign_in_by_password("hong", PASSWORD).await.str("/authorization_code")).await);
        assert_eq!(tenant.sub(&tokens.access).await, tenant.sub(&hong.access).await);
    }
}
