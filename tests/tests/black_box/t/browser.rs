//! Signing in in a browser for a client: pages, sessions, consent, codes. What a strict relying party checks.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::{Value, json};

const PASSWORD: &str = "otter-lantern-violin-7";
const MING: (&str, &str) = ("ming", PASSWORD);

/// The claims of a JWT, its signature not looked at.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

on_both_databases! {
    async fn a_person_signs_in_says_yes_and_the_client_gets_tokens(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[("nonce", "n-0S6"), ("scope", "openid profile offline_access")])).await.expect(200);
        assert_eq!(login.place(), "login");
        assert!(login.has("username") && login.has("password") && login.has("login-submit"));
        let login = login.says("Tea &amp; &lt;Web&gt;");
        let consent = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        assert_eq!(consent.place(), "consent");
        assert!(consent.has("consent-allow") && consent.has("consent-deny"));
        let back = consent.submit(&[("decision", "allow")]).await.expect(303).to_client();
        assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("st&te", tenant.issuer().as_str()));
        let tokens = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await);
        let id = claims(&tokens.id);
        assert_eq!(id["nonce"], "n-0S6");
        assert_eq!(id["aud"], "web");
        assert_eq!(id["amr"], json!(["pwd"]));
        for claim in ["iss", "sub", "exp", "iat", "auth_time", "acr", "sid", "at_hash"] {
            assert!(!id[claim].is_null(), "{claim} {id}");
        }
        assert!(id["preferred_username"].is_null(), "that belongs to userinfo");
        let info = tenant.userinfo(&tokens.access).await.expect(200);
        assert_eq!(info.str("/preferred_username"), "ming");
        // A subset of the scope, and an ID token that keeps what it said of the login.
        server.advance(30);
        let refreshed = Tokens::of(tenant.token(&[
            ("grant_type", "refresh_token"), ("client_id", "web"), ("client_secret", &secret),
            ("refresh_token", &tokens.refresh), ("scope", "openid"),
        ]).await);
        let again = claims(&refreshed.id);
        for claim in ["iss", "sub", "aud", "auth_time", "sid"] {
            assert_eq!(again[claim], id[claim], "{claim}");
        }
        assert!(again["iat"].as_i64() > id["iat"].as_i64());
        // The same person is not asked again.
        let silent = browser.open(&tenant.authorize_url(&[("prompt", "none")])).await.expect(303).to_client();
        let second = Tokens::of(tenant.redeem_as_web(&secret, &silent["code"]).await);
        let second = claims(&second.id);
        assert_eq!((&second["sub"], &second["auth_time"], &second["sid"]), (&id["sub"], &id["auth_time"], &id["sid"]));
    }

    async fn core_11_only_offline_access_brings_a_refresh_token(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let back = tenant.enter(&browser, MING, &[("scope", "openid")]).await;
        assert_eq!(Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await).refresh, "");
        let page = browser.open(&tenant.authorize_url(&[("scope", "openid offline_access"), ("prompt", "consent")])).await.expect(200);
        let back = page.submit(&[("decision", "allow")]).await.to_client();
        assert_ne!(Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await).refresh, "");
    }

    async fn core_5_5_a_claim_by_name_is_asked_about_and_told_and_goes_no_further_than_the_registration(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({"scope": "openid profile"})).await;
        let browser = server.browser();
        let claims = r#"{"userinfo":{"preferred_username":{"essential":true},"phone_number":null}}"#;
        let openid = [("scope", "openid")];
        tenant.enter(&browser, MING, &openid).await;
        // Nothing but the scope has been allowed so far.
        let asked = [("scope", "openid"), ("claims", claims), ("prompt", "none")];
        let told = browser.open(&tenant.authorize_url(&asked)).await.expect(303).to_client();
        assert_eq!(told["error"], "consent_required");
        let consent = browser.open(&tenant.authorize_url(&asked[..2])).await.expect(200).says("See your profile");
        assert!(!consent.reply.text.contains("See your phone number"), "the client is not registered for it");
        let _ = consent.submit(&[("decision", "allow")]).await.expect(303);
        let silent = browser.open(&tenant.authorize_url(&asked)).await.expect(303).to_client();
        let tokens = Tokens::of(tenant.redeem_as_web(&secret, &silent["code"]).await);
        let info = tenant.userinfo(&tokens.access).await.expect(200).body;
        assert_eq!(info, json!({"sub": info["sub"], "preferred_username": "ming"}));
    }

    async fn r16_r17_a_code_is_for_one_client_verifier_and_redirect_uri_once_within_a_minute(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let other = tenant.web_client("other", json!({})).await;
        let browser = server.browser();
        let code = tenant.enter(&browser, MING, &[]).await["code"].clone();
        let right = [
            ("grant_type", "authorization_code"), ("client_id", "web"), ("client_secret", secret.as_str()), ("code", code.as_str()),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), ("redirect_uri", "https://rp.example/cb"),
        ];
        let with = |changed: &[(&'static str, &'static str)]| {
            let mut form: Vec<_> = right.iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name)).copied().collect();
            form.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
            form
        };
        for wrong in [
            with(&[("redirect_uri", "https://rp.example/cb?x")]),
            with(&[("code_verifier", "aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")]),
            with(&[("code_verifier", "")]),
        ] {
            tenant.token(&wrong).await.expect_error(400, "invalid_grant", None);
        }
        let mut foreign = with(&[("client_id", "other"), ("client_secret", "")]);
        foreign.push(("client_secret", &other));
        tenant.token(&foreign).await.expect_error(400, "invalid_grant", None);
        let tokens = Tokens::of(tenant.token(&right).await);
        tenant.userinfo(&tokens.access).await.expect(200);
        server.advance(30);
        tenant.token(&right).await.expect_error(400, "invalid_grant", None);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        let late = browser.open(&tenant.authorize_url(&[])).await.to_client()["code"].clone();
        server.advance(61);
        tenant.redeem_as_web(&secret, &late).await.expect_error(400, "invalid_grant", None);
    }

    async fn r17_of_100_parallel_redemptions_one_yields_tokens(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let code = tenant.enter(&server.browser(), MING, &[]).await["code"].clone();
        let replies = server.in_parallel(100, || tenant.redeem_as_web(&secret, &code)).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        let tokens = Tokens::of(replies.into_iter().find(|reply| reply.status == 200).unwrap());
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
    }

    async fn core_11_offline_access_is_asked_for_by_its_name(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({"first_party": true})).await;
        let browser = server.browser();
        let back = tenant.enter(&browser, MING, &[("scope", "")]).await;
        let tokens = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await);
        assert_eq!(tokens.reply.body["scope"], "account openid phone profile", "all that the client may have beside it");
        assert!(tokens.refresh.is_empty());
    }

    async fn r59_a_fresh_sign_in_for_one_client_is_none_for_another(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        tenant.web_client("other", json!({})).await;
        let browser = server.browser();
        let back = tenant.enter(&browser, MING, &[("scope", "openid account")]).await;
        let web = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await);
        server.advance(301);
        // The same session, for which the person proves again who they are.
        let again = [("client_id", "other"), ("scope", "openid account"), ("prompt", "login")];
        tenant.enter(&browser, MING, &again).await;
        let close = tenant.account("POST", "/close", &web.access, None).await;
        close.expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
        server.advance(1);
        let back = tenant.enter(&browser, MING, &[("scope", "openid account"), ("prompt", "login")]).await;
        let web = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await);
        tenant.account("POST", "/close", &web.access, None).await.expect(200);
    }

    async fn core_3_1_2_1_select_account_asks_who_it_is(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        for name in ["ming", "hong"] {
            tenant.register(name, PASSWORD).await;
        }
        let secret = tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let first = tenant.enter(&browser, MING, &[("scope", "openid")]).await;
        let first = claims(&Tokens::of(tenant.redeem_as_web(&secret, &first["code"]).await).id);
        server.advance(1);
        let select = [("scope", "openid"), ("prompt", "select_account")];
        assert_eq!(browser.open(&tenant.authorize_url(&select)).await.expect(200).place(), "login");
        let second = tenant.enter(&browser, ("hong", PASSWORD), &select).await;
        let second = claims(&Tokens::of(tenant.redeem_as_web(&secret, &second["code"]).await).id);
        assert!(first["sub"] != second["sub"] && first["sid"] != second["sid"]);
    }

    async fn registration_2_a_default_max_age_counts_where_the_request_has_none(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({"default_max_age": 100})).await;
        let browser = server.browser();
        tenant.enter(&browser, MING, &[("scope", "openid")]).await;
        let silent = |more: &[(&str, &str)]| {
            tenant.authorize_url(&[&[("scope", "openid"), ("prompt", "none")], more].concat())
        };
        let answer = async |url: &str| browser.open(url).await.expect(303).to_client();
        server.advance(100);
        assert!(answer(&silent(&[])).await.contains_key("code"));
        server.advance(1);
        assert_eq!(answer(&silent(&[])).await["error"], "login_required");
        assert!(answer(&silent(&[("max_age", "1000")])).await.contains_key("code"));
    }

    async fn core_3_1_2_1_prompt_login_and_max_age_want_a_fresh_proof(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let back = tenant.enter(&browser, MING, &[]).await;
        let first = claims(&Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await).id);
        for parameters in [&[("prompt", "login")][..], &[("max_age", "1")]] {
            server.advance(10);
            let login = browser.open(&tenant.authorize_url(parameters)).await.expect(200);
            assert_eq!(login.place(), "login", "{parameters:?}");
            let back = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(303).to_client();
            let second = claims(&Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await).id);
            assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{parameters:?}");
            assert_eq!(second["sub"], first["sub"]);
        }
        let back = browser.open(&tenant.authorize_url(&[("max_age", "10000")])).await.expect(303).to_client();
        assert!(back.contains_key("code"));
        server.advance(5);
        let none = browser.open(&tenant.authorize_url(&[("prompt", "none"), ("max_age", "1")])).await.expect(303).to_client();
        assert_eq!(none["error"], "login_required");
    }

    async fn core_3_1_2_1_a_hint_names_the_only_user_that_will_do(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        server.advance(1);
        tenant.register("hong", PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let back = tenant.enter(&browser, MING, &[]).await;
        let ming = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await).id;
        let silent = [("prompt", "none"), ("id_token_hint", ming.as_str())];
        assert!(browser.open(&tenant.authorize_url(&silent)).await.expect(303).to_client().contains_key("code"));
        server.advance(4_000);
        assert!(browser.open(&tenant.authorize_url(&silent)).await.expect(303).to_client().contains_key("code"), "expired is fine");
        let other = server.browser();
        tenant.enter(&other, ("hong", PASSWORD), &[]).await;
        let told = other.open(&tenant.authorize_url(&silent)).await.expect(303).to_client();
        assert_eq!(told["error"], "login_required");
    }

    async fn consent_is_asked_for_what_is_new_and_may_be_refused(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[])).await;
        let consent = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        let denied = consent.submit(&[("decision", "deny")]).await.expect(303).to_client();
        assert_eq!((denied["error"].as_str(), denied["state"].as_str()), ("access_denied", "st&te"));
        let none = browser.open(&tenant.authorize_url(&[("prompt", "none")])).await.expect(303).to_client();
        assert_eq!(none["error"], "consent_required");
        let consent = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        consent.submit(&[("decision", "allow")]).await.expect(303).to_client();
        assert!(browser.open(&tenant.authorize_url(&[])).await.expect(303).to_client().contains_key("code"));
        let wider = browser.open(&tenant.authorize_url(&[("scope", "openid phone")])).await.expect(200);
        assert_eq!(wider.place(), "consent");
        let asked = browser.open(&tenant.authorize_url(&[("prompt", "consent")])).await.expect(200);
        assert_eq!(asked.place(), "consent");
    }

    async fn one_session_serves_many_clients_and_the_tenants_own_ask_nobody(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        tenant.web_client("own", json!({"first_party": true})).await;
        let browser = server.browser();
        tenant.enter(&browser, MING, &[]).await;
        let own = browser.open(&tenant.authorize_url(&[("client_id", "own"), ("prompt", "none")])).await.expect(303).to_client();
        assert!(own.contains_key("code"), "{own:?}");
        let (node, elsewhere) = (server.another_node().await, server.browser());
        for name in browser.cookie_names() {
            elsewhere.set_cookie(&name, &browser.cookie(&name).unwrap());
        }
        drop(node);
        let own = elsewhere.open(&tenant.authorize_url(&[("client_id", "own"), ("prompt", "none")])).await.expect(303).to_client();
        assert!(own.contains_key("code"));
    }

    async fn r38_a_public_client_behind_a_private_scheme_is_asked_about_each_time(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let app = json!({"token_endpoint_auth_method": "none", "application_type": "native", "redirect_uris": ["com.example.app:/cb", "http://127.0.0.1/cb"]});
        tenant.web_client("web", app).await;
        let browser = server.browser();
        let native = [("redirect_uri", "com.example.app:/cb")];
        tenant.enter(&browser, MING, &native).await;
        assert_eq!(browser.open(&tenant.authorize_url(&native)).await.expect(200).place(), "consent");
        // RFC 8252 §7.3: any port.
        let page = browser.open(&tenant.authorize_url(&[("redirect_uri", "http://127.0.0.1:51004/cb")])).await.expect(200);
        let page = page.submit(&[("decision", "allow")]).await.expect(303);
        assert!(page.reply.header("location").unwrap().starts_with("http://127.0.0.1:51004/cb?code="));
    }

    async fn r3_r12_r55_a_form_is_taken_from_its_own_page_in_its_own_browser(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        let (victim, attacker) = (server.browser(), server.browser());
        let page = attacker.open(&tenant.authorize_url(&[])).await.expect(200);
        // Somebody else's request, in the victim's browser.
        let stolen = victim.open(page.url.as_str()).await;
        assert!(stolen.reply.status >= 400, "{}", stolen.reply);
        let (_, mut form) = page.form(&[("username", "ming"), ("password", PASSWORD)]);
        for (name, value) in &mut form {
            if name == "csrf" {
                *value = "x".repeat(43);
            }
        }
        let names: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused = page.submit(&names).await;
        assert_eq!(refused.reply.status, 403, "{}", refused.reply);
        assert!(attacker.cookie("session").is_none());
    }

    async fn r11_pages_are_not_framed_cached_or_scripted(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.web_client("web", json!({})).await;
        let page = server.browser();
        let page = page.open(&tenant.authorize_url(&[])).await.expect(200);
        let policy = page.reply.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self' https://rp.example"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.reply.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.reply.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.reply.header("cache-control"), Some("no-store"));
    }

    async fn r56_r57_a_session_ends_by_disuse_and_by_age_and_its_cookie_changes_at_login(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"sessions": {"browser_ttl": 7200, "browser_idle_ttl": 1800}})).await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({"first_party": true})).await;
        let browser = server.browser();
        let silent = tenant.authorize_url(&[("prompt", "none")]);
        tenant.enter(&browser, MING, &[]).await;
        let first = browser.cookie("session").unwrap();
        server.advance(1_700);
        assert!(browser.open(&silent).await.to_client().contains_key("code"));
        server.advance(1_700);
        assert!(browser.open(&silent).await.to_client().contains_key("code"), "use keeps it");
        server.advance(1_801);
        assert_eq!(browser.open(&silent).await.to_client()["error"], "login_required");
        tenant.enter(&browser, MING, &[]).await;
        assert_ne!(browser.cookie("session").unwrap(), first);
        for _ in 0..4 {
            server.advance(1_700);
            assert!(browser.open(&silent).await.to_client().contains_key("code"));
        }
        server.advance(401);
        assert_eq!(browser.open(&silent).await.to_client()["error"], "login_required", "two hours are over");
    }

    async fn r58_disabling_a_user_ends_the_browsers_session_at_once(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let tokens = tenant.register(MING.0, PASSWORD).await;
        let sub = tenant.sub(tokens["access_token"].as_str().unwrap()).await;
        tenant.web_client("web", json!({"first_party": true})).await;
        let browser = server.browser();
        tenant.enter(&browser, MING, &[]).await;
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        let told = browser.open(&tenant.authorize_url(&[("prompt", "none")])).await.to_client();
        assert_eq!(told["error"], "login_required");
    }

    async fn r24_a_session_of_one_tenant_opens_nothing_at_another(server: Server) {
        let (ours, theirs) = (server.tenant("ours").await.with_members().await, server.tenant("theirs").await);
        ours.register(MING.0, PASSWORD).await;
        for tenant in [&ours, &theirs] {
            tenant.web_client("web", json!({"first_party": true})).await;
        }
        let browser = server.browser();
        ours.enter(&browser, MING, &[]).await;
        let session = browser.cookie("session").unwrap();
        browser.set_cookie("hufu-session-theirs", &session);
        let told = browser.open(&theirs.authorize_url(&[("prompt", "none")])).await.to_client();
        assert_eq!(told["error"], "login_required");
    }

    async fn core_5_5_claims_are_given_by_name(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let claims = r#"{"userinfo":{"preferred_username":{"essential":true},"x":null},"id_token":{"auth_time":{"essential":true}}}"#;
        let back = tenant.enter(&server.browser(), MING, &[("scope", "openid"), ("claims", claims)]).await;
        let tokens = Tokens::of(tenant.redeem_as_web(&secret, &back["code"]).await);
        let info = tenant.userinfo(&tokens.access).await.expect(200);
        assert_eq!(info.str("/preferred_username"), "ming");
        assert!(info.body["updated_at"].is_null());
    }

    async fn a_confidential_client_may_be_registered_without_pkce(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        let secret = tenant.web_client("web", json!({"require_pkce": false})).await;
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let browser = server.browser();
        let code = tenant.enter(&browser, MING, &without).await["code"].clone();
        // RFC 9700 §4.8.2: a verifier without a challenge fails.
        tenant.redeem_as_web(&secret, &code).await.expect_error(400, "invalid_grant", None);
        let code = browser.open(&tenant.authorize_url(&without)).await.to_client()["code"].clone();
        let redeem = [
            ("grant_type", "authorization_code"), ("client_id", "web"), ("client_secret", secret.as_str()), ("code", code.as_str()),
            ("redirect_uri", "https://rp.example/cb"),
        ];
        // RFC 6749 §4.1.3: where nothing else binds the code, its redirect_uri must come with it.
        tenant.token(&redeem[..4]).await.expect_error(400, "invalid_grant", None);
        tenant.token(&redeem).await.expect(200);
    }

    async fn r43_a_wrong_password_and_an_unknown_name_look_alike_on_the_page(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        let mut pages = Vec::new();
        for name in ["ming", "nobody"] {
            let browser = server.browser();
            let login = browser.open(&tenant.authorize_url(&[])).await;
            let refused = login.submit(&[("username", name), ("password", "not this one at all")]).await;
            assert_eq!((refused.reply.status, refused.place()), (400, "login"), "{}", refused.reply);
            assert!(refused.reply.text.contains("role=\"alert\""));
            assert!(browser.cookie("session").is_none());
            // The person can go on from there.
            if name == "ming" {
                let consent = refused.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
                assert_eq!(consent.place(), "consent");
            }
            pages.push(refused.reply.text.replace(name, "NAME"));
        }
        let shape = |text: &str| text.split("value=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect::<String>();
        let shapes: Vec<_> = pages.iter().map(|page| shape(page).lines().filter(|line| !line.contains("req_")).collect::<String>()).collect();
        assert_eq!(shapes[0], shapes[1]);
    }
}
