//! WeChat's bad days. Whatever comes back, or does not, one login is one request, and nobody is let in by mistake.

use crate::stage::{APPID, LOGIN, Stage, TOKEN, errcode, fate, is_unavailable};
use hufu_core::{
    connector::{Fate, WechatConnector},
    reason::Reason,
};
use hufu_wxsim::{Cut, FaultAction, Preset};

fn http(status: u16) -> FaultAction {
    FaultAction::Http {
        status,
        body: "<html></html>".into(),
    }
}

/// After which there is nothing to read.
fn unreadable() -> Vec<FaultAction> {
    vec![
        http(201),
        http(204),
        http(302),
        http(429),
        http(500),
        http(502),
        FaultAction::Empty200,
        FaultAction::Html200Gbk,
        FaultAction::Close(Cut::Before),
        FaultAction::Close(Cut::AfterHeaders),
        FaultAction::Close(Cut::MidBody),
        FaultAction::DropAfterCommit,
        FaultAction::MalformedJson,
        FaultAction::TruncatedJson,
        FaultAction::OversizeBody { bytes: 64 * 1024 },
        FaultAction::OversizeBody {
            bytes: 4 * 1024 * 1024,
        },
        FaultAction::DuplicateKeyJson,
    ]
}

/// After which there is nothing to read in time.
fn slow() -> [FaultAction; 3] {
    [
        FaultAction::Stall,
        FaultAction::Delay {
            ms: 60_000,
            jitter: 0,
        },
        FaultAction::SlowDrip { bytes: 1, ms: 100 },
    ]
}

/// Which do no harm.
fn harmless() -> [FaultAction; 6] {
    [
        FaultAction::ErrcodeAsString,
        FaultAction::UnknownFields,
        FaultAction::OversizeBody { bytes: 60 * 1024 },
        FaultAction::WrongContentType {
            content_type: "text/html; charset=gbk".into(),
        },
        FaultAction::ControlCharsInNickname,
        FaultAction::SlowDrip { bytes: 16, ms: 1 },
    ]
}

#[tokio::test]
async fn what_cannot_be_read_decides_nothing_and_is_asked_for_once() {
    let stage = Stage::set().await;
    // With a connection in the pool, which is the one that a client may want to try again.
    stage.log_in().await.unwrap();
    for (calls, fault) in unreadable().into_iter().enumerate() {
        stage.let_pauses_end();
        stage.fault(fault.clone());
        assert!(is_unavailable(stage.log_in().await), "{fault:?}");
        assert_eq!(stage.asked(LOGIN), calls + 2, "{fault:?}");
        assert!(is_unavailable(stage.wechat.prove(&stage.app).await), "{fault:?}");
        assert_eq!(stage.asked(TOKEN), calls + 1, "{fault:?}");
    }
}

#[tokio::test]
async fn what_does_not_come_in_time_is_not_waited_for() {
    let stage = Stage::impatient().await;
    for (calls, fault) in slow().into_iter().enumerate() {
        stage.fault(fault.clone());
        assert!(is_unavailable(stage.log_in().await), "{fault:?}");
        assert_eq!(stage.asked(LOGIN), calls + 1, "{fault:?}");
        assert!(is_unavailable(stage.wechat.prove(&stage.app).await), "{fault:?}");
        assert_eq!(stage.asked(TOKEN), calls + 1, "{fault:?}");
    }
}

#[tokio::test]
async fn odd_but_readable_answers_are_read() {
    let stage = Stage::set().await;
    for fault in harmless() {
        stage.fault(fault.clone());
        let proof = stage.log_in().await.unwrap();
        assert_eq!(
            proof.openid.as_str(),
            stage.sim.openid(APPID, "alice"),
            "{fault:?}"
        );
        stage.wechat.prove(&stage.app).await.unwrap();
    }
}

#[tokio::test]
async fn an_errcode_in_a_string_is_an_errcode() {
    let stage = Stage::set().await;
    stage.fault(FaultAction::ErrcodeAsString);
    let error = stage.finish(&"garbage".into()).await.unwrap_err();
    assert_eq!(error.upstream_code, Some(40029));
    assert_eq!(error.fate, Fate::Rejected(Reason::WxCodeInvalid));
}

#[tokio::test]
async fn where_the_answer_was_lost_the_same_code_turns_out_to_be_used() {
    let stage = Stage::set().await;
    let code = stage.code();
    stage
        .sim
        .fault(hufu_wxsim::Fault::new(FaultAction::DropAfterCommit).times(1))
        .unwrap();
    assert!(is_unavailable(stage.finish(&code).await));
    assert_eq!(
        fate(stage.finish(&code).await),
        Some(Fate::Rejected(Reason::WxCodeUsed))
    );
    assert_eq!(stage.asked(LOGIN), 2);
}

#[tokio::test]
async fn where_nothing_was_decided_the_same_code_may_be_tried_again() {
    let stage = Stage::set().await;
    for fault in [
        errcode(-1),
        errcode(45011),
        errcode(40125),
        http(500),
        FaultAction::Close(Cut::Before),
    ] {
        let code = stage.code();
        stage.fault(fault.clone());
        assert!(stage.finish(&code).await.is_err(), "{fault:?}");
        stage.sim.clear_faults();
        assert!(stage.finish(&code).await.is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_wechat_that_is_away_is_unavailable() {
    let stage = Stage::set().await;
    stage.fault(Preset::Outage);
    assert!(is_unavailable(stage.log_in().await));

    // Nobody listens on the first port.
    let nobody = stage.astray("http://127.0.0.1:1");
    assert!(is_unavailable(nobody.finish(&stage.app, &stage.code()).await));
    assert!(is_unavailable(nobody.prove(&stage.app).await));
}
