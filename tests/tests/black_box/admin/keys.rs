//! Signing keys: their succession, and their end.

use super::{broken, count, each, list, pointers};
use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn create(tenant: &Tenant<'_>, alg: &str) -> Reply {
    tenant
        .admin("POST", "/keys", Some(json!({"alg": alg})))
        .await
        .expect(201)
}

async fn keys(tenant: &Tenant<'_>) -> Vec<Value> {
    list(&tenant.admin("GET", "/keys", None).await.expect(200))
}

/// The states of the tenant's keys of one algorithm, by kid.
async fn states(tenant: &Tenant<'_>, alg: &str) -> BTreeMap<String, String> {
    let keys = keys(tenant).await;
    let text = |key: &Value, member: &str| key[member].as_str().unwrap().to_owned();
    keys.iter()
        .filter(|key| key["alg"] == alg)
        .map(|key| (text(key, "kid"), text(key, "state")))
        .collect()
}

/// The one that signs.
async fn active(tenant: &Tenant<'_>, alg: &str) -> String {
    let states = states(tenant, alg).await;
    let active: Vec<_> = states
        .into_iter()
        .filter(|(_, state)| state == "active")
        .collect();
    assert_eq!(active.len(), 1, "{active:?}");
    active[0].0.clone()
}

on_both_databases! {
    async fn a_tenant_begins_with_two_keys_and_no_private_half_is_shown(server: Server) {
        let tenant = server.tenant("acme").await;
        let keys = keys(&tenant).await;
        let mut algorithms = each(&keys, "alg");
        algorithms.sort_unstable();
        assert_eq!(algorithms, ["ES256", "RS256"]);
        for key in &keys {
            let members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(members, ["activates_at", "alg", "created_at", "kid", "rotates_at", "state"]);
            assert_eq!((&key["state"], &key["activates_at"]), (&json!("active"), &key["created_at"]));
        }
    }

    async fn r63_a_successor_is_published_then_active_then_alone(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let (old, rsa) = (active(&tenant, "ES256").await, states(&tenant, "RS256").await);
        let made = create(&tenant, "ES256").await;
        let new = made.str("/kid").to_owned();
        assert_eq!(made.str("/state"), "published");
        let begins = chrono::DateTime::parse_from_rfc3339(made.str("/activates_at")).unwrap();
        assert_eq!(begins.timestamp() - server.sim.now(), 600);
        let both = |one: &str, other: &str| BTreeMap::from([(old.clone(), one.to_owned()), (new.clone(), other.to_owned())]);
        assert_eq!(states(&tenant, "ES256").await, both("active", "published"));
        assert_eq!(states(&tenant, "RS256").await, rsa, "a key of another algorithm is no successor");
        server.advance(600);
        assert_eq!(states(&tenant, "ES256").await, both("retiring", "active"));
        let kid = server.header_of(&tenant.login("alice").await.access)["kid"].clone();
        assert_eq!(kid, new);
        server.advance(3_600 + 300);
        assert_eq!(active(&tenant, "ES256").await, new);
        assert_eq!(states(&tenant, "ES256").await.len(), 1);
    }

    async fn a_key_that_is_removed_takes_its_tokens_with_it_at_once(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let old = active(&tenant, "ES256").await;
        let new = create(&tenant, "ES256").await.str("/kid").to_owned();
        server.advance(600 - 60);
        let before = tenant.login("alice").await;
        server.advance(60);
        let after = tenant.login("alice").await;
        for tokens in [&before, &after] {
            assert_eq!(tenant.introspect("api", &secret, &tokens.access).await.expect(200).body["active"], true);
        }
        tenant.admin("DELETE", &format!("/keys/{old}"), None).await.expect(204);
        tenant.admin("DELETE", &format!("/keys/{old}"), None).await.expect_problem(404, "not-found");
        assert_eq!(states(&tenant, "ES256").await, BTreeMap::from([(new, "active".to_owned())]));
        tenant.userinfo(&before.access).await.expect_error(401, "invalid_token", None);
        assert_eq!(tenant.introspect("api", &secret, &before.access).await.expect(200).body, json!({"active": false}));
        tenant.userinfo(&after.access).await.expect(200);
        let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
        assert!(!jwks.text.contains(&old));
    }

    async fn the_key_that_signs_is_not_removed(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        for alg in ["ES256", "RS256"] {
            let path = format!("/keys/{}", active(&tenant, alg).await);
            tenant.admin("DELETE", &path, None).await.expect_problem(409, "key-active");
            create(&tenant, alg).await;
            tenant.admin("DELETE", &path, None).await.expect_problem(409, "key-active");
        }
        tenant.login("alice").await;
    }

    async fn removing_a_successor_never_leaves_a_tenant_without_a_key(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let new = create(&tenant, "ES256").await.str("/kid").to_owned();
        let removed = tenant.admin("DELETE", &format!("/keys/{new}"), None).await;
        assert!(removed.status == 204 || removed.status == 409, "{removed}");
        server.advance(2 * 3_600);
        active(&tenant, "ES256").await;
        tenant.login("alice").await;
    }

    async fn while_a_successor_waits_no_other_is_made(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let replies = server.in_parallel(5, || tenant.admin("POST", "/keys", Some(json!({"alg": "ES256"})))).await;
        assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 4), "{replies:?}");
        for reply in replies.into_iter().filter(|reply| reply.status == 409) {
            reply.expect_problem(409, "key-waiting");
        }
        create(&tenant, "RS256").await;
        server.advance(600);
        active(&tenant, "ES256").await;
        create(&tenant, "ES256").await;
        server.advance(2 * 3_600);
        active(&tenant, "ES256").await;
        tenant.login("alice").await;
    }

    async fn r26_only_known_algorithms_have_keys(server: Server) {
        let tenant = server.tenant("acme").await;
        for alg in ["none", "HS256", "es256", "", "RS512"] {
            assert_eq!(broken(tenant.admin("POST", "/keys", Some(json!({"alg": alg}))).await), pointers(["#/alg"]), "{alg}");
        }
        assert_eq!(broken(tenant.admin("POST", "/keys", Some(json!({}))).await), pointers(["#"]));
        assert_eq!(broken(tenant.admin("POST", "/keys", Some(json!({"alg": "ES256", "kid": "x"}))).await), pointers(["#/kid"]));
        let other = json!({"alg": "ES256", "activate": "later"});
        assert_eq!(broken(tenant.admin("POST", "/keys", Some(other)).await), pointers(["#/activate"]));
        assert_eq!(keys(&tenant).await.len(), 2);
    }

    async fn r24_a_tenants_keys_are_nothing_to_another(server: Server) {
        let (tenant, other) = (server.tenant("acme").await, server.tenant("other").await);
        let kid = active(&tenant, "ES256").await;
        for kid in [kid.as_str(), "nothing", "a%20b", "%00"] {
            other.admin("DELETE", &format!("/keys/{kid}"), None).await.expect_problem(404, "not-found");
        }
        assert_eq!(active(&tenant, "ES256").await, kid);
    }
}
