//! Who may not call the account API, whichever part of it.

use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";

/// What the user may read and change at any time.
fn everyday() -> Vec<(&'static str, &'static str, Option<Value>)> {
    let consent = json!({"document": "privacy", "version": "1", "action": "accept"});
    vec![
        ("GET", "", None),
        ("PATCH", "", Some(json!({"nickname": "x"}))),
        ("GET", "/sessions", None),
        ("DELETE", "/sessions", None),
        ("DELETE", "/sessions/ses_01920000000070008000000000000001", None),
        ("GET", "/consents", None),
        ("POST", "/consents", Some(consent)),
    ]
}

/// What needs a sign-in of the last five minutes.
fn grave() -> Vec<(&'static str, &'static str, Option<Value>)> {
    vec![
        (
            "PUT",
            "/password",
            Some(json!({"password": "correct horse battery staple"})),
        ),
        ("GET", "/export", None),
        ("POST", "/close", None),
    ]
}

on_both_databases! {
    async fn rfc6750_3_1_who_may_not_call_is_told_why(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program_for("shop", "wx0000000000000002", "account openid").await;
        tenant.mini_program("narrow", APP).await;
        let narrow = Tokens::of(tenant.exchange("narrow", &tenant.code(APP, "alice")).await);
        let foreign = Tokens::of(other.exchange("shop", &other.code("wx0000000000000002", "alice")).await);
        let alice = tenant.login("alice").await;
        for (method, path, body) in everyday().into_iter().chain(grave()) {
            let missing = server.http.request(method, &tenant.url(&format!("/account{path}")));
            let missing = server.http.send(missing.json(&body.clone().unwrap_or(json!({})))).await;
            let missing = missing.expect_error(401, "invalid_token", None);
            assert!(missing.header("www-authenticate").unwrap().starts_with("Bearer"), "{method} {path}");
            let dead = [foreign.access.as_str(), &alice.id, &alice.refresh, "nonsense", ""];
            for dead in dead {
                let reply = tenant.account(method, path, dead, body.clone()).await;
                reply.expect_error(401, "invalid_token", None);
            }
            let reply = tenant.account(method, path, &narrow.access, body.clone()).await;
            reply.expect_error(403, "insufficient_scope", None);
        }
        // None of all that did anything.
        let kinds: Vec<_> = tenant.events().await.into_iter().map(|event| event["kind"].clone()).collect();
        for kind in ["user.updated", "user.closing", "session.ended", "consent.recorded", "password.changed"] {
            assert!(!kinds.contains(&json!(kind)), "{kind}");
        }
    }

    async fn r59_what_is_grave_needs_a_sign_in_of_the_last_five_minutes(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        server.advance(300);
        let refreshed = Tokens::of(tenant.refresh("shop", &alice.refresh).await);
        for tokens in [&alice, &refreshed] {
            for (method, path, body) in grave() {
                let reply = tenant.account(method, path, &tokens.access, body).await;
                let reply = reply.expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
                assert!(reply.header("www-authenticate").unwrap().contains("max_age=\"300\""), "{reply}");
            }
            tenant.account("GET", "", &tokens.access, None).await.expect(200);
        }
        let fresh = tenant.login("alice").await;
        server.advance(299);
        tenant.account("GET", "/export", &fresh.access, None).await.expect(200);
    }

    async fn r46_r58_a_disabled_user_is_kept_out_at_once(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let alice = tenant.login("alice").await;
        let sub = tenant.sub(&alice.access).await;
        there.account("GET", "", &alice.access, None).await.expect(200);
        tenant.admin("PATCH", &format!("/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        for (method, path, body) in everyday().into_iter().chain(grave()) {
            let reply = there.account(method, path, &alice.access, body).await;
            reply.expect_error(401, "invalid_token", None);
        }
    }
}
