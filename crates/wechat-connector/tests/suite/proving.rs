//! Whether a credential is right is WeChat's to say, each time.

use crate::stage::{APPID, Stage, TOKEN};
use hufu_core::connector::{Fate, WechatConnector};
use hufu_wxsim::{AppChange, Patch};
use secrecy::ExposeSecret;
use serde_json::json;

#[tokio::test]
async fn a_right_credential_is_proven_by_a_live_call_each_time_and_never_by_force() {
    let stage = Stage::set().await;
    stage.wechat.prove(&stage.app).await.unwrap();
    stage.wechat.prove(&stage.app).await.unwrap();
    let requests = stage.sim.requests_with_secrets(TOKEN);
    assert_eq!(requests.len(), 2);
    let expected = json!({
        "grant_type": "client_credential",
        "appid": APPID,
        "secret": stage.app.secret.expose_secret(),
        "force_refresh": false,
    });
    assert_eq!(requests[0].body, Some(expected));
    assert_eq!(
        stage.sim.state().requests_seen,
        2,
        "the other family of tokens is left alone"
    );
}

#[tokio::test]
async fn a_wrong_secret_a_frozen_one_and_a_refused_address_are_told_apart() {
    let stage = Stage::set().await;
    let refused = async |code: i64, advice: &str| {
        let error = stage.wechat.prove(&stage.app).await.unwrap_err();
        assert_eq!(
            (error.fate, error.upstream_code),
            (Fate::Misconfigured, Some(code))
        );
        assert!(error.advice.unwrap().contains(advice), "{error:?}");
    };
    let change = |change: AppChange| stage.sim.change_app(APPID, change).unwrap();

    let elsewhere = vec![[203, 0, 113, 7].into()];
    change(AppChange {
        ip_allow: Patch::Set(elsewhere),
        ..AppChange::default()
    });
    refused(40164, "IP白名单").await;

    change(AppChange {
        frozen: Some(true),
        ..AppChange::default()
    });
    refused(40243, "frozen").await;

    stage.sim.rotate_secret(APPID).unwrap();
    refused(40125, "AppSecret").await;
}

#[tokio::test]
async fn a_proof_leaves_its_token_for_others() {
    let stage = Stage::set().await;
    stage.wechat.prove(&stage.app).await.unwrap();
    stage
        .wechat
        .tokens()
        .with_token(&stage.app, async |_| Ok(()))
        .await
        .unwrap();
    assert_eq!(stage.asked(TOKEN), 1);
}
