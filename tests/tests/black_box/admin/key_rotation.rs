//! Signing keys that wait for an operator, that come with a client, and that are succeeded by themselves.

use super::list;
use hufu_tests::{Server, Tenant, on_both_databases};
use serde_json::{Value, json};

/// 90 days and the lead of a successor.
const PERIOD: u32 = 90 * 86_400;

async fn keys(tenant: &Tenant<'_>, alg: &str) -> Vec<Value> {
    let mut keys = list(&tenant.admin("GET", "/keys", None).await.expect(200));
    keys.retain(|key| key["alg"] == alg);
    keys
}

async fn of_state(tenant: &Tenant<'_>, alg: &str, state: &str) -> Vec<Value> {
    let mut keys = keys(tenant, alg).await;
    keys.retain(|key| key["state"] == state);
    keys.into_iter().map(|key| key["kid"].clone()).collect()
}

async fn jwks(tenant: &Tenant<'_>) -> Vec<Value> {
    let jwks = tenant.server.http.get(&tenant.url("/jwks")).await.expect(200);
    let keys = jwks.body["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].clone()).collect()
}

/// The kid of an access token that is issued now. It must be in the JWKS of every node.
async fn signing(tenant: &Tenant<'_>, nodes: &[&Tenant<'_>]) -> Value {
    let access = tenant.login("alice").await.access;
    let kid = tenant.server.header_of(&access)["kid"].clone();
    for node in nodes {
        assert!(
            jwks(node).await.contains(&kid),
            "the JWKS lacks the key that signs"
        );
    }
    kid
}

on_both_databases! {
    async fn r63_a_key_that_waits_signs_when_it_is_told(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let old = signing(&tenant, &[&tenant]).await;
        let body = json!({"alg": "ES256", "activate": "manual"});
        let made = tenant.admin("POST", "/keys", Some(body)).await.expect(201);
        assert_eq!(made.str("/state"), "published");
        assert_eq!((&made.body["activates_at"], &made.body["rotates_at"]), (&Value::Null, &Value::Null));
        let kid = made.body["kid"].clone();
        assert!(jwks(&tenant).await.contains(&kid));
        let path = format!("/keys/{}/activate", made.str("/kid"));
        tenant.admin("POST", &path, None).await.expect_problem(409, "key-too-new");
        server.advance(599);
        tenant.admin("POST", &path, None).await.expect_problem(409, "key-too-new");
        server.advance(86_400);
        assert_eq!(signing(&tenant, &[&tenant]).await, old);
        let done = tenant.admin("POST", &path, None).await.expect(200);
        assert_eq!(done.str("/state"), "active");
        assert_eq!(signing(&tenant, &[&tenant]).await, kid);
        assert!(jwks(&tenant).await.contains(&old), "its tokens live on");
        tenant.admin("POST", &path, None).await.expect_problem(409, "key-active");
        server.advance(3_900);
        assert!(!jwks(&tenant).await.contains(&old));
        tenant.admin("POST", "/keys/nothing/activate", None).await.expect_problem(404, "not-found");
        server.tenant("other").await.admin("POST", &path, None).await.expect_problem(404, "not-found");
    }

    async fn a_client_that_wants_another_algorithm_brings_its_key(server: Server) {
        let tenant = server.tenant("acme").await;
        assert_eq!(keys(&tenant, "PS256").await.len(), 0);
        let body = |alg: &str| json!({"redirect_uris": ["https://rp.example/cb"], "id_token_signed_response_alg": alg});
        tenant.admin("PUT", "/clients/one", Some(body("PS256"))).await.expect(201);
        let made = of_state(&tenant, "PS256", "active").await;
        assert_eq!(made.len(), 1);
        tenant.admin("PUT", "/clients/two", Some(body("PS256"))).await.expect(201);
        assert_eq!(of_state(&tenant, "PS256", "active").await, made);
        tenant.admin("PATCH", "/clients/two", Some(json!({"id_token_signed_response_alg": "EdDSA"}))).await.expect(200);
        assert_eq!(of_state(&tenant, "EdDSA", "active").await.len(), 1);
        assert_eq!(jwks(&tenant).await.len(), 4);
        // What is refused brings none.
        let other = server.tenant("other").await;
        let refused = json!({"id_token_signed_response_alg": "PS256"});
        other.admin("PUT", "/clients/one", Some(refused)).await.expect_problem(422, "invalid-request");
        assert_eq!(jwks(&other).await.len(), 2);
    }

    async fn r63_two_nodes_succeed_a_key_once_and_the_jwks_never_lacks_the_one_that_signs(server: Server) {
        let here = server.tenant("acme").await.with_shop().await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let both = [&here, &there];
        let old = signing(&here, &both).await;
        server.advance(PERIOD - 1);
        assert_eq!(server.rotate_keys().await + node.rotate_keys().await, 0);
        server.advance(1);
        let (one, other) = tokio::join!(server.rotate_keys(), node.rotate_keys());
        assert_eq!(one + other, 2, "a successor of each algorithm, made once");
        for node in [&server, &node] {
            assert_eq!(node.rotate_keys().await, 0);
            node.hear_of_changes().await;
        }
        let new = of_state(&here, "ES256", "published").await;
        assert_eq!((new.len(), of_state(&here, "RS256", "published").await.len()), (1, 1));
        for tenant in both {
            assert!(jwks(tenant).await.contains(&new[0]));
            assert_eq!(signing(tenant, &both).await, old, "caches do not have the new one yet");
        }
        server.advance(600);
        for tenant in both {
            assert_eq!(signing(tenant, &both).await, new[0]);
            assert!(jwks(tenant).await.contains(&old));
        }
        server.advance(3_900);
        for tenant in both {
            assert_eq!(signing(tenant, &both).await, new[0]);
            assert!(!jwks(tenant).await.contains(&old));
        }
        let events = here.events().await;
        let created: Vec<_> = events.iter().filter(|event| event["kind"] == "key.created").collect();
        assert_eq!(created.len(), 2);
        assert!(created.iter().all(|event| event["actor"]["kind"] == "system"), "{created:?}");
    }

    async fn a_tenant_may_rotate_by_hand(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.set(json!({"keys": {"rotation_period": 0}})).await;
        assert!(keys(&tenant, "ES256").await.iter().all(|key| key["rotates_at"].is_null()));
        server.advance(10 * PERIOD);
        assert_eq!(server.rotate_keys().await, 0);
        tenant.set(json!({"keys": {"rotation_period": 86_400}})).await;
        assert_eq!(server.rotate_keys().await, 2);
        for period in [1, 86_399, 31_536_001] {
            let body = json!({"settings": {"keys": {"rotation_period": period}}});
            tenant.admin("PATCH", "", Some(body)).await.expect_problem(422, "invalid-request");
        }
    }
}
