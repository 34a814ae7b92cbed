//! Operators' tokens.

use super::{broken, by_threes, count, each, list, pointers};
use hufu_tests::{Server, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn r30_a_token_is_strong_and_shown_once(server: Server) {
        let made = server.admin("POST", "/operators", Some(json!({"name": "Ops"}))).await.expect(201);
        let token = made.str("/token").to_owned();
        assert!(token.starts_with("hufu_op_") && token.len() >= 8 + 64, "an id and 256 random bits: {}", token.len());
        assert_eq!((made.str("/name"), made.str("/scope")), ("Ops", "platform"));
        server.admin_as(&token, "GET", "/tenants", None).await.expect(200);
        let listed = server.admin("GET", "/operators", None).await.expect(200);
        assert!(!listed.text.contains("hufu_op_") && !listed.text.contains("hash"), "{listed}");
        let mut shown = made.body.clone();
        shown.as_object_mut().unwrap().remove("token");
        assert!(list(&listed).contains(&shown), "{listed}");
        let events = server.admin("GET", "/events", None).await.expect(200);
        assert!(!events.text.contains("hufu_op_"));
    }

    async fn a_revoked_token_is_dead_with_the_next_request(server: Server) {
        let made = server.admin("POST", "/operators", Some(json!({"name": "Ops"}))).await.expect(201);
        let (token, path) = (made.str("/token"), format!("/operators/{}", made.str("/id")));
        server.admin_as(token, "GET", "/tenants", None).await.expect(200);
        server.admin("DELETE", &path, None).await.expect(204);
        server.admin_as(token, "GET", "/tenants", None).await.expect_problem(401, "unauthorized");
        server.admin("DELETE", &path, None).await.expect_problem(404, "not-found");
        let listed = list(&server.admin("GET", "/operators", None).await.expect(200));
        let revoked: Vec<_> = listed.iter().filter(|operator| operator["revoked_at"].is_string()).collect();
        assert_eq!(revoked.len(), 1);
        assert_eq!(revoked[0]["name"], "Ops");
        server.admin("GET", "/tenants", None).await.expect(200);
    }

    async fn a_token_is_revoked_once(server: Server) {
        let made = server.admin("POST", "/operators", Some(json!({"name": "Ops"}))).await.expect(201);
        let path = format!("/operators/{}", made.str("/id"));
        let replies = server.in_parallel(10, || server.admin("DELETE", &path, None)).await;
        assert_eq!((count(&replies, 204), count(&replies, 404)), (1, 9), "{replies:?}");
        let events = list(&server.admin("GET", "/events", None).await.expect(200));
        assert_eq!(each(&events, "kind").iter().filter(|kind| **kind == "operator.revoked").count(), 1);
    }

    async fn an_operator_can_revoke_its_own_token(server: Server) {
        let made = server.admin("POST", "/operators", Some(json!({"name": "Ops"}))).await.expect(201);
        let (token, path) = (made.str("/token"), format!("/operators/{}", made.str("/id")));
        server.admin_as(token, "DELETE", &path, None).await.expect(204);
        server.admin_as(token, "DELETE", &path, None).await.expect_problem(401, "unauthorized");
    }

    async fn what_is_wrong_with_an_operator_is_told_at_once(server: Server) {
        let post = async |body| broken(server.admin("POST", "/operators", Some(body)).await);
        assert_eq!(post(json!({"name": "", "tenant": "A B"})).await, pointers(["#/name", "#/tenant"]));
        assert_eq!(post(json!({"name": "Ops", "tenant": "nobody"})).await, pointers(["#/tenant"]));
        assert_eq!(post(json!({"name": "x".repeat(101)})).await, pointers(["#/name"]));
        assert_eq!(post(json!({"name": "Ops", "scope": "platform"})).await, pointers(["#/scope"]));
        assert_eq!(post(json!({})).await, pointers(["#"]));
        for id in ["opr_01920000000070008000000000000001", "opr_1", "Ops", "%00", "%FF"] {
            server.admin("DELETE", &format!("/operators/{id}"), None).await.expect_problem(404, "not-found");
        }
        assert_eq!(list(&server.admin("GET", "/operators", None).await.expect(200)).len(), 1);
    }

    async fn operators_are_listed_by_cursor(server: Server) {
        for name in ["b", "c", "d", "e", "f", "g"] {
            server.advance(1);
            server.admin("POST", "/operators", Some(json!({"name": name}))).await.expect(201);
        }
        let operators = by_threes(&server, "/operators").await;
        assert_eq!(each(&operators, "name"), ["tests", "b", "c", "d", "e", "f", "g"], "in the order of their creation");
    }
}
