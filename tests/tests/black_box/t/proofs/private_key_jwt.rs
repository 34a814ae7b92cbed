//! `private_key_jwt` (RFC 7523, OpenID Connect Core §9).

use super::key::{JWT_BEARER, Key, Published, own_tokens, start};
use hufu_tests::{Server, Tenant, on_both_databases};
use serde_json::{Value, json};

/// Registers client `svc`, which acts for itself.
async fn service(tenant: &Tenant<'_>, keys: Value) {
    let mut body =
        json!({"token_endpoint_auth_method": "private_key_jwt", "grant_types": ["client_credentials"]});
    body.as_object_mut()
        .unwrap()
        .extend(keys.as_object().unwrap().clone());
    tenant.admin("PUT", "/clients/svc", Some(body)).await.expect(201);
}

on_both_databases! {
    async fn r36_a_client_proves_itself_by_its_key_and_each_assertion_counts_once(server: Server) {
        let tenant = server.tenant("acme").await;
        let key = Key::new();
        service(&tenant, json!({"jwks": {"keys": [key.named("1")]}})).await;
        let issuer = tenant.issuer();
        let assertion = key.assertion("1", "svc", &issuer, json!({}));
        own_tokens(&tenant, &assertion).await.expect(200);
        own_tokens(&tenant, &assertion).await.expect_error(401, "invalid_client", None);
        // The token endpoint is an audience too, where the client is no FAPI client.
        let aud = format!("{issuer}/token");
        own_tokens(&tenant, &key.assertion("1", "svc", &aud, json!({}))).await.expect(200);
        let stranger = Key::new();
        for wrong in [
            stranger.assertion("1", "svc", &issuer, json!({})),
            key.assertion("2", "svc", &issuer, json!({})),
            key.assertion("1", "nobody", &issuer, json!({})),
            key.assertion("1", "svc", "https://other.example", json!({})),
            key.assertion("1", "svc", &issuer, json!({"exp": start() - 61})),
            key.assertion("1", "svc", &issuer, json!({"exp": start() + 7_200})),
            key.assertion("1", "svc", &issuer, json!({"iss": "other"})),
            key.assertion("1", "svc", &issuer, json!({"jti": ""})),
            "x.y.z".to_owned(),
        ] {
            own_tokens(&tenant, &wrong).await.expect_error(401, "invalid_client", None);
        }
    }

    async fn r28_an_assertion_is_not_taken_on_another_node_either(server: Server) {
        let here = server.tenant("acme").await;
        let key = Key::new();
        service(&here, json!({"jwks": {"keys": [key.named("1")]}})).await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let assertion = key.assertion("1", "svc", &here.issuer(), json!({}));
        own_tokens(&here, &assertion).await.expect(200);
        own_tokens(&there, &assertion).await.expect_error(401, "invalid_client", None);
        let another = key.assertion("1", "svc", &here.issuer(), json!({}));
        own_tokens(&there, &another).await.expect(200);
    }

    async fn r35_a_client_proves_itself_as_it_is_registered_and_in_one_way(server: Server) {
        let tenant = server.tenant("acme").await;
        let key = Key::new();
        service(&tenant, json!({"jwks": {"keys": [key.named("1")]}})).await;
        let secret = tenant.confidential("api").await;
        let grant = ("grant_type", "client_credentials");
        tenant.token(&[grant, ("client_id", "svc")]).await.expect_error(401, "invalid_client", None);
        tenant.token(&[grant, ("client_id", "svc"), ("client_secret", &secret)]).await.expect_error(401, "invalid_client", None);
        let of_api = key.assertion("1", "api", &tenant.issuer(), json!({}));
        own_tokens(&tenant, &of_api).await.expect_error(401, "invalid_client", None);
        let assertion = key.assertion("1", "svc", &tenant.issuer(), json!({}));
        let both = [
            grant, ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str()), ("client_secret", "x"),
        ];
        tenant.token(&both).await.expect_error(400, "invalid_request", None);
        let unnamed = [grant, ("client_assertion", assertion.as_str())];
        tenant.token(&unnamed).await.expect_error(401, "invalid_client", None);
        own_tokens(&tenant, &assertion).await.expect(200);
    }

    async fn an_assertion_serves_at_introspection_and_revocation_too(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let key = Key::new();
        service(&tenant, json!({"jwks": {"keys": [key.named("1")]}})).await;
        let access = tenant.login("alice").await.access;
        let ask = async |path: &str| {
            let assertion = key.assertion("1", "svc", &tenant.issuer(), json!({}));
            let form = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str()), ("token", access.as_str())];
            server.http.post_form(&tenant.url(path), &form).await
        };
        assert_eq!(ask("/introspect").await.expect(200).body["active"], true);
        ask("/revoke").await.expect(200);
    }

    async fn a_published_key_is_fetched_and_a_new_one_found_at_most_once_a_minute(server: Server) {
        let tenant = server.tenant("acme").await;
        let (old, new) = (Key::new(), Key::new());
        let published = Published::new(json!([old.named("old")])).await;
        service(&tenant, json!({"jwks_uri": published.url})).await;
        let ask = async |key: &Key, kid: &str| own_tokens(&tenant, &key.assertion(kid, "svc", &tenant.issuer(), json!({}))).await;
        ask(&old, "old").await.expect(200);
        ask(&old, "old").await.expect(200);
        assert_eq!(published.asked(), 1, "it is remembered");
        published.answer(200, &json!([old.named("old"), new.named("new")]));
        for _ in 0..3 {
            ask(&new, "new").await.expect_error(401, "invalid_client", None);
        }
        assert_eq!(published.asked(), 1, "whoever sends a kid does not choose when we call");
        server.advance(60);
        ask(&new, "new").await.expect(200);
        assert_eq!(published.asked(), 2);
        // A key that was withdrawn is forgotten in time.
        published.answer(200, &json!([new.named("new")]));
        server.advance(60);
        ask(&old, "old").await.expect(200);
        server.advance(600 - 60);
        ask(&old, "old").await.expect_error(401, "invalid_client", None);
    }

    async fn a_client_whose_keys_cannot_be_fetched_is_refused_until_they_can(server: Server) {
        let tenant = server.tenant("acme").await;
        let key = Key::new();
        let published = Published::new(json!([key.named("1")])).await;
        published.answer(500, &json!([]));
        service(&tenant, json!({"jwks_uri": published.url})).await;
        let ask = async || own_tokens(&tenant, &key.assertion("1", "svc", &tenant.issuer(), json!({}))).await;
        let refused = ask().await.expect_error(401, "invalid_client", None);
        assert!(!refused.text.contains(&published.url));
        published.answer(200, &json!([key.named("1")]));
        server.advance(10);
        ask().await.expect(200);
    }
}
