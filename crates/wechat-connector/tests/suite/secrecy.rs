//! Neither secret nor code nor token may stand in an error or a log, whatever went wrong.

use crate::{
    log,
    stage::{APPID, Stage, errcode},
};
use hufu_core::{connector::WechatConnector, wechat_session::SessionKey};
use hufu_wechat_connector::WechatApi;
use hufu_wxsim::{Cut, FaultAction};
use secrecy::{ExposeSecret, SecretString};
use std::fmt::Write as _;

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
async fn r54_neither_errors_nor_logs_tell_a_secret_a_code_a_token_a_key_or_a_number() {
    let stage = Stage::impatient().await;
    let mut errors = String::new();
    let mut codes = Vec::new();
    let key = SessionKey::parse("d+KFPdO+vtDAOpp5pOFh0g==".into()).unwrap();
    let mut fail = async |wechat: &WechatApi| {
        stage.let_pauses_end();
        let (code, phone_code): (SecretString, _) = (stage.code(), stage.phone_code());
        let login = wechat.finish(&stage.app, &code).await.unwrap_err();
        let proof = wechat.prove(&stage.app).await.unwrap_err();
        let phone = wechat.phone(&stage.app, &stage.alice(), &phone_code).await;
        let reset = wechat.reset_session_key(&stage.app, &stage.alice(), &key).await;
        write!(
            errors,
            "{login} {login:?} {login:#?} {proof} {proof:?} {phone:?} {reset:?} {:?}",
            stage.app
        )
        .unwrap();
        codes.extend([code, phone_code].map(|code| code.expose_secret().to_owned()));
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
        fail(&stage.astray(&base)).await;
    }
    stage.sim.clear_faults();
    let code = stage.code();
    let patient = stage.another_node();
    let proof = patient.finish(&stage.app, &code).await.unwrap();
    patient.finish(&stage.app, &code).await.unwrap_err();
    let token = patient
        .tokens()
        .with_token(&stage.app, async |token| Ok(token))
        .await
        .unwrap();

    let phone_code = stage.phone_code();
    let number = patient
        .phone(&stage.app, &stage.alice(), &phone_code)
        .await
        .unwrap();
    let encrypt_keys = patient
        .encrypt_keys(&stage.app, &stage.alice(), &proof.session_key)
        .await
        .unwrap();

    let told = format!(
        "{errors} {proof:?} {number:?} {encrypt_keys:?} {} {:?}",
        log::text(),
        stage.apps.events()
    );
    let session_key = stage.sim.session_key(APPID, "alice").unwrap();
    let secrets = [
        stage.app.secret.expose_secret(),
        token.expose_secret(),
        &session_key,
        key.text(),
        code.expose_secret(),
        phone_code.expose_secret(),
        &number.as_str()[3..],
        encrypt_keys[0].encrypt_key.expose_secret(),
    ];
    for secret in secrets.into_iter().chain(codes.iter().map(String::as_str)) {
        assert!(!told.contains(secret), "{secret}");
    }
    for part in ["js_code", "secret=", "access_token="] {
        assert!(!told.contains(part), "a URL was told: {part}");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_app_code_and_rid() {
    let stage = Stage::set().await;
    // A request's id tells the time, and no other test is here at this one.
    stage.advance(1_234_567);
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
