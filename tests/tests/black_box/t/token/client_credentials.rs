//! A client for itself.

use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn rfc6749_4_4_a_confidential_client_gets_a_token_for_itself(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = tenant.confidential("api").await;
        let form = [("grant_type", "client_credentials"), ("client_id", "api"), ("client_secret", &secret)];
        let tokens = Tokens::of(tenant.token(&form).await);
        assert!(tokens.refresh.is_empty() && tokens.id.is_empty(), "RFC 6749 section 4.4.3");
        let claims = server.unverified(&tokens.access);
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("api"), &json!("api")));
        assert!(claims.get("sid").is_none());
        let told = tenant.introspect("api", &secret, &tokens.access).await.expect(200);
        assert_eq!(told.body["active"], true);
        tenant.userinfo(&tokens.access).await.expect_error(403, "insufficient_scope", None);
    }

    async fn a_users_scope_is_not_for_it(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = tenant.confidential("api").await;
        let form = [("grant_type", "client_credentials"), ("client_id", "api"), ("client_secret", &secret), ("scope", "openid")];
        tenant.token(&form).await.expect_error(400, "invalid_scope", None);
    }

    async fn a_public_client_cannot_be_registered_for_it(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]});
        let refused = tenant.admin("PUT", "/clients/open", Some(body)).await;
        assert_eq!(refused.status, 422, "{refused}");
        assert!(refused.fields().contains(&"#/token_endpoint_auth_method"), "{refused}");
    }
}
