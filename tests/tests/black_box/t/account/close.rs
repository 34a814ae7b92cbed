//! `/t/{tenant}/account/close`: the account is closed, kept by signing in, or gone.

use hufu_api::embed::{self, Embedding, PasswordConfig};
use hufu_testkit::{SeededRandom, TestClock};
use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::json;
use std::{sync::Arc, time::Duration};

const APP: &str = "wx0000000000000001";

/// The default of `account.cooling_off`.
const COOLING_OFF: u32 = 15 * 86_400;

async fn close(tenant: &Tenant<'_>, access: &str) -> Reply {
    tenant.account("POST", "/close", access, None).await
}

/// Does once what a server that nobody embeds does every minute, on a node of its own, `elapsed` seconds after the start.
async fn housekeeping(server: &Server, elapsed: u32) {
    let clock = TestClock::new();
    let now = clock.advance(elapsed);
    let nowhere = "http://127.0.0.1:9";
    let node = embed::ports(Embedding {
        database_url: server.database_url.clone(),
        master_key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into(),
        wechat_api_base: nowhere.parse().unwrap(),
        sms_base: nowhere.parse().unwrap(),
        sms_console: None,
        passwords: PasswordConfig::default(),
        patience: Some(Duration::from_mins(1)),
        clock: Arc::new(clock),
        random: Arc::new(SeededRandom::new(0)),
    });
    let store = node.await.expect("the database opens").store;
    while store
        .remove_expired(now, 100)
        .await
        .expect("the database is there")
        > 0
    {}
}

async fn kinds(tenant: &Tenant<'_>) -> Vec<String> {
    let events = tenant.events().await;
    events
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect()
}

async fn assert_dead(tenant: &Tenant<'_>, api_secret: &str, tokens: &Tokens) {
    tenant
        .userinfo(&tokens.access)
        .await
        .expect_error(401, "invalid_token", None);
    tenant
        .refresh("shop", &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant", None);
    let told = tenant
        .introspect("api", api_secret, &tokens.access)
        .await
        .expect(200)
        .body;
    assert_eq!(told, json!({"active": false}));
}

on_both_databases! {
    async fn r58_a_closed_account_is_signed_out_at_once_on_every_node(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let secret = tenant.confidential("api").await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let other = tenant.login("alice").await;
        let alice = tenant.login("alice").await;
        let bob = tenant.login("bob").await;
        there.userinfo(&other.access).await.expect(200);
        let closed = close(&tenant, &alice.access).await.expect(200);
        assert_eq!(closed.header("cache-control"), Some("no-store"));
        let closes_at = closed.str("/closes_at").parse::<chrono::DateTime<chrono::Utc>>().expect("RFC 3339");
        let issued_at = server.unverified(&alice.access)["iat"].as_i64().unwrap();
        assert!((0..60).contains(&(closes_at.timestamp() - issued_at - i64::from(COOLING_OFF))), "{closes_at}");
        for tokens in [&other, &alice] {
            assert_dead(&there, &secret, tokens).await;
        }
        close(&tenant, &alice.access).await.expect_error(401, "invalid_token", None);
        there.userinfo(&bob.access).await.expect(200);
        assert!(kinds(&tenant).await.contains(&"user.closing".to_owned()));
    }

    async fn signing_in_before_the_end_keeps_the_account(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let sub = tenant.sub(&alice.access).await;
        tenant.account("PATCH", "", &alice.access, Some(json!({"nickname": "Alice"}))).await.expect(200);
        close(&tenant, &alice.access).await.expect(200);
        server.advance(COOLING_OFF - 1);
        housekeeping(&server, COOLING_OFF - 1).await;
        let back = tenant.login("alice").await;
        assert_eq!(tenant.sub(&back.access).await, sub);
        assert!(kinds(&tenant).await.contains(&"user.reopened".to_owned()));
        server.advance(COOLING_OFF);
        housekeeping(&server, 2 * COOLING_OFF - 1).await;
        let still = tenant.login("alice").await;
        let account = tenant.account("GET", "", &still.access, None).await.expect(200);
        assert_eq!((account.str("/sub"), account.str("/nickname")), (sub.as_str(), "Alice"));
    }

    async fn r58_when_the_cooling_off_is_over_nothing_is_left_and_the_person_may_come_anew(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let sub = tenant.sub(&alice.access).await;
        tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        tenant.account("PATCH", "", &alice.access, Some(json!({"nickname": "Alice"}))).await.expect(200);
        let consent = json!({"document": "privacy", "version": "1", "action": "accept"});
        tenant.account("POST", "/consents", &alice.access, Some(consent)).await.expect(201);
        let bob = tenant.login("bob").await;
        let bobs_sub = tenant.sub(&bob.access).await;
        close(&tenant, &alice.access).await.expect(200);
        server.advance(COOLING_OFF);
        housekeeping(&server, COOLING_OFF).await;
        tenant.admin("GET", &format!("/users/{sub}"), None).await.expect_problem(404, "not-found");
        tenant.admin("GET", &format!("/users/{bobs_sub}"), None).await.expect(200);
        for table in ["identities", "profiles", "consents", "sessions", "grants"] {
            let left = server.number(&format!("SELECT count(*) FROM {table}"));
            assert!(left <= 1, "{left} in {table}: Bob has one of some at the most");
        }
        let deleted = tenant.events().await.into_iter().find(|event| event["kind"] == "user.deleted").expect("it is recorded");
        assert_eq!((&deleted["target"], &deleted["actor"]["kind"]), (&json!(sub), &json!("system")));
        let anew = Tokens::of(tenant.exchange_with_phone("shop", &tenant.code(APP, "alice"), &tenant.phone_code(APP, "alice")).await);
        let account = tenant.account("GET", "", &anew.access, None).await.expect(200);
        assert_ne!(account.str("/sub"), sub);
        assert_eq!(account.str("/phone_number"), server.sim.phone_of("alice"));
        assert_eq!(account.body.get("nickname"), None);
        let consents = tenant.account("GET", "/consents", &anew.access, None).await.expect(200);
        assert_eq!(consents.body["consents"], json!([]));
    }

    async fn a_tenant_may_have_no_cooling_off(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.set(json!({"account": {"cooling_off": 0}})).await;
        let secret = tenant.confidential("api").await;
        let alice = tenant.login("alice").await;
        let sub = tenant.sub(&alice.access).await;
        close(&tenant, &alice.access).await.expect(200);
        assert_dead(&tenant, &secret, &alice).await;
        tenant.admin("GET", &format!("/users/{sub}"), None).await.expect_problem(404, "not-found");
        let anew = tenant.login("alice").await;
        assert_ne!(tenant.sub(&anew.access).await, sub);
    }

    async fn no_body_or_an_empty_object_is_all_it_takes(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        for bad in [json!({"sub": "x"}), json!([]), json!(null), json!("now")] {
            let reply = tenant.account("POST", "/close", &alice.access, Some(bad)).await;
            reply.expect_error(400, "invalid_request", None);
        }
        tenant.userinfo(&alice.access).await.expect(200);
        tenant.account("POST", "/close", &alice.access, Some(json!({}))).await.expect(200);
    }

    async fn r51_the_same_person_elsewhere_stays(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program_for("shop", "wx0000000000000002", "account openid").await;
        let here = tenant.login("alice").await;
        let there = Tokens::of(other.exchange("shop", &other.code("wx0000000000000002", "alice")).await);
        let sub = other.sub(&there.access).await;
        close(&tenant, &here.access).await.expect(200);
        other.userinfo(&there.access).await.expect(200);
        server.advance(COOLING_OFF);
        housekeeping(&server, COOLING_OFF).await;
        let again = Tokens::of(other.exchange("shop", &other.code("wx0000000000000002", "alice")).await);
        assert_eq!(other.sub(&again.access).await, sub);
    }
}
