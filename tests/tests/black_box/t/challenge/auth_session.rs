//! The `auth_session` of a login under way: rotates, ends, and is nobody else's.

use super::app::{Login, PASSWORD, as_app, is_overload, put_client, register, step, users, with_app, wx};
use hufu_tests::{Server, on_both_databases};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

const ALICE: [(&str, &str); 2] = [("username", "alice.liu"), ("password", PASSWORD)];

on_both_databases! {
    async fn r64_each_step_brings_another_and_the_one_before_is_dead(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let mut login = Login::new(tenant);
        let mut old = Vec::new();
        for _ in 0..3 {
            login.step(&[]).await.expect_error(400, "insufficient_authorization", None);
            assert!(!old.contains(&login.auth_session));
            old.push(login.auth_session.clone());
        }
        for dead in &old[..2] {
            let reply = step(&tenant, &[ALICE[0], ALICE[1], ("auth_session", dead)]).await;
            let reply = reply.expect_error(400, "invalid_session", None);
            assert!(reply.body.get("auth_session").is_none(), "{reply}");
        }
        login.step(&ALICE).await.expect(200);
        let reply = login.step(&ALICE).await;
        reply.expect_error(400, "invalid_session", None);
    }

    async fn a_step_that_did_not_count_leaves_it_as_it_was(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let mut login = Login::new(tenant);
        login.step(&[]).await;
        let before = login.auth_session.clone();
        for wrong in [[("username", "alice.liu"), ("password", "wrong")], [("js_code", "wrong"), ("consent", "")], [("otp", "123456"), ("consent", "")]] {
            let reply = login.step(&wrong).await;
            assert_eq!(reply.status, 400, "{reply}");
            assert!(reply.body.get("auth_session").is_none(), "{reply}");
        }
        assert_eq!(login.auth_session, before);
        login.step(&ALICE).await.expect(200);
    }

    async fn it_ends_ten_minutes_after_the_login_began(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let (mut one, mut two) = (Login::new(tenant), Login::new(tenant));
        one.step(&[]).await;
        two.step(&[]).await;
        server.advance(300);
        two.step(&[]).await.expect_error(400, "insufficient_authorization", None);
        server.advance(299);
        one.step(&ALICE).await.expect(200);
        server.advance(1);
        // Steps do not make it longer.
        two.step(&ALICE).await.expect_error(400, "invalid_session", None);
    }

    async fn r64_it_is_good_for_its_own_client_and_tenant_only(server: Server) {
        let (tenant, other) = (with_app(&server, "acme").await, with_app(&server, "other").await);
        put_client(&tenant, "second", json!({})).await.expect(201);
        register(&tenant, "alice.liu").await;
        register(&other, "alice.liu").await;
        let mut login = Login::new(tenant);
        login.step(&[]).await;
        let session = ("auth_session", login.auth_session.as_str());
        step(&tenant, &[ALICE[0], ALICE[1], session, ("client_id", "second")]).await.expect_error(400, "invalid_session", None);
        for client in ["app", ""] {
            step(&other, &[ALICE[0], ALICE[1], session, ("client_id", client)]).await.expect_error(400, "invalid_session", None);
        }
        // It is as it was, and tells the client by itself.
        let reply = step(&tenant, &[ALICE[0], ALICE[1], session, ("client_id", "")]).await;
        as_app(&tenant, reply).await;
    }

    async fn what_is_none_is_an_invalid_session(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let mut login = Login::new(tenant);
        login.step(&[]).await;
        let real = login.auth_session.clone();
        let (cut, long) = (real[..real.len() - 2].to_owned(), format!("{real}AA"));
        let flipped = format!("{}{}", &real[..real.len() - 1], if real.ends_with('A') { 'E' } else { 'A' });
        let kind = real.replace("hufu_as_", "hufu_ac_");
        for bad in ["x", "hufu_as_", &cut, &long, &flipped, &kind, "虎符", &"a".repeat(10_000)] {
            for client in ["app", ""] {
                let reply = step(&tenant, &[ALICE[0], ALICE[1], ("auth_session", bad), ("client_id", client)]).await;
                reply.expect_error(400, "invalid_session", None);
            }
        }
        login.step(&ALICE).await.expect(200);
    }

    async fn r64_a_login_takes_thirty_steps_at_most(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let mut login = Login::new(tenant);
        for _ in 0..30 {
            login.step(&[]).await.expect_error(400, "insufficient_authorization", None);
        }
        login.step(&ALICE).await.expect_error(400, "invalid_session", None);
    }

    async fn r64_of_50_parallel_uses_one_goes_on(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        login.step(&[]).await;
        let first = login.auth_session.clone();
        let replies = server.in_parallel(50, || async { step(&tenant, &[("auth_session", &first)]).await }).await;
        let (went_on, dead): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.body["error"] == "insufficient_authorization");
        assert_eq!(went_on.len(), 1);
        for reply in dead.into_iter().filter(|reply| !is_overload(reply)) {
            reply.expect_error(400, "invalid_session", None);
        }
        // And at the end of a login: one code.
        let mut login = Login::after(tenant, &went_on[0]);
        login.step(&[]).await;
        let last = login.auth_session.clone();
        let turn = AtomicUsize::new(0);
        let replies = server
            .in_parallel(50, || {
                let person = format!("person-{}", turn.fetch_add(1, Ordering::SeqCst));
                let (code, last) = (wx(&tenant, &person), last.clone());
                async move { step(&tenant, &[("js_code", &code), ("auth_session", &last)]).await }
            })
            .await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
        assert_eq!(users(&tenant).await.len(), 1, "nothing half done");
    }

    async fn what_is_under_way_is_no_user_and_nothing_in_clear(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"require": ["phone"]})).await;
        let reply = step(&tenant, &[("js_code", &wx(&tenant, "alice"))]).await;
        reply.expect_error(400, "insufficient_authorization", Some("phone_required"));
        assert!(users(&tenant).await.is_empty());
        assert_eq!(server.number("SELECT count(*) FROM logins"), 1);
        assert_eq!(server.number("SELECT count(*) FROM identities"), 0);
        let created = tenant.events().await.iter().filter(|event| event["kind"] == "user.created").count();
        assert_eq!(created, 0);
    }
}
