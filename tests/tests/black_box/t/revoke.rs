//! `/t/{tenant}/revoke`.

use hufu_tests::{Server, on_both_databases};

on_both_databases! {
    async fn rfc7009_2_1_a_refresh_token_takes_its_grant_with_it(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        let other = tenant.login("alice").await;
        let form = [("client_id", "shop"), ("token", tokens.refresh.as_str())];
        server.http.post_form(&tenant.url("/revoke"), &form).await.expect(200);
        tenant.refresh("shop", &tokens.refresh).await.expect_error(400, "invalid_grant", None);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        tenant.userinfo(&other.access).await.expect(200);
        tenant.refresh("shop", &other.refresh).await.expect(200);
        server.http.post_form(&tenant.url("/revoke"), &form).await.expect(200);
    }

    async fn an_access_token_dies_alone(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let tokens = tenant.login("alice").await;
        let form = [("client_id", "shop"), ("token", tokens.access.as_str()), ("token_type_hint", "refresh_token")];
        server.http.post_form(&tenant.url("/revoke"), &form).await.expect(200);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        assert_eq!(tenant.introspect("api", &secret, &tokens.access).await.expect(200).body["active"], false);
        tenant.refresh("shop", &tokens.refresh).await.expect(200);
        let own = [("grant_type", "client_credentials"), ("client_id", "api"), ("client_secret", &secret)];
        let own = hufu_tests::Tokens::of(tenant.token(&own).await);
        let form = [("client_id", "api"), ("client_secret", secret.as_str()), ("token", own.access.as_str())];
        server.http.post_form(&tenant.url("/revoke"), &form).await.expect(200);
        assert_eq!(tenant.introspect("api", &secret, &own.access).await.expect(200).body["active"], false);
    }

    async fn rfc7009_2_2_unknown_and_foreign_tokens_are_answered_alike_and_live_on(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        tenant.mini_program("other-shop", "wx0000000000000001").await;
        let tokens = tenant.login("alice").await;
        for token in [tokens.refresh.as_str(), tokens.access.as_str(), "garbage", "hufu_rt_garbage"] {
            let form = [("client_id", "other-shop"), ("token", token)];
            let reply = server.http.post_form(&tenant.url("/revoke"), &form).await.expect(200);
            assert_eq!(reply.text, "");
        }
        tenant.userinfo(&tokens.access).await.expect(200);
        tenant.refresh("shop", &tokens.refresh).await.expect(200);
        server.http.post_form(&tenant.url("/revoke"), &[("token", "x")]).await.expect_error(401, "invalid_client", None);
        let none = [("client_id", "shop")];
        server.http.post_form(&tenant.url("/revoke"), &none).await.expect_error(400, "invalid_request", None);
    }
}
