//! `/t/{tenant}/par` (RFC 9126).

use hufu_tests::{CALLBACK, Reply, Server, Tenant, on_both_databases};
use serde_json::json;
use url::Url;

const PASSWORD: &str = "otter-lantern-violin-7";

async fn push(tenant: &Tenant<'_>, secret: &str, changed: &[(&str, &str)]) -> Reply {
    let url = Url::parse(&tenant.authorize_url(changed)).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("client_secret".to_owned(), secret.to_owned()));
    let form: Vec<_> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    tenant.server.http.post_form(&tenant.url("/par"), &form).await
}

fn bring(tenant: &Tenant<'_>, client: &str, request_uri: &str) -> String {
    Url::parse_with_params(
        &tenant.url("/authorize"),
        [("client_id", client), ("request_uri", request_uri)],
    )
    .unwrap()
    .to_string()
}

on_both_databases! {
    async fn rfc9126_a_pushed_request_survives_until_the_login_is_complete_and_is_spent_then(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register("ming", PASSWORD).await;
        let secret = tenant.web_client("web", json!({"require_pushed_authorization_requests": true})).await;
        let pushed = push(&tenant, &secret, &[("nonce", "n")]).await.expect(201);
        assert_eq!(pushed.header("cache-control"), Some("no-store"));
        assert!(pushed.body["expires_in"].as_u64().unwrap() >= 60);
        let uri = pushed.str("/request_uri");
        assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"));
        let browser = server.browser();
        let url = bring(&tenant, "web", uri);
        let _ = browser.open(&url).await.expect(200);
        // Reloaded: it is still good.
        let login = browser.open(&url).await.expect(200);
        let consent = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        let back = consent.submit(&[("decision", "allow")]).await.expect(303).to_client();
        assert_eq!(back["state"], "st&te");
        tenant.redeem_as_web(&secret, &back["code"]).await.expect(200);
        let spent = browser.open(&url).await.expect(400).says("Invalid request_uri");
        assert!(spent.reply.header("location").is_none());
        // The client must push.
        let told = browser.open(&tenant.authorize_url(&[])).await.expect(303).to_client();
        assert_eq!(told["error"], "invalid_request");
    }

    async fn rfc9126_a_request_that_was_brought_in_time_waits_for_its_person(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register("ming", PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let pushed = push(&tenant, &secret, &[]).await.expect(201);
        assert_eq!(pushed.body["expires_in"], 300);
        server.advance(299);
        let browser = server.browser();
        let login = browser.open(&bring(&tenant, "web", pushed.str("/request_uri"))).await.expect(200);
        server.advance(1_799);
        server.clean().await;
        let consent = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        let back = consent.submit(&[("decision", "allow")]).await.expect(303).to_client();
        tenant.redeem_as_web(&secret, &back["code"]).await.expect(200);
    }

    async fn rfc9126_a_reference_is_for_its_client_and_its_time(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.web_client("web", json!({})).await;
        tenant.web_client("other", json!({})).await;
        let pushed = push(&tenant, &secret, &[]).await.expect(201);
        let uri = pushed.str("/request_uri");
        let browser = server.browser();
        let _ = browser.open(&bring(&tenant, "other", uri)).await.expect(400).says("Invalid request_uri");
        let _ = browser.open(&bring(&tenant, "nobody", uri)).await.expect(400).says("Unknown client");
        let guess = format!("{}AAAA", &uri[..uri.len() - 4]);
        let _ = browser.open(&bring(&tenant, "web", &guess)).await.expect(400).says("Invalid request_uri");
        server.advance(300);
        let _ = browser.open(&bring(&tenant, "web", uri)).await.expect(400).says("Invalid request_uri");
    }

    async fn rfc9126_2_3_a_request_that_is_refused_is_told_the_client(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = tenant.web_client("web", json!({})).await;
        for (changed, error) in [
            (&[("redirect_uri", "https://evil.example/")][..], "invalid_request"),
            (&[("response_type", "token")], "unsupported_response_type"),
            (&[("scope", "openid wechat")], "invalid_scope"),
            (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
            (&[("code_challenge_method", "plain")], "invalid_request"),
        ] {
            push(&tenant, &secret, changed).await.expect_error(400, error, None);
        }
        push(&tenant, "wrong", &[]).await.expect_error(401, "invalid_client", None);
        let reply = server.http.get(&tenant.url("/par")).await;
        assert_eq!(reply.status, 405);
        assert!(push(&tenant, &secret, &[("redirect_uri", CALLBACK)]).await.status == 201);
    }
}
