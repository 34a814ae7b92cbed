//! `/t/{tenant}/userinfo`.

use hufu_tests::{Server, on_both_databases};

on_both_databases! {
    async fn get_and_both_kinds_of_post(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        let (http, url) = (&server.http, tenant.url("/userinfo"));
        let by_get = tenant.userinfo(&tokens.access).await.expect(200);
        let by_header = http.send(http.request("POST", &url).bearer_auth(&tokens.access)).await.expect(200);
        let by_form = http.post_form(&url, &[("access_token", &tokens.access)]).await.expect(200);
        assert_eq!(by_get.body, by_header.body);
        assert_eq!(by_get.body, by_form.body);
        assert_eq!(by_get.header("cache-control"), Some("no-store"));
        let both = http.request("POST", &url).bearer_auth(&tokens.access).form(&[("access_token", &tokens.access)]);
        http.send(both).await.expect_error(400, "invalid_request", None);
    }

    async fn rfc6750_3_a_missing_or_dead_token_is_challenged(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let missing = server.http.get(&tenant.url("/userinfo")).await.expect_error(401, "invalid_token", None);
        assert!(missing.header("www-authenticate").unwrap().starts_with("Bearer"));
        tenant.userinfo("garbage").await.expect_error(401, "invalid_token", None);
        let tokens = tenant.login("alice").await;
        server.advance(900);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
    }

    async fn r25_an_id_token_is_no_access_token(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let tokens = tenant.login("alice").await;
        tenant.userinfo(&tokens.id).await.expect_error(401, "invalid_token", None);
        assert_eq!(tenant.introspect("api", &secret, &tokens.id).await.expect(200).body["active"], false);
    }
}
