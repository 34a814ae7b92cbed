//! `/t/{tenant}/account/consents`: the record of what the user accepted and took back.

use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

async fn record(tenant: &Tenant<'_>, access: &str, document: &str, version: &str, action: &str) -> Reply {
    let body = json!({"document": document, "version": version, "action": action});
    tenant.account("POST", "/consents", access, Some(body)).await
}

async fn list(tenant: &Tenant<'_>, access: &str) -> Value {
    let reply = tenant.account("GET", "/consents", access, None).await.expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.body["consents"].clone()
}

on_both_databases! {
    async fn what_is_accepted_and_taken_back_is_kept_newest_first(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        assert_eq!(list(&tenant, &alice.access).await, json!([]));
        let mut entries = Vec::new();
        for (document, version, action) in
            [("privacy", "2026-11-01", "accept"), ("terms", "v3", "accept"), ("privacy", "2026-11-01", "withdraw"), ("privacy", "2026-11-01", "accept")]
        {
            server.advance(1);
            let entry = record(&tenant, &alice.access, document, version, action).await.expect(201);
            assert_eq!(entry.header("cache-control"), Some("no-store"));
            let told = (entry.str("/document"), entry.str("/version"), entry.str("/action"), entry.str("/client_id"));
            assert_eq!(told, (document, version, action, "shop"));
            assert!(entry.body["at"].is_string());
            assert_eq!(entry.body["ip"], "127.0.0.1");
            entries.insert(0, entry.body);
        }
        assert_eq!(list(&tenant, &alice.access).await, json!(entries));
        let recorded: Vec<_> = tenant.events().await.into_iter().filter(|event| event["kind"] == "consent.recorded").collect();
        assert_eq!(recorded.len(), 4);
        assert_eq!(recorded[1]["detail"], json!({"action": "withdraw", "documents": ["privacy:2026-11-01"]}));
        let bob = tenant.login("bob").await;
        assert_eq!(list(&tenant, &bob.access).await, json!([]), "what Alice did is not Bob's");
    }

    async fn nothing_in_the_record_is_changed_or_removed(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        record(&tenant, &alice.access, "privacy", "1", "accept").await.expect(201);
        for method in ["PUT", "PATCH", "DELETE"] {
            let reply = tenant.account(method, "/consents", &alice.access, None).await;
            reply.expect_error(405, "invalid_request", None);
        }
        assert_eq!(list(&tenant, &alice.access).await.as_array().unwrap().len(), 1);
    }

    async fn a_member_that_breaks_its_rule_is_named_and_nothing_is_written(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        let long = "a".repeat(65);
        for (member, document, version, action) in [
            ("document", "", "1", "accept"), ("document", "Privacy", "1", "accept"), ("document", "隐私", "1", "accept"),
            ("document", &long[..33], "1", "accept"), ("document", "privacy:1", "1", "accept"), ("version", "privacy", "", "accept"),
            ("version", "privacy", "1 2", "accept"), ("version", "privacy", &long, "accept"), ("version", "privacy", "1\u{0}", "accept"),
            ("action", "privacy", "1", ""), ("action", "privacy", "1", "Accept"), ("action", "privacy", "1", "delete"),
        ] {
            let reply = record(&tenant, &alice.access, document, version, action).await.expect_error(400, "invalid_request", None);
            assert!(reply.str("/error_description").starts_with(member), "{reply}");
        }
        for body in [json!({}), json!([]), json!({"document": "privacy", "version": "1"}), json!({"document": "privacy", "version": 1, "action": "accept"}),
            json!({"document": "privacy", "version": "1", "action": "accept", "at": "2020-01-01T00:00:00Z"})] {
            let reply = tenant.account("POST", "/consents", &alice.access, Some(body)).await;
            reply.expect_error(400, "invalid_request", None);
        }
        assert_eq!(list(&tenant, &alice.access).await, json!([]));
    }

    async fn r51_the_records_of_two_tenants_never_meet(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program_for("shop", "wx0000000000000002", "account openid").await;
        let here = tenant.login("alice").await;
        let there = Tokens::of(other.exchange("shop", &other.code("wx0000000000000002", "alice")).await);
        record(&tenant, &here.access, "privacy", "1", "accept").await.expect(201);
        assert_eq!(list(&other, &there.access).await, json!([]));
        record(&other, &here.access, "privacy", "1", "accept").await.expect_error(401, "invalid_token", None);
    }
}
