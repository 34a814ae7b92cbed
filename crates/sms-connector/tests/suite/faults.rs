//! The vendors' bad days. Whatever comes back, or does not, one message is one request.

use crate::stage::{ALL, At, PUT_OFF, Stage, UNKNOWN, message, vendor};
use hufu_core::sms::SmsSender;
use hufu_wxsim::{Cut, FaultAction};
use std::time::{Duration, Instant};

fn http(status: u16) -> FaultAction {
    FaultAction::Http {
        status,
        body: "<html></html>".into(),
    }
}

/// After which there is nothing to read, whoever is asked.
fn unreadable() -> Vec<FaultAction> {
    vec![
        http(302),
        http(307),
        http(500),
        http(502),
        FaultAction::Close(Cut::Before),
        FaultAction::Close(Cut::AfterHeaders),
        FaultAction::Close(Cut::MidBody),
        FaultAction::DropAfterCommit,
        FaultAction::OversizeBody { bytes: 64 * 1024 },
        FaultAction::OversizeBody {
            bytes: 4 * 1024 * 1024,
        },
    ]
}

/// After which there is nothing to read where the body says everything.
fn illegible() -> Vec<FaultAction> {
    vec![
        http(200),
        http(204),
        FaultAction::Empty200,
        FaultAction::Html200Gbk,
        FaultAction::MalformedJson,
        FaultAction::TruncatedJson,
        // WeChat's manner of failing is not theirs.
        FaultAction::Errcode {
            n: -1,
            msg: "system error".into(),
        },
    ]
}

#[tokio::test]
async fn what_cannot_be_read_decides_nothing_and_is_asked_for_once() {
    let stage = Stage::set().await;
    for at in ALL {
        // With a connection in the pool, which is the one that a client may want to try again.
        stage.sim.clear_faults();
        stage.send(at).await.unwrap();
        let mut faults = unreadable();
        if at != At::Webhook {
            faults.extend(illegible());
        }
        for (calls, fault) in faults.into_iter().enumerate() {
            stage.advance(3_600 * 5);
            stage.fault(fault.clone());
            let error = stage.send(at).await.unwrap_err();
            assert_eq!(
                (error.fate, error.upstream_code),
                (UNKNOWN, None),
                "{at:?} {fault:?}"
            );
            assert_eq!(stage.asked(at), calls + 2, "{at:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn what_does_not_come_in_time_is_neither_waited_for_nor_sent_again() {
    let stage = Stage::impatient().await;
    let delay = FaultAction::Delay {
        ms: 60_000,
        jitter: 0,
    };
    for at in ALL {
        let slow = [
            FaultAction::Stall,
            delay.clone(),
            FaultAction::SlowDrip { bytes: 1, ms: 100 },
        ];
        for (calls, fault) in slow.into_iter().enumerate() {
            stage.advance(3_600);
            stage.fault(fault.clone());
            let start = Instant::now();
            let error = stage.send(at).await.unwrap_err();
            assert_eq!(
                (error.fate, error.upstream_code),
                (UNKNOWN, None),
                "{at:?} {fault:?}"
            );
            assert!(start.elapsed() < Duration::from_secs(20), "{at:?} {fault:?}");
            assert_eq!(stage.asked(at), calls + 1, "{at:?} {fault:?}");
        }
    }
    // Of those that were late, the vendor has sent what it was asked to.
    assert_eq!(stage.inbox().len(), 2 * ALL.len());
}

#[tokio::test]
async fn odd_but_readable_answers_are_read() {
    let stage = Stage::set().await;
    let harmless = [
        FaultAction::UnknownFields,
        FaultAction::OversizeBody { bytes: 60 * 1024 },
        FaultAction::WrongContentType {
            content_type: "text/html; charset=gbk".into(),
        },
        FaultAction::SlowDrip { bytes: 16, ms: 1 },
    ];
    for at in ALL {
        for fault in &harmless {
            stage.advance(3_600 * 5);
            stage.fault(fault.clone());
            let sent = stage.send(at).await.unwrap();
            assert!(sent.vendor_id.is_some(), "{at:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_member_that_comes_twice_makes_no_success_of_a_refusal() {
    let stage = Stage::set().await;
    stage.fault(FaultAction::DuplicateKeyJson);
    for at in [At::Aliyun, At::Tencent] {
        assert!(stage.send(at).await.is_err(), "{at:?}");
    }
}

#[tokio::test]
async fn where_nothing_was_sent_one_may_try_again_soon() {
    let stage = Stage::set().await;
    let plain = stage.sim.address();
    for base in [
        "http://127.0.0.1:1".into(),
        "http://nowhere.invalid".into(),
        format!("https://{plain}"),
    ] {
        let nobody = stage.astray(&base);
        for at in ALL {
            let error = nobody.send(&vendor(at), &message()).await.unwrap_err();
            assert_eq!(
                (error.fate, error.upstream_code),
                (PUT_OFF, None),
                "{at:?} {base}"
            );
        }
    }
}
