//! Neither secret nor code nor token may stand in an error or a log, whatever went wrong.

use crate::{
    log,
    stage::{APPID, Stage, errcode},
};
use hufu_core::connector::WechatConnector;
use hufu_wechat_connector::{Config, WechatApi};
use hufu_wxsim::{Cut, FaultAction};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt::Write as _, sync::Arc};

fn faults() -> Vec<FaultAction> {
    let codes = [
        -1, 40001, 40002, 40013, 40029, 40125, 40163, 40164, 40226, 45009, 45011, 77777,
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
        FaultAction::DuplicateKeyJson,
        FaultAction::OversizeBody { bytes: 100_000 },
        FaultAction::Http {
            status: 302,
            body: String::new(),
        },
    ];
    codes.map(errcode).into_iter().chain(others).collect()
}

#[tokio::test]
async fn r54_neither_errors_nor_logs_tell_a_secret_a_code_or_a_token() {
    let stage = Stage::impatient().await;
    let mut errors = String::new();
    let mut codes = Vec::new();
    let mut fail = async |wechat: &WechatApi| {
        let code: SecretString = stage.code();
        let login = wechat.finish(&stage.app, &code).await.unwrap_err();
        let proof = wechat.prove(&stage.app).await.unwrap_err();
        write!(
            errors,
            "{login} {login:?} {login:#?} {proof} {proof:?} {:?}",
            stage.app
        )
        .unwrap();
        codes.push(code.expose_secret().to_owned());
    };
    for fault in faults() {
        stage.fault(fault);
        fail(&stage.wechat).await;
    }
    // Nobody listens, there is no such host, and what listens does not speak TLS.
    let plain = stage.sim.address();
    for base in [
        "http://127.0.0.1:1".into(),
        "http://nowhere.invalid".into(),
        format!("https://{plain}"),
    ] {
        let config = Config::new(base.parse().unwrap());
        fail(&WechatApi::new(config, Arc::new(stage.clock.clone())).unwrap()).await;
    }
    stage.sim.clear_faults();
    let code = stage.code();
    let patient = stage.another_node();
    patient.finish(&stage.app, &code).await.unwrap();
    patient.finish(&stage.app, &code).await.unwrap_err();
    let token = patient
        .tokens()
        .with_token(&stage.app, async |token| Ok(token))
        .await
        .unwrap();

    let told = format!("{errors} {}", log::text());
    let session_key = stage.sim.session_key(APPID, "alice").unwrap();
    let secrets = [
        stage.app.secret.expose_secret(),
        token.expose_secret(),
        &session_key,
        code.expose_secret(),
    ];
    for secret in secrets.into_iter().chain(codes.iter().map(String::as_str)) {
        assert!(!told.contains(secret), "{secret}");
    }
    for part in ["js_code", "secret="] {
        assert!(!told.contains(part), "a URL was told: {part}");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_app_code_and_rid() {
    let stage = Stage::set().await;
    stage.fault(FaultAction::Errcode {
        n: 40164,
        msg: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7".into(),
    });
    let error = stage.wechat.prove(&stage.app).await.unwrap_err();
    let rid = error.rid.unwrap();
    let text = log::text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains(&rid)).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in ["WARN", APPID, "stable_token", "40164", "203.0.113.7", "IP白名单"] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
}
