//! WeChat is away: logins by it are put off at once, everything else goes on, and the event log says when.

use hufu_tests::{Punctual, Server, Tenant, on_both_databases};
use hufu_wxsim::{Cut, Fault, FaultAction, Preset};
use serde_json::json;

const APP: &str = "wx0000000000000001";
const CAFE: &str = "wx0000000000000002";
const LOGIN: &str = "/sns/jscode2session";

async fn try_login(tenant: &Tenant<'_>, client: &str, appid: &str) -> hufu_tests::Reply {
    tenant.exchange(client, &tenant.code(appid, "alice")).await
}

async fn count(tenant: &Tenant<'_>, kind: &str) -> usize {
    tenant
        .events()
        .await
        .iter()
        .filter(|event| event["kind"] == kind)
        .count()
}

/// Fails until WeChat is not asked any more; gives how often it was.
async fn until_open(tenant: &Tenant<'_>) -> usize {
    let sim = &tenant.server.sim;
    let before = sim.requests(LOGIN).len();
    for _ in 0..10 {
        try_login(tenant, "shop", APP).await.expect_error(
            503,
            "temporarily_unavailable",
            Some("wx_unavailable"),
        );
    }
    let asked = sim.requests(LOGIN).len() - before;
    assert!(asked < 10, "the circuit opened");
    asked
}

on_both_databases! {
    async fn an_app_whose_wechat_does_not_answer_is_not_asked_for_a_while(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        tenant.wechat_app(CAFE).await;
        tenant.mini_program("cafe", CAFE).await;
        let secret = tenant.confidential("api").await;
        let alice = tenant.login("alice").await;
        server.sim.fault(Fault::from(Preset::Outage).for_app(APP)).unwrap();
        until_open(&tenant).await;
        assert_eq!(count(&tenant, "wechat_app.circuit_opened").await, 1);
        let event = tenant.events().await.into_iter().find(|event| event["kind"] == "wechat_app.circuit_opened").unwrap();
        assert_eq!((&event["target"], &event["actor"]), (&json!(APP), &json!({"kind": "system"})));
        let put_off = try_login(&tenant, "shop", APP).await;
        let after: u32 = put_off.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&after));
        // Everything that needs no WeChat goes on, and so do other apps.
        tenant.userinfo(&alice.access).await.expect(200);
        assert_eq!(tenant.introspect("api", &secret, &alice.access).await.expect(200).body["active"], true);
        tenant.refresh("shop", &alice.refresh).await.expect(200);
        try_login(&tenant, "cafe", CAFE).await.expect(200);
        // It is back: one probe, and all is as before.
        server.sim.clear_faults();
        try_login(&tenant, "shop", APP).await.expect(503);
        server.advance(60);
        try_login(&tenant, "shop", APP).await.expect(200);
        try_login(&tenant, "shop", APP).await.expect(200);
        assert_eq!(count(&tenant, "wechat_app.circuit_closed").await, 1);
    }

    async fn a_probe_that_fails_keeps_it_open_and_goes_alone(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        server.sim.fault(Preset::Outage).unwrap();
        until_open(&tenant).await;
        let before = server.sim.requests(LOGIN).len();
        server.advance(60);
        let replies = server.in_parallel(10, || try_login(&tenant, "shop", APP)).await;
        for reply in replies {
            reply.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        }
        assert_eq!(server.sim.requests(LOGIN).len(), before + 1, "one probe");
        try_login(&tenant, "shop", APP).await.expect(503);
        assert_eq!(server.sim.requests(LOGIN).len(), before + 1, "open again");
        assert_eq!(count(&tenant, "wechat_app.circuit_opened").await, 1, "once an outage");
        server.sim.clear_faults();
        server.advance(120);
        try_login(&tenant, "shop", APP).await.expect(200);
    }

    async fn answers_that_wechat_does_give_open_nothing(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        for code in [40029, 40163, 40226, 45011, 45009, 40125] {
            server.sim.fault(Fault::new(FaultAction::Errcode { n: code, msg: "as told".into() })).unwrap();
            for _ in 0..4 {
                try_login(&tenant, "shop", APP).await;
            }
            server.sim.clear_faults();
        }
        try_login(&tenant, "shop", APP).await.expect(200);
        assert_eq!(count(&tenant, "wechat_app.circuit_opened").await, 0);
    }

    async fn lost_answers_open_it_too_and_a_new_login_is_clean(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        for action in [FaultAction::DropAfterCommit, FaultAction::Close(Cut::MidBody), FaultAction::Empty200] {
            server.sim.fault(action).unwrap();
            until_open(&tenant).await;
            server.sim.clear_faults();
            server.advance(120);
            try_login(&tenant, "shop", APP).await.expect(200);
        }
        let users = tenant.admin("GET", "/users", None).await.expect(200);
        assert_eq!(users.body["items"].as_array().unwrap().len(), 1);
    }

    async fn a_wechat_that_stalls_costs_its_budget_only_until_it_is_not_asked(server: Punctual) {
        let tenant = server.tenant("acme").await.with_shop().await;
        server.sim.fault(FaultAction::Stall).unwrap();
        let replies = server.in_parallel(10, || try_login(&tenant, "shop", APP)).await;
        for reply in replies {
            reply.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        }
        let asked = server.sim.requests(LOGIN).len();
        try_login(&tenant, "shop", APP).await.expect_error(503, "temporarily_unavailable", Some("wx_unavailable"));
        assert_eq!(server.sim.requests(LOGIN).len(), asked, "answered without asking");
        assert_eq!(count(&tenant, "wechat_app.circuit_opened").await, 1);
    }
}
