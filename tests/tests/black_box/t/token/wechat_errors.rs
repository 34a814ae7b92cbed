//! What becomes of each failure of WeChat: the answer, and that nothing is half written.

use hufu_tests::{Punctual, Reply, Server, Tenant, on_both_databases};
use hufu_wxsim::{Cut, Fault, FaultAction, Preset};

const APP: &str = "wx0000000000000001";

async fn exchange_under(tenant: &Tenant<'_>, fault: impl Into<Fault>) -> Reply {
    let sim = &tenant.server.sim;
    sim.fault(fault).unwrap();
    let reply = tenant.exchange("shop", &tenant.code(APP, "alice")).await;
    sim.clear_faults();
    reply
}

async fn nothing_is_written(tenant: &Tenant<'_>) {
    let users = tenant.admin("GET", "/users", None).await.expect(200);
    assert_eq!(users.body["items"].as_array().unwrap().len(), 0, "{users}");
}

fn errcode(n: i64) -> Fault {
    Fault::new(FaultAction::Errcode {
        n,
        msg: "as told".into(),
    })
    .on_path("/sns/jscode2session")
}

on_both_databases! {
    async fn rejected_codes(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        exchange_under(&tenant, errcode(40029)).await.expect_error(400, "invalid_grant", Some("wx_code_invalid"));
        exchange_under(&tenant, errcode(40163)).await.expect_error(400, "invalid_grant", Some("wx_code_used"));
        nothing_is_written(&tenant).await;
    }

    async fn a_blocked_person(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        exchange_under(&tenant, errcode(40226)).await.expect_error(400, "access_denied", Some("wx_user_blocked"));
        exchange_under(&tenant, Preset::RiskBlock).await.expect_error(400, "access_denied", Some("wx_user_blocked"));
        nothing_is_written(&tenant).await;
    }

    async fn a_busy_wechat(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        exchange_under(&tenant, errcode(-1)).await.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        exchange_under(&tenant, errcode(99_999)).await.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        assert_eq!(server.sim.requests("/sns/jscode2session").len(), 2, "never a second try");
        nothing_is_written(&tenant).await;
    }

    async fn limits(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        exchange_under(&tenant, errcode(45011)).await.expect_error(429, "slow_down", Some("wx_rate_limited"));
        let daily = exchange_under(&tenant, errcode(45009)).await;
        daily.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        nothing_is_written(&tenant).await;
    }

    async fn what_an_operator_must_mend_is_in_the_event_log_with_the_page_to_fix(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        for code in [40125, 40243, 40164, 40013] {
            let reply = exchange_under(&tenant, errcode(code)).await;
            reply.expect_error(503, "temporarily_unavailable", Some("wx_app_misconfigured"));
            let events = tenant.events().await;
            let event = events.iter().find(|event| event["detail"]["errcode"] == code).expect("an event");
            assert_eq!(event["kind"], "wechat_app.misconfigured");
            assert_eq!(event["target"], APP);
            let advice = event["detail"]["advice"].as_str().unwrap();
            assert!(advice.contains("mp.weixin.qq.com"), "{advice}");
        }
        let before = tenant.events().await.len();
        exchange_under(&tenant, errcode(40125)).await.expect(503);
        assert_eq!(tenant.events().await.len(), before, "the same cause is not reported again and again");
        nothing_is_written(&tenant).await;
    }

    async fn answers_that_are_none(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let faults = [
            FaultAction::Http { status: 500, body: "oops".into() },
            FaultAction::Http { status: 302, body: String::new() },
            FaultAction::Empty200,
            FaultAction::Html200Gbk,
            FaultAction::MalformedJson,
            FaultAction::TruncatedJson,
            FaultAction::DuplicateKeyJson,
            FaultAction::OversizeBody { bytes: 65 * 1_024 },
            FaultAction::Close(Cut::Before),
            FaultAction::Close(Cut::AfterHeaders),
            FaultAction::Close(Cut::MidBody),
            FaultAction::DropAfterCommit,
        ];
        for (before, fault) in faults.into_iter().enumerate() {
            let reply = exchange_under(&tenant, Fault::new(fault.clone())).await;
            assert_eq!(server.sim.requests("/sns/jscode2session").len(), before + 1, "WeChat was asked");
            // Longer than an app's WeChat is left alone after failures in a row.
            server.advance(61);
            assert_eq!((reply.status, reply.body["reason"].as_str()), (503, Some("wx_unavailable")), "{fault:?}: {reply}");
            reply.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        }
        nothing_is_written(&tenant).await;
        tenant.login("alice").await;
    }

    async fn a_wechat_that_never_answers_costs_three_seconds_at_most(server: Punctual) {
        let tenant = server.tenant("acme").await.with_shop().await;
        for fault in [FaultAction::Stall, FaultAction::SlowDrip { bytes: 1, ms: 500 }] {
            let reply = exchange_under(&tenant, Fault::new(fault)).await;
            reply.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        }
        nothing_is_written(&tenant).await;
    }

    async fn odd_answers_that_are_answers(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        for fault in [
            FaultAction::UnknownFields,
            FaultAction::WrongContentType { content_type: "image/png".into() },
            FaultAction::ControlCharsInNickname,
        ] {
            let reply = exchange_under(&tenant, Fault::new(fault.clone())).await;
            assert_eq!(reply.status, 200, "{fault:?}: {reply}");
        }
    }

    async fn a_lost_answer_is_followed_by_a_clean_login(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let code = tenant.code(APP, "alice");
        server.sim.fault(Fault::new(FaultAction::DropAfterCommit).times(1)).unwrap();
        tenant.exchange("shop", &code).await.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        // WeChat took the code and its answer was lost: the same code is used up, a new one signs in.
        tenant.exchange("shop", &code).await.expect_error(400, "invalid_grant", Some("wx_code_used"));
        tenant.login("alice").await;
    }
}
