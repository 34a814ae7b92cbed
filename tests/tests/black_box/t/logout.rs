//! `/t/{tenant}/logout`: who is signed out, and who is redirected.

use hufu_tests::{Browser, SIGNED_OUT, Server, Tenant, Tokens, on_both_databases};
use serde_json::json;
use url::Url;

const PASSWORD: &str = "otter-lantern-violin-7";

/// A tenant with the user `ming` and the client `web`, and its secret.
async fn house(server: &Server) -> (Tenant<'_>, String) {
    let tenant = server.tenant("acme").await.with_members().await;
    tenant.register("ming", PASSWORD).await;
    let secret = tenant.web_client("web", json!({})).await;
    (tenant, secret)
}

async fn sign_in(tenant: &Tenant<'_>, secret: &str, browser: &Browser<'_>) -> Tokens {
    let back = tenant
        .enter(browser, ("ming", PASSWORD), &[("scope", "openid offline_access")])
        .await;
    Tokens::of(tenant.redeem_as_web(secret, &back["code"]).await)
}

fn url(tenant: &Tenant<'_>, parameters: &[(&str, &str)]) -> String {
    Url::parse_with_params(&tenant.url("/logout"), parameters)
        .unwrap()
        .to_string()
}

async fn is_signed_in(tenant: &Tenant<'_>, browser: &Browser<'_>) -> bool {
    let back = browser
        .open(&tenant.authorize_url(&[("prompt", "none"), ("scope", "openid")]))
        .await
        .to_client();
    if back.contains_key("code") {
        return true;
    }
    assert_eq!(back["error"], "login_required");
    false
}

on_both_databases! {
    async fn a_hint_and_a_registered_uri_bring_the_person_back_signed_out(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        let tokens = sign_in(&tenant, &secret, &browser).await;
        // Long expired.
        server.advance(5_000);
        let to = url(&tenant, &[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "a b&c")]);
        let page = browser.open(&to).await.expect(303);
        assert_eq!(page.reply.header("location"), Some("https://rp.example/out?state=a+b%26c"));
        assert!(browser.cookie("session").is_none());
        assert!(!is_signed_in(&tenant, &browser).await);
        // r22: what grew from the session is dead.
        tenant.token(&[("grant_type", "refresh_token"), ("client_id", "web"), ("client_secret", &secret), ("refresh_token", &tokens.refresh)])
            .await.expect_error(400, "invalid_grant", None);
        assert_eq!(tenant.events().await.iter().filter(|event| event["kind"] == "session.ended").count(), 1);
    }

    async fn r3_r32_nothing_else_is_redirected(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        let tokens = sign_in(&tenant, &secret, &browser).await;
        let (signed, signature) = tokens.id.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { 'B' } else { 'A' };
        let forged = format!("{signed}.{first}{}", &signature[1..]);
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", tokens.id.split('.').nth(1).unwrap());
        for parameters in [
            &[("post_logout_redirect_uri", SIGNED_OUT)][..],
            &[("post_logout_redirect_uri", SIGNED_OUT), ("client_id", "web")],
            &[("id_token_hint", &forged), ("post_logout_redirect_uri", SIGNED_OUT)],
            &[("id_token_hint", &unsigned), ("post_logout_redirect_uri", SIGNED_OUT)],
            &[("id_token_hint", &tokens.access), ("post_logout_redirect_uri", SIGNED_OUT)],
            &[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", "https://rp.example/out?x=1")],
            &[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", "https://evil.example/")],
            &[("id_token_hint", &tokens.id), ("client_id", "other"), ("post_logout_redirect_uri", SIGNED_OUT)],
        ] {
            let page = browser.open(&url(&tenant, parameters)).await;
            assert!(matches!(page.reply.status, 200 | 400), "{}", page.reply);
            assert!(page.reply.header("location").is_none(), "{parameters:?}");
            if page.reply.status == 200 {
                assert!(page.has("logout-confirm"), "{}", page.reply);
            }
        }
        assert!(is_signed_in(&tenant, &browser).await, "nobody was signed out");
    }

    async fn without_parameters_the_person_is_signed_out_and_told(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        sign_in(&tenant, &secret, &browser).await;
        let _ = browser.open(&url(&tenant, &[])).await.expect(200).says("You are signed out");
        assert!(!is_signed_in(&tenant, &browser).await);
        browser.speak("zh-CN");
        let _ = browser.open(&url(&tenant, &[])).await.expect(200).says("您已退出登录");
    }

    async fn a_person_who_is_asked_decides(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        sign_in(&tenant, &secret, &browser).await;
        let page = browser.open(&url(&tenant, &[("client_id", "web")])).await.expect(200);
        assert!(page.has("logout-confirm"));
        assert!(is_signed_in(&tenant, &browser).await);
        let _ = page.submit(&[]).await.expect(200).says("You are signed out");
        assert!(!is_signed_in(&tenant, &browser).await);
    }

    async fn r22_a_hint_of_a_session_before_ends_the_one_that_is_there(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        let before = sign_in(&tenant, &secret, &browser).await;
        browser.forget("session");
        let now = sign_in(&tenant, &secret, &browser).await;
        assert_ne!(server.unverified(&before.id)["sid"], server.unverified(&now.id)["sid"]);
        let to = url(&tenant, &[("id_token_hint", &before.id), ("post_logout_redirect_uri", SIGNED_OUT)]);
        let _ = browser.open(&to).await.expect(303);
        assert!(!is_signed_in(&tenant, &browser).await);
        assert_eq!(server.number("SELECT count(*) FROM sessions WHERE cookie_hash IS NOT NULL AND ended_at IS NULL"), 0);
    }

    async fn a_form_of_a_foreign_site_is_asked_about_as_a_link_is(server: Server) {
        let (tenant, secret) = house(&server).await;
        let browser = server.browser();
        sign_in(&tenant, &secret, &browser).await;
        // `SameSite=Lax` keeps our cookies from the form, but not from the redirect that it is answered with.
        let form = [("client_id", "web"), ("state", "a b&c")];
        let reply = server.http.post_form(&tenant.url("/logout"), &form).await.expect(303);
        assert!(reply.headers.get("set-cookie").is_none());
        let to = Url::parse(&tenant.url("/logout")).unwrap().join(reply.header("location").unwrap()).unwrap();
        let page = browser.open(to.as_str()).await.expect(200);
        assert!(page.has("logout-confirm"));
        assert!(is_signed_in(&tenant, &browser).await);
        let _ = page.submit(&[]).await.expect(200).says("You are signed out");
        assert!(!is_signed_in(&tenant, &browser).await);
    }

    async fn a_hint_about_somebody_else_signs_nobody_out_unasked(server: Server) {
        let (tenant, secret) = house(&server).await;
        server.advance(1);
        tenant.register("hong", PASSWORD).await;
        let (ming, hong) = (server.browser(), server.browser());
        let tokens = sign_in(&tenant, &secret, &ming).await;
        tenant.enter(&hong, ("hong", PASSWORD), &[("scope", "openid")]).await;
        let page = hong.open(&url(&tenant, &[("id_token_hint", &tokens.id), ("post_logout_redirect_uri", SIGNED_OUT)])).await.expect(200);
        assert!(page.has("logout-confirm"));
        assert!(is_signed_in(&tenant, &hong).await && is_signed_in(&tenant, &ming).await);
    }
}
