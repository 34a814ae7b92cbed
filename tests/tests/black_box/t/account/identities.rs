//! The user's own identities, and linking a phone to them.

use hufu_tests::{Server, Tokens, on_both_databases};
use serde_json::json;

const APP: &str = "wx0000000000000001";

on_both_databases! {
    async fn a_phone_is_linked_by_its_code_and_replaced_by_another(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        // What comes in one millisecond has no order.
        server.advance(1);
        let linked = tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(201);
        assert_eq!((linked.str("/kind"), linked.str("/phone_number")), ("phone", server.sim.phone_of("alice").as_str()));
        assert_eq!(linked.header("cache-control"), Some("no-store"));
        let again = tenant.link_phone(&alice.access, &tenant.phone_code(APP, "alice")).await.expect(200);
        assert_eq!(again.body["id"], linked.body["id"]);
        let other = server.sim.phone_code_for(APP, "alice", "+8613900000009").unwrap();
        tenant.link_phone(&alice.access, &other).await.expect(201);
        let own = tenant.account("GET", "/identities", &alice.access, None).await.expect(200);
        let kinds: Vec<_> = own.body["identities"].as_array().unwrap().iter().map(|i| i["kind"].clone()).collect();
        assert_eq!(kinds, ["wechat", "phone"], "a user has one phone");
        assert_eq!(tenant.userinfo(&alice.access).await.expect(200).str("/phone_number"), "+8613900000009");
        let events = tenant.events().await;
        assert_eq!(events.iter().filter(|event| event["kind"] == "identity.linked").count(), 2);
        let told = serde_json::to_string(&events).unwrap();
        for number in ["13900000009", &server.sim.phone_of("alice")[3..]] {
            assert!(!told.contains(number), "no event has a number");
        }
        let user = tenant.sub(&alice.access).await;
        let seen = tenant.admin("GET", &format!("/users/{user}/identities"), None).await.expect(200);
        assert_eq!(seen.body["items"][1]["phone_number"], "+8613900000009");
    }

    async fn r52_a_code_of_another_person_or_app_links_nothing(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.wechat_app("wx0000000000000002").await;
        let alice = tenant.login("alice").await;
        for code in [tenant.phone_code(APP, "bob"), tenant.phone_code("wx0000000000000002", "alice"), tenant.code(APP, "alice")] {
            let reply = tenant.link_phone(&alice.access, &code).await;
            reply.expect_error(400, "invalid_grant", Some("wx_phone_code_invalid"));
        }
        let bob = tenant.login("bob").await;
        tenant.link_phone(&bob.access, &tenant.phone_code(APP, "bob")).await.expect(201);
        let same = server.sim.phone_code_for(APP, "alice", &server.sim.phone_of("bob")).unwrap();
        tenant.link_phone(&alice.access, &same).await.expect_error(400, "access_denied", Some("phone_taken"));
        assert!(tenant.userinfo(&alice.access).await.expect(200).body.get("phone_number").is_none());
    }

    async fn r59_linking_needs_a_sign_in_of_the_last_five_minutes(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let alice = tenant.login("alice").await;
        server.advance(301);
        let code = tenant.phone_code(APP, "alice");
        let reply = tenant.link_phone(&alice.access, &code).await;
        let reply = reply.expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
        let challenge = reply.header("www-authenticate").unwrap();
        assert!(challenge.contains("max_age=\"300\""), "{challenge}");
        let refreshed = Tokens::of(tenant.refresh("shop", &alice.refresh).await);
        let reply = tenant.link_phone(&refreshed.access, &code).await;
        reply.expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
        let fresh = tenant.login("alice").await;
        tenant.link_phone(&fresh.access, &code).await.expect(201);
    }

    async fn rfc6750_3_1_who_may_not_call_is_told_why(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let other = server.tenant("other").await;
        other.wechat_app("wx0000000000000002").await;
        other.mini_program("cafe", "wx0000000000000002").await;
        tenant.mini_program("narrow", APP).await;
        let narrow = Tokens::of(tenant.exchange("narrow", &tenant.code(APP, "alice")).await);
        let foreign = Tokens::of(other.exchange("cafe", &other.code("wx0000000000000002", "alice")).await);
        for path in ["/identities", "/wechat/session", "/wechat/encrypt-keys"] {
            tenant.account("GET", path, &narrow.access, None).await.expect_error(403, "insufficient_scope", None);
            tenant.account("GET", path, &foreign.access, None).await.expect_error(401, "invalid_token", None);
            tenant.account("GET", path, "nonsense", None).await.expect_error(401, "invalid_token", None);
        }
        let alice = tenant.login("alice").await;
        for body in [json!({}), json!({"phone_code": 7}), json!({"phone_code": "a", "more": 1}), json!([]), json!(null)] {
            let reply = tenant.account("POST", "/identities", &alice.access, Some(body)).await;
            reply.expect_error(400, "invalid_request", None);
        }
        let id_token = &alice.id;
        tenant.account("GET", "/identities", id_token, None).await.expect_error(401, "invalid_token", None);
    }
}
