//! Giving an identity up.

use super::{ALICE, BOB, identity, link, link_phone, unlink, with_wechat_and_phone};
use crate::t::challenge::app::{
    PASSWORD, by_phone, by_wechat, count, kinds, register, step, users, with_app, wx,
};
use hufu_tests::{Server, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn an_identity_that_is_given_up_opens_nothing_and_the_other_sessions_end(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        let sub = tenant.sub(&alice.access).await;
        let elsewhere = by_wechat(&there, "alice").await;
        let by_wechat_now = by_wechat(&tenant, "alice").await;
        let done = unlink(&tenant, &by_wechat_now, "phone").await.expect(204);
        assert_eq!((done.header("cache-control"), done.text.as_str()), (Some("no-store"), ""));
        assert_eq!(kinds(&tenant, &sub).await, ["wechat"]);
        for dead in [&alice, &elsewhere] {
            there.userinfo(&dead.access).await.expect_error(401, "invalid_token", None);
            there.refresh("app", &dead.refresh).await.expect_error(400, "invalid_grant", None);
        }
        tenant.userinfo(&by_wechat_now.access).await.expect(200);
        tenant.refresh("app", &by_wechat_now.refresh).await.expect(200);
        assert!(tenant.userinfo(&by_wechat_now.access).await.expect(200).body.get("phone_number").is_none());
        let event = tenant.events().await.into_iter().find(|event| event["kind"] == "identity.unlinked").unwrap();
        assert_eq!((&event["target"], &event["detail"]["kind"], &event["actor"]["kind"]), (&json!(sub), &json!("phone"), &json!("user")));
        // It is anybody's who proves it.
        server.advance(60);
        assert_ne!(tenant.sub(&by_phone(&tenant, ALICE).await.access).await, sub);
    }

    async fn a_session_ends_with_all_that_it_was_proven_by(server: Server) {
        let tenant = with_app(&server, "acme").await;
        with_wechat_and_phone(&tenant, "alice", ALICE).await;
        let alice = by_wechat(&tenant, "alice").await;
        unlink(&tenant, &alice, "wechat").await.expect(204);
        tenant.userinfo(&alice.access).await.expect_error(401, "invalid_token", None);
        tenant.refresh("app", &alice.refresh).await.expect_error(400, "invalid_grant", None);
        // By WeChat the person is somebody new.
        by_wechat(&tenant, "alice").await;
        assert_eq!(users(&tenant).await.len(), 2);
    }

    async fn r59_it_needs_a_sign_in_of_the_last_five_minutes(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        server.advance(300);
        let reply = unlink(&tenant, &alice, "phone").await;
        let reply = reply.expect_error(401, "insufficient_user_authentication", Some("reauthentication_required"));
        assert!(reply.header("www-authenticate").unwrap().contains("max_age=\"300\""));
        let fresh = by_wechat(&tenant, "alice").await;
        unlink(&tenant, &fresh, "phone").await.expect(204);
    }

    async fn r53_the_last_way_in_stays(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let bob = by_wechat(&tenant, "bob").await;
        unlink(&tenant, &bob, "wechat").await.expect_error(400, "access_denied", Some("last_identity"));
        let carol = register(&tenant, "carol.chen").await;
        unlink(&tenant, &carol, "account").await.expect_error(400, "access_denied", Some("last_identity"));
        let dave = by_phone(&tenant, ALICE).await;
        unlink(&tenant, &dave, "phone").await.expect_error(400, "access_denied", Some("last_identity"));
        for user in [&bob, &carol, &dave] {
            tenant.userinfo(&user.access).await.expect(200);
        }
        assert_eq!(count(&tenant, "identity.unlinked").await, 0);
    }

    async fn r53_a_phone_is_a_way_in_only_where_codes_can_be_sent(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        tenant.admin("DELETE", "/sms", None).await.expect(204);
        unlink(&tenant, &alice, "wechat").await.expect_error(400, "access_denied", Some("last_identity"));
        tenant.sms_account().await;
        unlink(&tenant, &alice, "wechat").await.expect(204);
        server.advance(60);
        by_phone(&tenant, ALICE).await;
        assert_eq!(users(&tenant).await.len(), 1);
    }

    async fn what_the_tenant_requires_stays(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        tenant.set(json!({"require": ["phone"]})).await;
        unlink(&tenant, &alice, "phone").await.expect_error(400, "access_denied", Some("identity_required"));
        let fresh = by_wechat(&tenant, "alice").await;
        // Another one may take its place.
        link_phone(&tenant, &fresh, BOB).await.expect(201);
        unlink(&tenant, &fresh, "phone").await.expect_error(400, "access_denied", Some("identity_required"));
        tenant.set(json!({"require": []})).await;
        unlink(&tenant, &fresh, "phone").await.expect(204);
    }

    async fn what_is_somebody_elses_is_not_there(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        let bob = by_wechat(&tenant, "bob").await;
        let other = with_app(&server, "other").await;
        let abroad = by_wechat(&other, "alice").await;
        let id = identity(&tenant, &alice, "phone").await;
        for (tenant, user) in [(&tenant, &bob), (&other, &abroad)] {
            let reply = tenant.account("DELETE", &format!("/identities/{id}"), &user.access, None).await;
            assert_eq!(reply.status, 404, "{reply}");
        }
        for nonsense in ["idn_0", "x", "usr_01920000000070008000000000000001", "%2e%2e"] {
            let reply = tenant.account("DELETE", &format!("/identities/{nonsense}"), &alice.access, None).await;
            assert_eq!(reply.status, 404, "{nonsense}: {reply}");
        }
        tenant.account("DELETE", &format!("/identities/{id}"), &alice.access, None).await.expect(204);
        let again = by_wechat(&tenant, "alice").await;
        let reply = tenant.account("DELETE", &format!("/identities/{id}"), &again.access, None).await;
        assert_eq!(reply.status, 404, "{reply}");
    }

    async fn a_username_that_was_given_up_is_free_with_no_password(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = register(&tenant, "alice.liu").await;
        link(&tenant, &alice, json!({"js_code": wx(&tenant, "alice")})).await.expect(201);
        unlink(&tenant, &alice, "account").await.expect(204);
        let reply = step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await;
        reply.expect_error(400, "invalid_grant", Some("password_wrong"));
        assert_eq!(server.number("SELECT count(*) FROM passwords"), 0);
        let other = register(&tenant, "alice.liu").await;
        assert_ne!(tenant.sub(&other.access).await, tenant.sub(&by_wechat(&tenant, "alice").await.access).await);
    }
}
