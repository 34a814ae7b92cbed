//! Two users of one person become one, by proof of both sides.

use super::{ALICE, link, link_phone, merge, offer, rows_are_whole};
use crate::t::challenge::app::{
    PASSWORD, as_app, by_phone, by_wechat, count, is_overload, kinds, register, step, users, with_app, wx,
};
use hufu_tests::{Server, on_both_databases};
use serde_json::json;

on_both_databases! {
    async fn a_phone_of_another_user_is_an_offer_that_makes_the_two_one(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let node = server.another_node().await;
        let there = node.known_tenant("acme");
        let secret = tenant.confidential("api").await;
        let alice = by_wechat(&tenant, "alice").await;
        let other = by_phone(&tenant, ALICE).await;
        let (sub, gone) = (tenant.sub(&alice.access).await, there.sub(&other.access).await);
        server.advance(60);
        let session = offer(link_phone(&tenant, &alice, ALICE).await, "phone_taken");
        // Nothing is done until it is taken.
        there.userinfo(&other.access).await.expect(200);
        let merged = merge(&tenant, &alice, &session).await.expect(200);
        assert_eq!(merged.body, json!({"sub": sub, "merged": gone}));
        for tenant in [&tenant, &there] {
            tenant.userinfo(&other.access).await.expect_error(401, "invalid_token", None);
            tenant.refresh("app", &other.refresh).await.expect_error(400, "invalid_grant", None);
            let told = tenant.introspect("api", &secret, &other.access).await.expect(200);
            assert_eq!(told.body["active"], false);
            tenant.userinfo(&alice.access).await.expect(200);
        }
        // Both ways in lead to the one that remains.
        server.advance(60);
        for tokens in [by_wechat(&there, "alice").await, by_phone(&there, ALICE).await] {
            assert_eq!(there.sub(&tokens.access).await, sub);
        }
        assert_eq!(kinds(&tenant, &sub).await, ["phone", "wechat"]);
        let tombstone = tenant.admin("GET", &format!("/users/{gone}"), None).await.expect(200);
        assert_eq!((tombstone.str("/status"), tombstone.str("/merged_into")), ("merged", sub.as_str()));
        let events = tenant.events().await;
        let event = events.iter().find(|event| event["kind"] == "user.merged").unwrap();
        assert_eq!((&event["target"], &event["detail"]["into"], &event["actor"]["kind"]), (&json!(gone), &json!(sub), &json!("user")));
        // Taken once.
        merge(&tenant, &alice, &session).await.expect_error(400, "invalid_session", None);
        rows_are_whole(&tenant);
    }

    async fn a_password_of_another_user_is_an_offer_too(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let other = register(&tenant, "alice.liu").await;
        let alice = by_wechat(&tenant, "alice").await;
        let (sub, gone) = (tenant.sub(&alice.access).await, tenant.sub(&other.access).await);
        let proof = json!({"username": "alice.liu", "password": PASSWORD});
        let session = offer(link(&tenant, &alice, proof).await, "account_taken");
        assert_eq!(merge(&tenant, &alice, &session).await.expect(200).body["merged"], gone);
        let by_password = as_app(&tenant, step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await).await;
        assert_eq!(tenant.sub(&by_password.access).await, sub);
        rows_are_whole(&tenant);
    }

    async fn a_wechat_account_of_another_user_is_an_offer_too_and_may_be_taken_at_once(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let other = by_wechat(&tenant, "alice").await;
        let alice = by_phone(&tenant, ALICE).await;
        let (sub, gone) = (tenant.sub(&alice.access).await, tenant.sub(&other.access).await);
        let session = offer(link(&tenant, &alice, json!({"js_code": wx(&tenant, "alice")})).await, "wechat_taken");
        assert!(session.starts_with("hufu_as_"));
        let at_once = json!({"js_code": wx(&tenant, "alice"), "merge": true});
        assert_eq!(link(&tenant, &alice, at_once).await.expect(200).body, json!({"sub": sub, "merged": gone}));
        assert_eq!(tenant.sub(&by_wechat(&tenant, "alice").await.access).await, sub);
        rows_are_whole(&tenant);
    }

    async fn an_offer_that_is_not_taken_may_be_asked_for_again(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let alice = by_wechat(&tenant, "alice").await;
        let proof = json!({"username": "alice.liu", "password": PASSWORD});
        let first = offer(link(&tenant, &alice, proof).await, "account_taken");
        // Without the word it is the same offer again, under another `auth_session`.
        let second = offer(link(&tenant, &alice, json!({"auth_session": first})).await, "account_taken");
        assert_ne!(first, second);
        merge(&tenant, &alice, &first).await.expect_error(400, "invalid_session", None);
        merge(&tenant, &alice, &second).await.expect(200);
    }

    async fn of_50_merges_at_once_one_is_done(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let alice = by_wechat(&tenant, "alice").await;
        let proof = json!({"username": "alice.liu", "password": PASSWORD});
        let session = offer(link(&tenant, &alice, proof).await, "account_taken");
        let replies = server.in_parallel(50, || merge(&tenant, &alice, &session)).await;
        let (done, late): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
        assert_eq!(done.len(), 1);
        for reply in late.into_iter().filter(|reply| !is_overload(reply)) {
            reply.expect_error(400, "invalid_session", None);
        }
        assert_eq!(count(&tenant, "user.merged").await, 1);
        assert_eq!(users(&tenant).await.len(), 2, "one of them a tombstone");
        rows_are_whole(&tenant);
    }

    async fn two_users_who_take_each_other_at_once_are_one_at_the_end(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (one, two) = (register(&tenant, "alice.liu").await, by_wechat(&tenant, "alice").await);
        let theirs = offer(link(&tenant, &two, json!({"username": "alice.liu", "password": PASSWORD})).await, "account_taken");
        let ours = offer(link(&tenant, &one, json!({"js_code": wx(&tenant, "alice")})).await, "wechat_taken");
        let turn = std::sync::atomic::AtomicUsize::new(0);
        let replies = server
            .in_parallel(2, || {
                let first = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
                let (user, session) = if first { (&one, &ours) } else { (&two, &theirs) };
                merge(&tenant, user, session)
            })
            .await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "{replies:?}");
        for reply in replies {
            assert!(reply.status < 500, "{reply}");
        }
        let by_password = as_app(&tenant, step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await).await;
        let by_wechat = by_wechat(&tenant, "alice").await;
        assert_eq!(tenant.sub(&by_password.access).await, tenant.sub(&by_wechat.access).await);
        rows_are_whole(&tenant);
    }
}
