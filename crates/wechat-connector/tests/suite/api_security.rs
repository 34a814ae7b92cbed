//! Apps whose owner turned API security mode on.

use crate::{
    log,
    stage::{APPID, LOGIN, PHONE, Stage, is_unavailable},
};
use hufu_core::{
    connector::{Fate, WechatConnector},
    wechat_app::ApiSecurity,
};
use hufu_wxsim::FaultAction;
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use secrecy::ExposeSecret;
use std::sync::LazyLock;

/// An RSA key that costs a good part of a second.
static OURS: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap());

/// Turned on at WeChat, and here.
async fn turned_on() -> Stage {
    let mut stage = Stage::set().await;
    let keys = stage
        .sim
        .turn_on_api_security(APPID, &OURS.public_key_pem())
        .unwrap();
    stage.app.api_security = Some(ApiSecurity {
        symmetric_sn: keys.symmetric_sn,
        symmetric_key: keys.symmetric_key_b64.into(),
        private_key: OURS.serialize_pem().into(),
        platform_serial: keys.platform_serial,
        platform_certificate: keys.platform_certificate_pem,
    });
    stage
}

impl Stage {
    fn keys(&mut self) -> &mut ApiSecurity {
        self.app.api_security.as_mut().unwrap()
    }
}

#[tokio::test]
async fn numbers_and_encryption_keys_are_asked_for_sealed() {
    let stage = turned_on().await;
    stage
        .wechat
        .check_api_security(stage.app.api_security.as_ref().unwrap())
        .unwrap();
    for _ in 0..2 {
        assert_eq!(stage.phone().await.unwrap().as_str(), stage.sim.phone_of("alice"));
    }
    let key = stage.log_in().await.unwrap().session_key;
    let alice = stage.alice();
    let keys = stage.wechat.encrypt_keys(&stage.app, &alice, &key).await.unwrap();
    assert!(!keys.is_empty());
    assert_eq!(
        stage.wechat.check_session(&stage.app, &alice, &key).await,
        Ok(true)
    );
    assert_eq!((stage.asked(PHONE), stage.asked(LOGIN)), (2, 1));
    for path in [PHONE, "/wxa/business/getuserencryptkey"] {
        for request in stage.sim.requests_with_secrets(path) {
            let names: Vec<_> = request.query.keys().collect();
            assert_eq!(names, ["access_token"], "nothing else is outside");
            let body = request.body.unwrap().to_string();
            assert!(!body.contains(alice.as_str()), "{body}");
        }
    }
}

#[tokio::test]
async fn an_error_inside_is_an_error() {
    let stage = turned_on().await;
    let error = stage
        .wechat
        .phone(&stage.app, &stage.alice(), &"garbage".into())
        .await
        .unwrap_err();
    assert_eq!(error.upstream_code, Some(40029));
}

#[tokio::test]
async fn an_answer_that_cannot_be_verified_decides_nothing() {
    let stage = turned_on().await;
    for (fault, reason) in [
        (FaultAction::BadResponseSignature, "has not signed"),
        (FaultAction::StaleResponseTimestamp, "301 s from our time"),
    ] {
        stage.fault(fault.clone());
        for _ in 0..6 {
            assert!(is_unavailable(stage.phone().await), "{fault:?}");
        }
        assert!(log::text().contains(reason), "{reason}");
    }
    // That is no failure of WeChat's to answer: logins go on.
    stage.sim.clear_faults();
    stage.log_in().await.unwrap();
}

#[tokio::test]
async fn keys_that_do_not_fit_are_for_the_operator_to_mend() {
    let mut stage = turned_on().await;
    let refused = async |stage: &Stage, code: Option<i64>| {
        let error = stage.phone().await.unwrap_err();
        assert_eq!((error.fate, error.upstream_code), (Fate::Misconfigured, code));
        assert!(error.advice.unwrap().contains("API安全"));
    };
    let right = stage.app.api_security.take();
    refused(&stage, Some(40234)).await;

    stage.app.api_security.clone_from(&right);
    let another = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    stage.keys().private_key = another.serialize_pem().into();
    refused(&stage, Some(40234)).await;

    stage.app.api_security.clone_from(&right);
    let key = stage.keys().symmetric_key.expose_secret().to_owned();
    stage.keys().symmetric_key = format!("AAAA{}", &key[4..]).into();
    refused(&stage, Some(40234)).await;

    // Keys that are none are not even tried.
    let asked = stage.asked(PHONE);
    stage.keys().symmetric_key = "hunter2".into();
    refused(&stage, None).await;
    let (member, _) = stage
        .wechat
        .check_api_security(stage.app.api_security.as_ref().unwrap())
        .unwrap_err();
    assert_eq!(member, "symmetric_key");
    assert_eq!(stage.asked(PHONE), asked);
    assert!(!log::text().contains("hunter2"));

    stage.app.api_security = right;
    stage.phone().await.unwrap();
}

#[tokio::test]
async fn an_answer_by_a_certificate_that_we_do_not_have_decides_nothing() {
    let mut stage = turned_on().await;
    stage.keys().platform_serial = "00".into();
    assert!(is_unavailable(stage.phone().await));
    assert!(log::text().contains("a certificate that we do not have"));
}

#[tokio::test]
async fn a_deployment_that_asks_elsewhere_signs_for_wechats_own_host() {
    // The simulator is elsewhere, and takes what is signed for https://api.weixin.qq.com only.
    let stage = turned_on().await;
    assert!(!stage.sim.url().contains("weixin"));
    stage.phone().await.unwrap();
}
