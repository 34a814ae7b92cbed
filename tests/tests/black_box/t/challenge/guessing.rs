//! How often one may guess a password.

use super::app::{Login, PASSWORD, code_of, count, redeem, register, step, step_from, with_app};
use hufu_tests::{Database, Reply, Server, Tenant, on_both_databases};
use serde_json::json;
use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
};

const WRONG: &str = "wrong wrong wrong wrong";

async fn guess(tenant: &Tenant<'_>, username: &str, password: &str) -> Reply {
    step(tenant, &[("username", username), ("password", password)]).await
}

#[track_caller]
fn wrong(reply: Reply) {
    reply.expect_error(400, "invalid_grant", Some("password_wrong"));
}

/// Throttled: gives for how long.
#[track_caller]
fn throttled(reply: Reply) -> u32 {
    let reply = reply.expect_error(429, "slow_down", Some("password_throttled"));
    reply.header("retry-after").unwrap().parse().unwrap()
}

/// How many guesses were told that they are wrong. No other was told anything.
fn told(replies: Vec<Reply>) -> usize {
    let mut wrong = 0;
    for reply in replies {
        match reply.status {
            400 => {
                reply.expect_error(400, "invalid_grant", Some("password_wrong"));
                wrong += 1;
            }
            429 => drop(throttled(reply)),
            _ => drop(reply.expect_error(503, "temporarily_unavailable", None)),
        }
    }
    wrong
}

/// Fails until no failure is told any more.
async fn until_held_off(fail: impl AsyncFn() -> Reply) {
    for _ in 0..10 {
        if fail().await.status == 429 {
            return;
        }
    }
    panic!("nobody is held off");
}

on_both_databases! {
    async fn r42_after_five_failures_each_one_doubles_the_delay(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        for name in ["nobody.here", "alice.liu"] {
            for _ in 0..5 {
                wrong(guess(&tenant, name, WRONG).await);
            }
            for delay in [1, 2, 4, 8] {
                assert_eq!(throttled(guess(&tenant, name, WRONG).await), delay, "{name}");
                assert_eq!(throttled(guess(&tenant, name, PASSWORD).await), delay, "right or wrong, nothing is told");
                server.advance(delay);
                wrong(guess(&tenant, name, WRONG).await);
            }
        }
        assert_eq!(throttled(guess(&tenant, "ALICE.liu", PASSWORD).await), 16, "however the name is spelled");
        server.advance(16);
        guess(&tenant, "alice.liu", PASSWORD).await.expect(200);
        // A success forgets them.
        for _ in 0..5 {
            wrong(guess(&tenant, "alice.liu", WRONG).await);
        }
        assert_eq!(throttled(guess(&tenant, "alice.liu", WRONG).await), 1);
    }

    async fn r42_after_a_hundred_there_is_one_try_a_day(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        for n in 0..100 {
            wrong(guess(&tenant, "alice.liu", WRONG).await);
            if n < 99 {
                server.advance(900);
            }
        }
        assert_eq!(throttled(guess(&tenant, "alice.liu", PASSWORD).await), 86_400);
        server.advance(900);
        assert_eq!(throttled(guess(&tenant, "alice.liu", PASSWORD).await), 86_400 - 900);
        assert_eq!(count(&tenant, "password.guessed").await, 3, "at ten, fifty and a hundred");
        server.advance(86_400 - 900);
        guess(&tenant, "alice.liu", PASSWORD).await.expect(200);
    }

    async fn r42_of_100_guesses_at_once_five_are_told(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let replies = server.in_parallel(100, || guess(&tenant, "alice.liu", WRONG)).await;
        let heard = told(replies);
        assert!((1..=5).contains(&heard), "{heard}");
        until_held_off(async || guess(&tenant, "alice.liu", WRONG).await).await;
        let turn = AtomicUsize::new(0);
        let replies = server
            .in_parallel(100, || {
                let is_right = turn.fetch_add(1, Ordering::SeqCst) % 4 == 3;
                guess(&tenant, "alice.liu", if is_right { PASSWORD } else { WRONG })
            })
            .await;
        assert_eq!(told(replies), 0, "the right one is told nothing either");
    }

    async fn r42_a_guess_beside_another_proof_learns_no_more(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        for beside in [("phone", "13800138000"), ("js_code", "nonsense")] {
            let step = async |password: &str| {
                step(&tenant, &[("username", "alice.liu"), ("password", password), beside]).await
            };
            // While a right one is checked, the failures beside it use up what may be told.
            let sent = server.sim.sms("+8613800138000").len();
            let held = server.hold_right_passwords();
            let mut late = pin!(step(PASSWORD));
            tokio::select! {
                () = held.arrived() => {}
                reply = &mut late => panic!("nobody held it: {reply}"),
            }
            let heard = told(server.in_parallel(40, || step(WRONG)).await);
            assert!((1..=5).contains(&heard), "{heard} are told with {beside:?}");
            until_held_off(async || step(WRONG).await).await;
            drop(held);
            // It is told nothing, and nothing is done for it. Nor is the next, which comes after them.
            throttled(late.await);
            throttled(step(PASSWORD).await);
            assert_eq!(server.sim.sms("+8613800138000").len(), sent);
            server.advance(40 * 86_400);
        }
    }

    async fn r42_an_account_that_is_held_off_signs_in_another_way(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let mut login = Login::new(tenant);
        login.step(&[("prompt", "create"), ("username", "alice.liu"), ("password", PASSWORD), ("phone", "13800138000")]).await;
        let otp = server.sms_code("+8613800138000");
        login.step(&[("otp", &otp)]).await.expect(200);
        for _ in 0..5 {
            wrong(guess(&tenant, "alice.liu", WRONG).await);
        }
        throttled(guess(&tenant, "alice.liu", PASSWORD).await);
        server.advance(60);
        for _ in 0..6 {
            guess(&tenant, "alice.liu", WRONG).await;
        }
        let reply = Login::new(tenant).prove_phone("+8613800138000").await;
        code_of(reply);
    }

    async fn r42_failures_from_one_address_are_limited_and_others_go_on(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"attempts": {"address_per_hour": 7}})).await;
        register(&tenant, "alice.liu").await;
        let from = async |address: &str, username: &str, password: &str| {
            step_from(&tenant, address, &[("username", username), ("password", password)]).await
        };
        for n in 0..7 {
            wrong(from("203.0.113.7", &format!("person-{n}"), WRONG).await);
        }
        let after = throttled(from("203.0.113.7", "alice.liu", PASSWORD).await);
        assert_eq!(after, 3_600);
        from("203.0.113.8", "alice.liu", PASSWORD).await.expect(200);
        // A /64 of IPv6 is one address.
        for n in 0..7 {
            wrong(from(&format!("2001:db8:1:2::{n}"), &format!("person-{n}"), WRONG).await);
        }
        throttled(from("2001:db8:1:2:ffff::1", "alice.liu", PASSWORD).await);
        from("2001:db8:1:3::1", "alice.liu", PASSWORD).await.expect(200);
        // Successes are not counted.
        for _ in 0..10 {
            from("203.0.113.9", "alice.liu", PASSWORD).await.expect(200);
        }
        server.advance(3_600);
        from("203.0.113.7", "alice.liu", PASSWORD).await.expect(200);
    }

    async fn r42_failures_of_a_tenant_are_limited_and_other_tenants_go_on(server: Server) {
        let (tenant, other) = (with_app(&server, "acme").await, with_app(&server, "other").await);
        tenant.set(json!({"attempts": {"address_per_hour": 5, "tenant_per_hour": 100}})).await;
        register(&tenant, "alice.liu").await;
        register(&other, "alice.liu").await;
        for n in 0..100 {
            let (address, name) = (format!("198.51.100.{n}"), format!("person-{n}"));
            wrong(step_from(&tenant, &address, &[("username", &name), ("password", WRONG)]).await);
        }
        throttled(guess(&tenant, "alice.liu", PASSWORD).await);
        guess(&other, "alice.liu", PASSWORD).await.expect(200);
        server.advance(3_600);
        guess(&tenant, "alice.liu", PASSWORD).await.expect(200);
    }
}

async fn right_ones_at_once(database: Database) {
    let server = Server::start(database).await;
    let tenant = with_app(&server, "acme").await;
    register(&tenant, "alice.liu").await;
    let before = server.number("SELECT count(*) FROM sessions");
    let replies = server
        .in_parallel(100, || async {
            let reply = guess(&tenant, "alice.liu", PASSWORD).await;
            match reply.status {
                200 => redeem(&tenant, &code_of(reply)).await,
                _ => reply,
            }
        })
        .await;
    let mut signed_in = 0;
    for reply in replies {
        match reply.status {
            200 => signed_in += 1,
            429 => drop(reply.expect_error(429, "slow_down", None)),
            _ => drop(reply.expect_error(503, "temporarily_unavailable", None)),
        }
    }
    assert!(signed_in >= 10, "{signed_in}");
    assert_eq!(server.number("SELECT count(*) FROM sessions") - before, signed_in);
    assert_eq!(server.number("SELECT count(*) FROM users"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_100_right_passwords_at_once_each_signs_in_or_is_told_when_to_come_again_on_sqlite() {
    right_ones_at_once(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_100_right_passwords_at_once_each_signs_in_or_is_told_when_to_come_again_on_postgresql() {
    right_ones_at_once(Database::Postgres).await;
}
