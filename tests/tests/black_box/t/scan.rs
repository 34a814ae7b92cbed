//! Signing in in a browser by a scan with the tenant's mini-program: one person reads the code and decides, one browser goes on.

use hufu_tests::{Browser, Page, Reply, Server, Tenant, Tokens, on_both_databases};
use hufu_wxsim::{Fault, FaultAction, Preset};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";
const PAGE: &str = "pages/scan/index";
const CODES: &str = "/wxa/getwxacodeunlimit";

/// A tenant that offers sign-in by scan, with a client in browsers; gives that one's secret.
async fn cafe<'a>(server: &'a Server, slug: &'a str, app: &str) -> (Tenant<'a>, String) {
    let tenant = server.tenant(slug).await;
    tenant.wechat_app(app).await;
    tenant
        .mini_program_for("shop", app, "account offline_access openid phone profile wechat")
        .await;
    let secret = tenant.web_client("web", json!({})).await;
    tenant.set(json!({"scan": {"appid": app, "page": PAGE}})).await;
    (tenant, secret)
}

/// Has a browser show a code; gives the page and what the code holds.
async fn show<'b, 'a>(tenant: &Tenant<'a>, browser: &'b Browser<'a>) -> (Page<'b, 'a>, String) {
    let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
    let tab = format!("{}&method=scan", login.url);
    let tab = browser.open(&tab).await.expect(200);
    assert!(tab.has("scan-start"));
    let page = tab.submit(&[]).await.expect(200);
    assert_eq!(page.place(), "scan");
    let drawn = tenant.server.sim.requests_with_secrets(CODES);
    let scene = drawn.last().unwrap().body.as_ref().unwrap()["scene"]
        .as_str()
        .unwrap()
        .to_owned();
    (page, scene)
}

async fn read(tenant: &Tenant<'_>, access: &str, scene: &str) -> Reply {
    let url = tenant.url("/scan");
    let body = json!({"scene": scene});
    tenant.server.http.json("POST", &url, access, Some(body)).await
}

async fn decide(tenant: &Tenant<'_>, access: &str, scene: &str, decision: &str) -> Reply {
    let url = tenant.url("/scan/confirm");
    let body = json!({"scene": scene, "decision": decision});
    tenant.server.http.json("POST", &url, access, Some(body)).await
}

fn invalid(reply: Reply, reason: &str) {
    reply.expect_error(400, "invalid_request", Some(reason));
}

/// The page as it is now.
async fn again<'b, 'a>(browser: &'b Browser<'a>, page: &Page<'_, '_>) -> Page<'b, 'a> {
    browser.open(page.url.as_str()).await.expect(200)
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["kind"].as_str()).collect()
}

on_both_databases! {
    async fn a_person_scans_confirms_and_is_signed_in_in_the_browser(server: Server) {
        let (tenant, secret) = cafe(&server, "acme", APP).await;
        let browser = server.browser();
        let (page, scene) = show(&tenant, &browser).await;
        assert_eq!(scene.len(), 22);
        let stored = server.number(&format!("SELECT count(*) FROM scans WHERE CAST(user_agent AS TEXT) LIKE '%{scene}%'"));
        assert_eq!(stored, 0);
        // The picture is WeChat's, for this browser alone.
        let picture = page.url.as_str().replace("/login/scan?", "/login/scan/image?");
        let shown = browser.open(&picture).await.expect(200);
        assert_eq!(shown.reply.header("content-type"), Some("image/png"));
        assert_ne!(server.browser().open(&picture).await.reply.status, 200);
        let poll = page.url.as_str().replace("/login/scan?", "/login/scan/state?");
        assert_eq!(browser.open(&poll).await.expect(200).reply.body["state"], "new");
        // The phone opens the mini-program on the page with the scene.
        let opened = server.sim.scan(APP, &scene, "alice").unwrap();
        assert_eq!((opened.page.as_str(), opened.query), (PAGE, format!("scene={scene}")));
        let alice = Tokens::of(tenant.exchange("shop", &opened.code).await);
        let asked = read(&tenant, &alice.access, &scene).await.expect(200);
        assert_eq!(asked.str("/client_name"), "Tea & <Web>");
        assert!(asked.body["tenant_name"].is_string());
        assert_eq!(asked.body["expires_in"], 120);
        assert_eq!((asked.str("/ip"), &asked.body["same_network"]), ("127.0.0.0/24", &json!(true)));
        let asked_at: chrono::DateTime<chrono::Utc> = asked.str("/asked_at").parse().unwrap();
        assert_eq!(server.unverified(&alice.access)["iat"], asked_at.timestamp());
        let digits = asked.str("/match_code").to_owned();
        assert_eq!(digits.len(), 2);
        let page = again(&browser, &page).await.says(&format!("id=\"match-code\">{digits}<"));
        assert!(!page.has("scan-submit"));
        assert_eq!(browser.open(&poll).await.reply.body["state"], "scanned");
        assert_eq!(browser.open(&picture).await.reply.status, 404);
        decide(&tenant, &alice.access, &scene, "confirm").await.expect(204);
        assert_eq!(browser.open(&poll).await.reply.body["state"], "confirmed");
        assert!(browser.cookie("session").is_none());
        let page = again(&browser, &page).await;
        assert!(page.has("scan-submit"));
        let consent = page.submit(&[]).await.expect(200);
        assert_eq!(consent.place(), "consent");
        let back = consent.submit(&[("decision", "allow")]).await.expect(303).to_client();
        let tokens = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await);
        assert_eq!(tenant.sub(&tokens.access).await, tenant.sub(&alice.access).await);
        assert_eq!(server.unverified(&tokens.id)["amr"], json!(["wechat"]));
        let events = tenant.events().await;
        assert!(kinds(&events).contains(&"scan.confirmed"));
    }

    async fn r59_only_a_fresh_sign_in_of_the_mini_program_itself_confirms(server: Server) {
        let (tenant, secret) = cafe(&server, "acme", APP).await;
        let browser = server.browser();
        let (page, scene) = show(&tenant, &browser).await;
        let alice = tenant.login("alice").await;
        read(&tenant, &alice.access, &scene).await.expect(200);
        decide(&tenant, &alice.access, &scene, "confirm").await.expect(204);
        let consent = again(&browser, &page).await.submit(&[]).await.expect(200);
        let _ = consent.submit(&[("decision", "allow")]).await.expect(303);
        // An application that the user lets manage the account is not the mini-program.
        let consent = browser.open(&tenant.authorize_url(&[("scope", "openid account")])).await.expect(200);
        let back = consent.submit(&[("decision", "allow")]).await.expect(303).to_client();
        let web = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await);
        let other = server.browser();
        let (_, scene) = show(&tenant, &other).await;
        read(&tenant, &web.access, &scene).await.expect_error(400, "access_denied", Some("wechat_required"));
        // A sign-in of long ago says no more than no.
        server.advance(280);
        let (page, scene) = show(&tenant, &other).await;
        server.advance(30);
        read(&tenant, &alice.access, &scene).await.expect(200);
        decide(&tenant, &alice.access, &scene, "confirm").await
            .expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
        let fresh = tenant.login("alice").await;
        decide(&tenant, &fresh.access, &scene, "confirm").await.expect(204);
        // Signing out everywhere takes back what was confirmed.
        tenant.account("DELETE", "/sessions", &fresh.access, None).await.expect(200);
        assert!(!again(&other, &page).await.has("scan-submit"));
    }

    async fn r42_one_address_begins_no_more_codes_than_the_tenant_lets(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        tenant.set(json!({"attempts": {"begun_per_hour": 10}})).await;
        let browser = server.browser();
        let (page, _) = show(&tenant, &browser).await;
        let login = page.url.as_str().replace("/login/scan?", "/login?") + "&method=scan";
        for _ in 0..9 {
            let tab = browser.open(&login).await.expect(200);
            assert_eq!(tab.submit(&[]).await.expect(200).place(), "scan");
        }
        let drawn = server.sim.requests(CODES).len();
        let tab = browser.open(&login).await.expect(200);
        let held = tab.submit(&[]).await.expect(429);
        assert_eq!(held.reply.header("retry-after"), Some("3600"));
        assert!(held.reply.text.contains("role=\"alert\"") && held.has("scan-start"));
        assert_eq!(server.sim.requests(CODES).len(), drawn, "WeChat is not asked");
        // Device codes are counted with them: that is the address's share of what waits for people.
        server.advance(3_600);
        let other = server.browser();
        show(&tenant, &other).await;
    }

    async fn who_says_no_lets_nobody_in(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        let browser = server.browser();
        let (page, scene) = show(&tenant, &browser).await;
        let alice = tenant.login("alice").await;
        // Nobody decides about what they have not read.
        invalid(decide(&tenant, &alice.access, &scene, "confirm").await, "scan_expired");
        read(&tenant, &alice.access, &scene).await.expect(200);
        decide(&tenant, &alice.access, &scene, "deny").await.expect(204);
        invalid(decide(&tenant, &alice.access, &scene, "confirm").await, "scan_decided");
        let page = again(&browser, &page).await;
        assert!(page.has("scan-again") && !page.has("scan-submit"));
        assert!(kinds(&tenant.events().await).contains(&"scan.denied"));
        // Another begins.
        let page = page.submit(&[]).await.expect(200);
        assert!(page.has("match-code") && browser.cookie("session").is_none());
    }

    async fn a_code_is_over_after_120_seconds(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        let browser = server.browser();
        let (first, scene) = show(&tenant, &browser).await;
        let alice = tenant.login("alice").await;
        server.advance(119);
        read(&tenant, &alice.access, &scene).await.expect(200);
        server.advance(2);
        invalid(decide(&tenant, &alice.access, &scene, "confirm").await, "scan_expired");
        invalid(read(&tenant, &alice.access, &scene).await, "scan_expired");
        assert!(again(&browser, &first).await.has("scan-again"));
        // Nor does what was confirmed last any longer.
        let (page, scene) = show(&tenant, &browser).await;
        read(&tenant, &alice.access, &scene).await.expect(200);
        decide(&tenant, &alice.access, &scene, "confirm").await.expect(204);
        let page = again(&browser, &page).await;
        server.advance(121);
        assert!(page.submit(&[]).await.expect(200).has("scan-again"));
        assert!(browser.cookie("session").is_none());
        for unknown in ["", "A", "AAAAAAAAAAAAAAAAAAAAAA", "%%%%%%%%%%%%%%%%%%%%%%"] {
            invalid(read(&tenant, &alice.access, unknown).await, "scan_expired");
        }
    }

    async fn only_who_read_it_first_decides(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        let browser = server.browser();
        let (_, scene) = show(&tenant, &browser).await;
        let (alice, bob) = (tenant.login("alice").await, tenant.login("bob").await);
        read(&tenant, &alice.access, &scene).await.expect(200);
        read(&tenant, &alice.access, &scene).await.expect(200);
        for reply in [
            read(&tenant, &bob.access, &scene).await,
            decide(&tenant, &bob.access, &scene, "confirm").await,
            decide(&tenant, &bob.access, &scene, "deny").await,
        ] {
            reply.expect_error(400, "access_denied", Some("scan_taken"));
        }
        decide(&tenant, &alice.access, &scene, "confirm").await.expect(204);
    }

    async fn another_browser_cannot_go_on(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        let (browser, other) = (server.browser(), server.browser());
        let (page, scene) = show(&tenant, &browser).await;
        let (others, _) = show(&tenant, &other).await;
        let alice = tenant.login("alice").await;
        read(&tenant, &alice.access, &scene).await.expect(200);
        decide(&tenant, &alice.access, &scene, "confirm").await.expect(204);
        assert_ne!(other.open(page.url.as_str()).await.reply.status, 200);
        // Its own request with the other's nonce is another scene.
        let nonce = |page: &Page<'_, '_>| page.url.query_pairs().find(|(name, _)| name == "nonce").unwrap().1.into_owned();
        let mixed = others.url.as_str().replace(&nonce(&others), &nonce(&page));
        let mixed = other.open(&mixed).await.expect(200);
        assert!(mixed.has("scan-again") && !mixed.has("scan-submit"));
        assert!(other.cookie("session").is_none());
    }

    async fn of_100_ends_at_once_one_opens_a_session(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        let browser = server.browser();
        let (page, scene) = show(&tenant, &browser).await;
        let alice = tenant.login("alice").await;
        read(&tenant, &alice.access, &scene).await.expect(200);
        let decided = server.in_parallel(100, || decide(&tenant, &alice.access, &scene, "confirm")).await;
        assert_eq!(decided.iter().filter(|reply| reply.status == 204).count(), 1);
        let page = again(&browser, &page).await;
        let (action, form) = page.form(&[]);
        let url = page.url.join(&action).unwrap();
        let cookie = format!("hufu-browser-acme={}", browser.cookie("browser").unwrap());
        let replies = server.in_parallel(100, || {
            let request = server.http.request("POST", url.as_str()).header("cookie", &cookie).form(&form);
            server.http.send(request)
        }).await;
        let opens = |reply: &&Reply| {
            reply.headers.get_all("set-cookie").iter().any(|set| set.to_str().unwrap().starts_with("hufu-session-"))
        };
        assert_eq!(replies.iter().filter(opens).count(), 1);
        assert_eq!(server.number("SELECT count(*) FROM sessions WHERE cookie_hash IS NOT NULL"), 1);
    }

    async fn another_tenants_person_and_one_without_the_app_cannot_read_it(server: Server) {
        let (ours, _) = cafe(&server, "ours", APP).await;
        let (theirs, _) = cafe(&server, "theirs", "wx0000000000000002").await;
        let browser = server.browser();
        let (_, scene) = show(&ours, &browser).await;
        let code = theirs.code("wx0000000000000002", "alice");
        let there = Tokens::of(theirs.exchange("shop", &code).await);
        assert_eq!(read(&ours, &there.access, &scene).await.status, 401);
        invalid(read(&theirs, &there.access, &scene).await, "scan_expired");
        // Somebody of this tenant who never was in the mini-program.
        ours.register("ming", "seven wet otters sing low").await;
        let step = ours.sign_in_by_password("ming", "seven wet otters sing low").await.expect(200);
        let ming = Tokens::of(ours.redeem(step.str("/authorization_code")).await);
        read(&ours, &ming.access, &scene).await.expect_error(400, "access_denied", Some("wechat_required"));
        let alice = ours.login("alice").await;
        read(&ours, &alice.access, &scene).await.expect(200);
        // Without scope account, nothing.
        let url = ours.url("/scan");
        assert_eq!(server.http.json("POST", &url, "x", Some(json!({"scene": scene}))).await.status, 401);
    }

    async fn r46_what_the_tenant_wants_beside_wechat_is_asked_for(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        let alice = tenant.login("alice").await;
        tenant.set(json!({"require": ["phone"]})).await;
        let browser = server.browser();
        let (page, scene) = show(&tenant, &browser).await;
        read(&tenant, &alice.access, &scene).await.expect(200);
        decide(&tenant, &alice.access, &scene, "confirm").await.expect(204);
        let bind = again(&browser, &page).await.submit(&[]).await;
        assert_eq!(bind.place(), "phone", "{}", bind.reply);
        assert!(browser.cookie("session").is_none());
    }

    async fn while_wechat_is_away_the_page_says_so_and_other_ways_work(server: Server) {
        let (tenant, _) = cafe(&server, "acme", APP).await;
        tenant.register("ming", "seven wet otters sing low").await;
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        let tab = browser.open(&format!("{}&method=scan", login.url)).await.expect(200);
        server.sim.fault(Fault::from(Preset::Busy)).unwrap();
        let refused = tab.submit(&[]).await.expect(503);
        assert!(refused.reply.text.contains("role=\"alert\"") && refused.has("scan-start"));
        let consent = login.submit(&[("username", "ming"), ("password", "seven wet otters sing low")]).await.expect(200);
        assert_eq!(consent.place(), "consent");
        // A page that was not published is the operator's to mend.
        server.sim.clear_faults();
        let unpublished = FaultAction::Errcode { n: 41030, msg: "invalid page".to_owned() };
        server.sim.fault(Fault::new(unpublished).on_path(CODES)).unwrap();
        let other = server.browser();
        let login = other.open(&tenant.authorize_url(&[])).await;
        let tab = other.open(&format!("{}&method=scan", login.url)).await;
        assert_eq!(tab.submit(&[]).await.reply.status, 503);
        let events = tenant.events().await;
        let told = events.iter().find(|event| event["kind"] == "wechat_app.misconfigured").unwrap();
        assert!(told["detail"]["advice"].as_str().unwrap().contains("scan.page"));
    }

    async fn the_scan_is_offered_where_the_tenant_set_it_alone(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        assert!(!login.reply.text.contains("method=scan"));
        for (scan, at) in [
            (json!({"appid": "x", "page": PAGE}), "#/settings/scan/appid"),
            (json!({"appid": APP, "page": "/pages/scan"}), "#/settings/scan/page"),
        ] {
            let refused = tenant.admin("PATCH", "", Some(json!({"settings": {"scan": scan}}))).await;
            assert_eq!(refused.expect(422).body["errors"][0]["pointer"], at);
        }
        // An app that is not the tenant's does nothing.
        tenant.set(json!({"scan": {"appid": "wx0000000000000009", "page": PAGE}})).await;
        let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        assert!(!login.reply.text.contains("method=scan"));
        tenant.set(json!({"scan": {"appid": APP, "page": PAGE}})).await;
        let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        assert!(login.reply.text.contains("method=scan"));
        tenant.set(json!({"scan": null})).await;
    }
}
