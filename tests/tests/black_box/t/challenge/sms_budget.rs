//! How many codes are sent: by phone, by address, by block of numbers, by tenant; and how pumping is told.

use super::app::{Login, by_phone, count, register, step_from, with_app, wx};
use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

const ALICE: &str = "+8613800138000";

/// The n-th number, each in a block of its own.
fn spread(n: u32) -> String {
    format!("+86138{:04}{:04}", n, n % 10_000)
}

/// The n-th number of one block of 10,000.
fn dense(n: u32) -> String {
    format!("+861380013{n:04}")
}

fn address(n: u32) -> String {
    format!("198.51.{}.{}", n / 250, n % 250 + 1)
}

async fn ask(tenant: &Tenant<'_>, from: &str, phone: &str) -> Reply {
    step_from(tenant, from, &[("phone", phone)]).await
}

#[track_caller]
fn sent(reply: Reply) {
    reply.expect_error(400, "insufficient_authorization", None);
}

/// Too many: gives when to try again.
#[track_caller]
fn limited(reply: Reply) -> u32 {
    let reply = reply.expect_error(429, "slow_down", Some("sms_limited"));
    assert!(reply.str("/auth_session").starts_with("hufu_as_"));
    reply.header("retry-after").unwrap().parse().unwrap()
}

on_both_databases! {
    async fn r45_a_phone_gets_five_codes_an_hour_and_ten_a_day(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for n in 0..5 {
            sent(ask(&tenant, &address(n), ALICE).await);
            server.advance(60);
        }
        assert_eq!(limited(ask(&tenant, &address(5), ALICE).await), 3_300);
        server.advance(3_299);
        assert_eq!(limited(ask(&tenant, &address(6), ALICE).await), 1);
        server.advance(1);
        for n in 0..5 {
            sent(ask(&tenant, &address(n), ALICE).await);
            server.advance(60);
        }
        server.advance(3_600);
        let after = limited(ask(&tenant, &address(9), ALICE).await);
        assert!((43_200..86_400).contains(&after), "{after}");
        assert_eq!(server.sim.sms(ALICE).len(), 10);
        sent(ask(&tenant, &address(9), &dense(1)).await);
    }

    async fn r45_an_address_gets_ten_codes_an_hour(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for n in 0..10 {
            sent(ask(&tenant, "2001:db8:1:2::1", &spread(n)).await);
        }
        // A /64 is one subscriber's.
        assert_eq!(limited(ask(&tenant, "2001:db8:1:2:3::4", &spread(10)).await), 3_600);
        sent(ask(&tenant, "2001:db8:1:3::1", &spread(10)).await);
        sent(ask(&tenant, "203.0.113.7", &spread(11)).await);
        // It is not a budget of other tenants.
        let other = with_app(&server, "other").await;
        sent(ask(&other, "2001:db8:1:2::1", &spread(12)).await);
        server.advance(3_600);
        sent(ask(&tenant, "2001:db8:1:2::1", &spread(13)).await);
    }

    async fn r45_a_block_of_numbers_gets_twenty_codes_an_hour_whoever_asks(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for n in 0..20 {
            sent(ask(&tenant, &address(n), &dense(n)).await);
        }
        limited(ask(&tenant, &address(20), &dense(20)).await);
        sent(ask(&tenant, &address(21), &spread(21)).await);
    }

    async fn r45_a_tenants_day_is_limited_and_it_is_told_once(server: Server) {
        let (tenant, other) = (with_app(&server, "acme").await, with_app(&server, "other").await);
        tenant.set(json!({"sms": {"budget": {"tenant_per_day": 3}}})).await;
        for n in 0..3 {
            sent(ask(&tenant, &address(n), &spread(n)).await);
        }
        for n in 3..6 {
            limited(ask(&tenant, &address(n), &spread(n)).await);
        }
        assert_eq!(count(&tenant, "sms.budget_exhausted").await, 1);
        sent(ask(&other, &address(7), &spread(7)).await);
        // Those who have a code still come in, and so does everybody another way.
        by_other_ways(&tenant).await;
        server.advance(86_400 + 3_600);
        sent(ask(&tenant, &address(8), &spread(8)).await);
    }

    async fn r45_a_budget_of_nothing_sends_nothing(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for limit in ["phone_per_minute", "phone_per_hour", "phone_per_day", "address_per_hour", "address_per_day", "prefix_per_hour", "country_per_day", "tenant_per_day"] {
            tenant.set(json!({"sms": {"budget": {limit: 0}}})).await;
            let reply = ask(&tenant, "203.0.113.7", ALICE).await;
            limited(reply);
            tenant.set(json!({"sms": {"budget": {limit: 10}}})).await;
        }
        assert!(server.sim.all_sms().is_empty());
    }

    async fn r45_a_message_that_the_vendor_refused_counts(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"sms": {"budget": {"tenant_per_day": 2}}})).await;
        server.sim.fault(hufu_wxsim::FaultAction::Http { status: 502, body: String::new() }).unwrap();
        for n in 0..2 {
            ask(&tenant, &address(n), &spread(n)).await.expect_error(503, "temporarily_unavailable", Some("sms_unavailable"));
        }
        server.sim.clear_faults();
        limited(ask(&tenant, &address(2), &spread(2)).await);
    }

    async fn r45_pumping_from_1000_addresses_stays_within_the_budget(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"sms": {"budget": {"tenant_per_day": 100}}})).await;
        let turn = AtomicU32::new(0);
        let mut counts = [0; 2];
        for (round, number) in [dense, spread].into_iter().enumerate() {
            for _ in 0..10 {
                let replies = server
                    .in_parallel(50, || {
                        let n = turn.fetch_add(1, Ordering::SeqCst);
                        let (from, phone) = (address(n), number(n));
                        let tenant = &tenant;
                        async move { ask(tenant, &from, &phone).await }
                    })
                    .await;
                for reply in replies {
                    match reply.status {
                        400 => {
                            sent(reply);
                            counts[round] += 1;
                        }
                        429 => drop(limited(reply)),
                        _ => drop(reply.expect_error(503, "temporarily_unavailable", None)),
                    }
                }
            }
        }
        // One block of numbers first: that is its budget; then the tenant's.
        assert_eq!(counts, [20, 80]);
        assert_eq!(server.sim.all_sms().len(), 100);
        assert_eq!(count(&tenant, "sms.budget_exhausted").await, 1);
    }

    async fn r45_codes_that_nobody_sends_back_raise_one_alarm(server: Server) {
        let tenant = with_app(&server, "acme").await;
        tenant.set(json!({"sms": {"budget": {"prefix_per_hour": 100}}})).await;
        for n in 0..20 {
            sent(ask(&tenant, &address(n), &dense(n)).await);
        }
        assert_eq!(count(&tenant, "sms.conversion_low").await, 0, "they may come back yet");
        server.advance(301);
        for n in 20..30 {
            sent(ask(&tenant, &address(n), &dense(n)).await);
        }
        let events = tenant.events().await;
        let alarms: Vec<_> = events.iter().filter(|event| event["kind"] == "sms.conversion_low").collect();
        let mut counted: Vec<_> = alarms.iter().map(|alarm| alarm["detail"]["counted"].as_str().unwrap()).collect();
        counted.sort_unstable();
        assert_eq!(counted, ["country", "prefix"], "once each: {alarms:?}");
        assert!(alarms.iter().all(|alarm| alarm["detail"]["came_back"] == 0), "{alarms:?}");
        // People who do sign in end it.
        server.advance(86_400);
        for n in 0..30 {
            server.advance(400);
            by_phone(&tenant, &dense(100 + n)).await;
        }
        assert!(count(&tenant, "sms.conversion_recovered").await >= 1);
    }

    async fn r45_the_alarm_of_a_block_is_raised_within_the_budget_that_there_is_by_default(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for hour in 0..3 {
            for n in 0..20 {
                server.advance(100);
                sent(ask(&tenant, &address(20 * hour + n), &dense(20 * hour + n)).await);
            }
            server.advance(1_601);
        }
        let events = tenant.events().await;
        let of_block = |event: &&serde_json::Value| event["kind"] == "sms.conversion_low" && event["detail"]["counted"] == "prefix";
        assert_eq!(events.iter().filter(of_block).count(), 1, "nobody sent one of sixty codes back");
    }

    async fn codes_that_come_back_raise_no_alarm(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for n in 0..24 {
            server.advance(400);
            if n % 3 == 0 {
                sent(ask(&tenant, &address(n), &dense(n)).await);
            } else {
                by_phone(&tenant, &dense(n)).await;
            }
        }
        assert_eq!(count(&tenant, "sms.conversion_low").await, 0);
    }
}

async fn by_other_ways(tenant: &Tenant<'_>) {
    register(tenant, "alice.liu").await;
    let mut login = Login::new(*tenant);
    let code = wx(tenant, "alice");
    login.step(&[("js_code", &code)]).await.expect(200);
}
