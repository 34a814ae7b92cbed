//! The life of a code by SMS: six digits, five minutes, five tries, once, for the login that asked for it.

use super::app::{Login, PASSWORD, as_app, by_phone, code_of, is_overload, not, step, users, with_app};
use hufu_tests::{Reply, Server, on_both_databases};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

const ALICE: &str = "+8613800138000";
const BOB: &str = "+8613900139000";

#[track_caller]
fn refused(reply: Reply, reason: &str) {
    let reply = reply.expect_error(400, "invalid_grant", Some(reason));
    assert!(
        reply.body.get("auth_session").is_none(),
        "the one that there is goes on: {reply}"
    );
}

on_both_databases! {
    async fn r44_a_wrong_code_may_be_mended(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        let otp = login.send(ALICE).await;
        assert!(otp.len() == 6 && otp.bytes().all(|b| b.is_ascii_digit()), "{otp}");
        for wrong in [not(&otp), &otp[1..], &format!("{otp}0"), "abcdef", "虎符虎符虎符"].into_iter().take(4) {
            refused(login.step(&[("otp", wrong)]).await, "otp_wrong");
        }
        // The fifth try may be the right one, as a Chinese keyboard writes it.
        let wide: String = otp.bytes().map(|b| char::from_u32(0xff10 + u32::from(b & 15)).unwrap()).collect();
        let typed = format!(" {}-{} ", wide.chars().take(3).collect::<String>(), wide.chars().skip(3).collect::<String>());
        code_of(login.step(&[("otp", &typed)]).await);
    }

    async fn r44_five_wrong_tries_burn_a_code(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        let otp = login.send(ALICE).await;
        for _ in 0..5 {
            refused(login.step(&[("otp", not(&otp))]).await, "otp_wrong");
        }
        refused(login.step(&[("otp", &otp)]).await, "otp_burnt");
        refused(login.step(&[("otp", not(&otp))]).await, "otp_burnt");
        assert!(users(&tenant).await.is_empty());
        // Another one goes to the same login.
        server.advance(60);
        code_of(login.prove_phone(ALICE).await);
    }

    async fn r44_a_code_is_good_for_five_minutes(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (mut one, mut two) = (Login::new(tenant), Login::new(tenant));
        let (alice, bob) = (one.send(ALICE).await, two.send(BOB).await);
        server.advance(299);
        code_of(one.step(&[("otp", &alice)]).await);
        server.advance(1);
        refused(two.step(&[("otp", &bob)]).await, "otp_expired");
        refused(two.step(&[("otp", not(&bob))]).await, "otp_expired");
    }

    async fn r44_a_code_is_good_once_and_for_the_login_that_asked(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let (mut alice, mut mallory) = (Login::new(tenant), Login::new(tenant));
        let otp = alice.send(ALICE).await;
        let own = mallory.send(BOB).await;
        // Codes of other logins are not even tries.
        for _ in 0..6 {
            refused(mallory.step(&[("otp", &otp), ("phone", ALICE)]).await, "otp_expired");
        }
        if otp != own {
            refused(mallory.step(&[("otp", &otp)]).await, "otp_wrong");
        }
        let mut third = Login::new(tenant);
        third.step(&[]).await;
        refused(third.step(&[("otp", &otp)]).await, "otp_expired");
        refused(third.step(&[("otp", &otp), ("phone", ALICE)]).await, "otp_expired");
        let reply = step(&tenant, &[("otp", &otp), ("phone", ALICE)]).await;
        reply.expect_error(400, "invalid_request", None);
        code_of(alice.step(&[("otp", &otp)]).await);
        alice.step(&[("otp", &otp)]).await.expect_error(400, "invalid_session", None);
        code_of(mallory.step(&[("otp", &own)]).await);
    }

    async fn r44_a_code_that_was_used_in_a_login_that_goes_on_is_used(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"second_factor": "always"})).await;
        let mut login = Login::new(tenant);
        let otp = login.send(ALICE).await;
        let reply = login.step(&[("otp", &otp)]).await;
        reply.expect_error(400, "insufficient_authorization", Some("second_factor_required"));
        refused(login.step(&[("otp", &otp)]).await, "otp_expired");
        let new = [("prompt", "create"), ("username", "alice.liu"), ("password", PASSWORD)];
        code_of(login.step(&new).await);
    }

    async fn r44_a_new_code_takes_the_place_of_the_one_before(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        let first = login.send(ALICE).await;
        refused(login.step(&[("otp", not(&first))]).await, "otp_wrong");
        server.advance(60);
        let second = login.send(ALICE).await;
        if first != second {
            refused(login.step(&[("otp", &first)]).await, "otp_wrong");
        }
        code_of(login.step(&[("otp", &second)]).await);
        // Of another login's, too: somebody else had one sent to the phone.
        server.advance(60);
        let mut one = Login::new(tenant);
        let theirs = one.send(ALICE).await;
        server.advance(60);
        let mut two = Login::new(tenant);
        let mine = two.send(ALICE).await;
        refused(one.step(&[("otp", &theirs)]).await, "otp_expired");
        refused(one.step(&[("otp", &mine)]).await, "otp_expired");
        code_of(two.step(&[("otp", &mine)]).await);
    }

    async fn the_next_code_follows_a_minute_later(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        let otp = login.send(ALICE).await;
        server.advance(1);
        let before = login.auth_session.clone();
        let reply = login.step(&[("phone", ALICE)]).await.expect_error(429, "slow_down", Some("otp_resend_too_soon"));
        assert_eq!(reply.header("retry-after"), Some("59"));
        assert_ne!(login.auth_session, before, "it goes on with what came along");
        // For whoever asks, and whatever became of the first one.
        let other = step(&tenant, &[("phone", "138 0013 8000")]).await.expect_error(429, "slow_down", Some("otp_resend_too_soon"));
        assert!(other.str("/auth_session").starts_with("hufu_as_"));
        code_of(login.step(&[("otp", &otp)]).await);
        server.advance(58);
        step(&tenant, &[("phone", ALICE)]).await.expect_error(429, "slow_down", Some("otp_resend_too_soon"));
        server.advance(1);
        step(&tenant, &[("phone", ALICE)]).await.expect_error(400, "insufficient_authorization", None);
        assert_eq!(server.sim.sms(ALICE).len(), 2);
    }

    async fn a_login_may_turn_to_another_phone(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        let alice = login.send(ALICE).await;
        let bob = login.send(BOB).await;
        if alice != bob {
            refused(login.step(&[("otp", &alice)]).await, "otp_wrong");
        }
        refused(login.step(&[("otp", &alice), ("phone", ALICE)]).await, "otp_expired");
        let tokens = as_app(&tenant, login.step(&[("otp", &bob), ("phone", BOB)]).await).await;
        assert_eq!(tenant.userinfo(&tokens.access).await.expect(200).str("/phone_number"), BOB);
    }

    async fn r44_of_100_tries_at_once_one_is_right_or_five_are_wrong(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        let otp = login.send(ALICE).await;
        let turn = AtomicUsize::new(0);
        let session = login.auth_session.clone();
        let replies = server
            .in_parallel(100, || {
                let typed = if turn.fetch_add(1, Ordering::SeqCst) == 50 { otp.clone() } else { not(&otp).to_owned() };
                let (tenant, session) = (&tenant, &session);
                async move { step(tenant, &[("otp", &typed), ("auth_session", session)]).await }
            })
            .await;
        let (mut right, mut wrong) = (0, 0);
        for reply in replies.into_iter().filter(|reply| !is_overload(reply)) {
            match (reply.status, reply.body["reason"].as_str(), reply.body["error"].as_str()) {
                (200, ..) => right += 1,
                (400, Some("otp_wrong"), _) => wrong += 1,
                (400, Some("otp_burnt"), _) | (400, None, Some("invalid_session")) => {}
                _ => panic!("{reply}"),
            }
        }
        assert!(wrong <= 5 && right <= 1 && (right == 1 || wrong == 5), "{right} right, {wrong} wrong");
        assert_eq!(users(&tenant).await.len(), right);
    }

    async fn r44_of_100_right_tries_at_once_one_signs_in(server: Server) {
        let tenant = with_app(&server, "acme").await;
        by_phone(&tenant, ALICE).await;
        server.advance(60);
        let mut login = Login::new(tenant);
        let otp = login.send(ALICE).await;
        let session = login.auth_session.clone();
        let replies = server
            .in_parallel(100, || async { step(&tenant, &[("otp", &otp), ("auth_session", &session)]).await })
            .await;
        let (right, late): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 200);
        assert_eq!(right.len(), 1);
        for reply in late.into_iter().filter(|reply| !is_overload(reply)) {
            reply.expect_error(400, "invalid_session", None);
        }
        assert_eq!(users(&tenant).await.len(), 1);
    }

    async fn of_50_at_once_one_code_is_sent(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let replies = server.in_parallel(50, || step(&tenant, &[("phone", ALICE)])).await;
        let sent = replies.iter().filter(|reply| reply.body["error"] == "insufficient_authorization").count();
        assert_eq!((sent, server.sim.sms(ALICE).len()), (1, 1));
        for reply in replies.into_iter().filter(|reply| !is_overload(reply)) {
            if reply.status != 400 {
                reply.expect_error(429, "slow_down", Some("otp_resend_too_soon"));
            }
        }
    }

    async fn r44_a_code_for_one_tenant_is_none_for_another(server: Server) {
        let (tenant, other) = (with_app(&server, "acme").await, with_app(&server, "other").await);
        let (mut here, mut there) = (Login::new(tenant), Login::new(other));
        let otp = here.send(ALICE).await;
        there.step(&[("phone", ALICE)]).await;
        let theirs = server.sms_code(ALICE);
        if otp != theirs {
            let reply = there.step(&[("otp", &otp)]).await;
            reply.expect_error(400, "invalid_grant", Some("otp_wrong"));
        }
        there.step(&[("otp", &theirs)]).await.expect(200);
        here.step(&[("otp", &otp)]).await.expect(200);
        assert_eq!((users(&tenant).await.len(), users(&other).await.len()), (1, 1));
    }
}
