//! `/t/{tenant}/introspect`.

use hufu_tests::{Server, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn rfc7662_2_2_a_live_token_is_told_about(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let tokens = tenant.login("alice").await;
        let told = tenant.introspect("api", &secret, &tokens.access).await.expect(200);
        assert_eq!(told.header("cache-control"), Some("no-store"));
        let claims = server.unverified(&tokens.access);
        assert_eq!(told.body["active"], true);
        for same in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "auth_time", "amr"] {
            assert_eq!(told.body[same], claims[same], "{same}");
        }
        assert_eq!(told.body["token_type"], "Bearer");
    }

    async fn r33_it_needs_a_client_with_a_secret(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let token = tenant.login("alice").await.access;
        let url = tenant.url("/introspect");
        server.http.post_form(&url, &[("token", &token)]).await.expect_error(401, "invalid_client", None);
        let public = [("client_id", "shop"), ("token", token.as_str())];
        server.http.post_form(&url, &public).await.expect_error(401, "invalid_client", None);
        tenant.introspect("api", "wrong", &token).await.expect_error(401, "invalid_client", None);
        let none = [("client_id", "api"), ("client_secret", secret.as_str())];
        server.http.post_form(&url, &none).await.expect_error(400, "invalid_request", None);
    }

    async fn r33_what_is_not_alive_here_is_inactive_and_nothing_else(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let other = server.tenant("other").await;
        let other_secret = other.confidential("api").await;
        let tokens = tenant.login("alice").await;
        let inactive = json!({"active": false});
        for token in ["garbage", "hufu_rt_garbage", tokens.refresh.as_str()] {
            assert_eq!(tenant.introspect("api", &secret, token).await.expect(200).body, inactive, "{token}");
        }
        // r24: a token of one tenant at another.
        assert_eq!(other.introspect("api", &other_secret, &tokens.access).await.expect(200).body, inactive);
        server.advance(900);
        assert_eq!(tenant.introspect("api", &secret, &tokens.access).await.expect(200).body, inactive);
    }

    async fn a_refresh_token_is_told_about_to_its_own_client_and_is_not_used_by_that(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app("wx0000000000000001").await;
        let body = json!({"first_party": true, "wechat_appid": "wx0000000000000001", "scope": "openid",
            "grant_types": ["urn:hufu:grant-type:wechat-code", "refresh_token"]});
        let client = tenant.admin("PUT", "/clients/backend", Some(body)).await.expect(201);
        let secret = client.str("/client_secret");
        let code = tenant.code("wx0000000000000001", "alice");
        let form = [("grant_type", "urn:hufu:grant-type:wechat-code"), ("client_id", "backend"), ("client_secret", secret), ("js_code", &code)];
        let tokens = hufu_tests::Tokens::of(tenant.token(&form).await);
        for _ in 0..3 {
            let told = tenant.introspect("backend", secret, &tokens.refresh).await.expect(200);
            assert_eq!((&told.body["active"], &told.body["client_id"]), (&json!(true), &json!("backend")));
        }
    }
}
