//! Neither code nor number nor key may stand in an error or a log, whatever went wrong.

use crate::{
    log,
    stage::{ALICE, ALL, At, CODE, SECRET, Stage, message, refusal, vendor},
};
use hufu_core::sms::SmsSender;
use hufu_sms_connector::SmsApi;
use hufu_wxsim::{Cut, FaultAction};
use std::fmt::Write as _;

fn faults() -> Vec<FaultAction> {
    let codes = [
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.DAY_LIMIT_CONTROL",
        "isv.MOBILE_NUMBER_ILLEGAL",
        "SignatureDoesNotMatch",
        "LimitExceeded.DailyLimit",
        "AuthFailure.SignatureFailure",
        "rate_limited",
        "misconfigured",
        // A vendor that repeats what it was sent.
        "13800138000",
        CODE,
    ];
    let others = [
        FaultAction::Stall,
        FaultAction::Empty200,
        FaultAction::Html200Gbk,
        FaultAction::Close(Cut::Before),
        FaultAction::Close(Cut::AfterHeaders),
        FaultAction::Close(Cut::MidBody),
        FaultAction::DropAfterCommit,
        FaultAction::MalformedJson,
        FaultAction::TruncatedJson,
        FaultAction::OversizeBody { bytes: 100_000 },
        FaultAction::Http {
            status: 302,
            body: format!("{CODE} {ALICE}"),
        },
    ];
    codes
        .map(|code| refusal(code, &format!("{CODE} {ALICE}"), false))
        .into_iter()
        .chain(others)
        .collect()
}

#[tokio::test]
async fn r54_neither_errors_nor_logs_tell_a_code_a_number_or_a_key() {
    let stage = Stage::impatient().await;
    let mut told = String::new();
    let mut send = async |api: &SmsApi| {
        for at in ALL {
            stage.advance(3_600 * 5);
            let (vendor, message) = (vendor(at), message());
            let outcome = api.send(&vendor, &message).await;
            write!(told, "{outcome:?} {outcome:#?} {vendor:?} {message:?}").unwrap();
            if let Err(error) = outcome {
                write!(told, "{error}").unwrap();
            }
        }
    };
    for fault in faults() {
        stage.fault(fault);
        send(&stage.api).await;
    }
    stage.sim.clear_faults();
    send(&stage.api).await;
    // Nobody listens, there is no such host, and what listens does not speak TLS.
    let plain = stage.sim.address();
    for base in [
        "http://127.0.0.1:1".into(),
        "http://nowhere.invalid".into(),
        format!("https://{plain}"),
    ] {
        send(&stage.astray(&base)).await;
    }
    let told = format!("{told} {}", log::text());
    for secret in [CODE, SECRET, &ALICE[1..], &ALICE[3..]] {
        assert!(!told.contains(secret), "{secret}");
    }
    for part in ["PhoneNumbers", "TemplateParam", "Signature=", "__sim/sms"] {
        assert!(!told.contains(part), "a request was told: {part}");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_vendor_code_and_advice() {
    let stage = Stage::set().await;
    // No other test has this code.
    let error = stage.refused(At::Aliyun, "Forbidden.OnlyHere", "", true).await;
    let text = log::text();
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.contains("Forbidden.OnlyHere"))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in ["WARN", "aliyun", error.advice.unwrap()] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
}
