//! A WeChat that does not answer is left in peace, and the app's owner told.

use crate::stage::{APPID, LOGIN, PHONE, Stage, TOKEN, credential, errcode, fate, is_unavailable};
use hufu_core::{
    connector::{Fate, WechatConnector},
    event::{Actor, EventKind},
};
use hufu_wxsim::{FaultAction, Preset};
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;

const OPENED: EventKind = EventKind::WechatAppCircuitOpened;
const CLOSED: EventKind = EventKind::WechatAppCircuitClosed;

/// After five logins that WeChat did not answer.
async fn opened() -> Stage {
    let stage = Stage::set().await;
    stage.fault(Preset::Outage);
    for _ in 0..5 {
        assert!(is_unavailable(stage.log_in().await));
    }
    assert_eq!(stage.asked(LOGIN), 5);
    stage
}

fn wait(seconds: u32) -> Fate {
    Fate::Unavailable { retry_after: seconds }
}

#[tokio::test]
async fn after_five_failures_nothing_is_sent_and_the_rest_of_the_pause_is_told() {
    let stage = opened().await;
    let error = stage.log_in().await.unwrap_err();
    assert_eq!((Some(error.fate), error.upstream_code), (Some(wait(5)), None));
    stage.advance(3);
    assert_eq!(fate(stage.log_in().await), Some(wait(2)));
    assert_eq!(fate(stage.phone().await), Some(wait(2)));
    assert_eq!(stage.sim.state().requests_seen, 5);

    let events = stage.apps.events();
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].kind, &events[0].actor, events[0].target.as_str()),
        (OPENED, &Actor::System, APPID)
    );
    assert_eq!(events[0].detail, json!({"failures": 5, "retry_after": 5}));

    let other = credential(&stage.sim.app("wxde30000000000002").create().unwrap());
    stage.sim.clear_faults();
    let code = stage
        .sim
        .login_code("wxde30000000000002", "alice")
        .unwrap()
        .into();
    stage.wechat.finish(&other, &code).await.unwrap();
}

#[tokio::test]
async fn an_answer_to_the_probe_closes_it_and_that_is_told() {
    let stage = opened().await;
    stage.sim.clear_faults();
    assert_eq!(fate(stage.log_in().await), Some(wait(5)));
    stage.advance(5);
    stage.log_in().await.unwrap();
    stage.log_in().await.unwrap();
    assert_eq!(stage.apps.event_kinds(), [OPENED, CLOSED]);
}

#[tokio::test]
async fn any_definite_answer_is_one() {
    for code in [40029, 45009, 45011, 40125, 77777] {
        let stage = opened().await;
        stage.fault(errcode(code));
        stage.advance(5);
        assert_eq!(stage.log_in().await.unwrap_err().upstream_code, Some(code));
        assert_eq!(stage.apps.event_kinds(), [OPENED, CLOSED], "{code}");
    }
}

#[tokio::test]
async fn while_probes_fail_pauses_grow_and_nothing_more_is_told() {
    let stage = opened().await;
    for pause in [5, 10, 20, 40, 60, 60] {
        assert_eq!(fate(stage.log_in().await), Some(wait(pause)));
        stage.advance(pause);
        let asked = stage.asked(LOGIN);
        assert!(is_unavailable(stage.log_in().await));
        assert_eq!(stage.asked(LOGIN), asked + 1);
    }
    assert_eq!(stage.apps.event_kinds(), [OPENED]);
    stage.let_pauses_end();
    stage.sim.clear_faults();
    stage.log_in().await.unwrap();
    assert_eq!(stage.apps.event_kinds(), [OPENED, CLOSED]);
}

#[tokio::test]
async fn calls_of_all_kinds_count_and_what_wechat_says_does_not() {
    let stage = Stage::set().await;
    stage.phone().await.unwrap();
    for code in [40029, 45009, 45011, 40125, 50002, 77777] {
        stage.fault(errcode(code));
        for _ in 0..6 {
            stage.log_in().await.unwrap_err();
        }
    }
    assert!(stage.apps.events().is_empty());
    stage.fault(errcode(-1));
    for n in 0..5 {
        assert!(stage.apps.events().is_empty());
        if n % 2 == 0 {
            stage.phone().await.unwrap_err();
        } else {
            stage.log_in().await.unwrap_err();
        }
    }
    assert_eq!(stage.apps.event_kinds(), [OPENED]);
    assert_eq!(stage.asked(PHONE), 1 + 3);
}

#[tokio::test]
async fn an_operator_who_proves_a_secret_is_not_kept_waiting_and_changes_nothing() {
    let stage = opened().await;
    assert!(is_unavailable(stage.wechat.prove(&stage.app).await));
    stage.sim.clear_faults();
    stage.wechat.prove(&stage.app).await.unwrap();
    assert_eq!(stage.asked(TOKEN), 2);
    assert_eq!(fate(stage.log_in().await), Some(wait(5)));

    let stage = Stage::set().await;
    stage.fault(Preset::Outage);
    for _ in 0..10 {
        assert!(is_unavailable(stage.wechat.prove(&stage.app).await));
    }
    stage.sim.clear_faults();
    stage.log_in().await.unwrap();
    assert!(stage.apps.events().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_come_after_the_pause_one_is_the_probe() {
    let stage = Arc::new(opened().await);
    stage.fault(FaultAction::Stall);
    stage.advance(5);
    let probing = Arc::clone(&stage);
    let probe = tokio::spawn(async move { probing.log_in().await });
    stage.until(async |stage| stage.asked(LOGIN) == 6).await;
    let mut others = JoinSet::new();
    for _ in 0..50 {
        let stage = Arc::clone(&stage);
        others.spawn(async move { fate(stage.log_in().await) });
    }
    assert!(others.join_all().await.iter().all(|fate| *fate == Some(wait(1))));
    assert_eq!(stage.asked(LOGIN), 6);

    // The probe is given up: the next call is one.
    probe.abort();
    assert!(probe.await.is_err());
    stage.sim.clear_faults();
    stage.log_in().await.unwrap();
    assert_eq!(stage.apps.event_kinds(), [OPENED, CLOSED]);
}

#[tokio::test]
async fn a_store_that_is_away_changes_nothing() {
    let stage = Stage::set().await;
    stage.apps.set_away(true);
    stage.fault(Preset::Outage);
    for _ in 0..5 {
        assert!(is_unavailable(stage.log_in().await));
    }
    assert_eq!(fate(stage.log_in().await), Some(wait(5)));
    stage.sim.clear_faults();
    stage.advance(5);
    stage.log_in().await.unwrap();
    assert!(stage.apps.events().is_empty());
}

#[tokio::test]
async fn a_wechat_that_stalls_is_left_in_peace_too() {
    let stage = Stage::impatient().await;
    stage.fault(FaultAction::Stall);
    for _ in 0..5 {
        assert!(is_unavailable(stage.log_in().await));
    }
    assert_eq!(fate(stage.log_in().await), Some(wait(5)));
    assert_eq!(stage.asked(LOGIN), 5);
}
