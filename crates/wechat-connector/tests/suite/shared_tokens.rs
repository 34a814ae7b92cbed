//! Access tokens that nodes share through the store.

use crate::stage::{PHONE, Stage, TOKEN, errcode};
use hufu_core::{
    Clock,
    connector::{ConnectorError, WechatConnector},
    time::after,
};
use hufu_wechat_connector::WechatApi;
use hufu_wxsim::Fault;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

/// The token that a call of the node would be made with now.
async fn token(stage: &Stage, node: &WechatApi) -> Result<String, ConnectorError> {
    node.tokens()
        .with_token(&stage.app, async |token| Ok(token.expose_secret().to_owned()))
        .await
}

#[tokio::test]
async fn nodes_use_one_token_and_ask_wechat_once() {
    let stage = Stage::set().await;
    let first = token(&stage, &stage.wechat).await.unwrap();
    let kept = stage.apps.token(&stage.app.appid).unwrap();
    assert_eq!(kept.token.expose_secret(), first);
    assert_eq!(kept.fetched_at, stage.clock.now());
    assert_eq!(kept.expires_at, after(stage.clock.now(), 7_200));
    let expected: [u8; 32] = Sha256::digest(stage.app.secret.expose_secret()).into();
    assert_eq!(kept.secret_hash, expected);
    for _ in 0..3 {
        assert_eq!(token(&stage, &stage.another_node()).await.unwrap(), first);
    }
    assert_eq!(stage.asked(TOKEN), 1);
}

#[tokio::test]
async fn a_token_of_another_secret_or_one_that_is_over_is_not_used() {
    let stage = Stage::set().await;
    let first = token(&stage, &stage.wechat).await.unwrap();
    let mut other = stage.app.clone();
    other.secret = "0123456789abcdef0123456789abcdef".into();
    let refused = stage
        .another_node()
        .phone(&other, &stage.alice(), &stage.phone_code())
        .await;
    assert_eq!(refused.unwrap_err().upstream_code, Some(40125));
    assert_eq!(stage.asked(TOKEN), 2);
    stage.advance(7_200);
    assert_ne!(token(&stage, &stage.another_node()).await.unwrap(), first);
    assert_eq!(stage.asked(TOKEN), 3);
}

#[tokio::test]
async fn a_renewal_by_one_node_serves_all() {
    let stage = Stage::set().await;
    let (one, two) = (&stage.wechat, stage.another_node());
    let first = token(&stage, one).await.unwrap();
    assert_eq!(token(&stage, &two).await.unwrap(), first);
    stage.advance(6_960);
    token(&stage, one).await.unwrap();
    stage
        .until(async |stage| token(stage, one).await.unwrap() != first)
        .await;
    stage
        .until(async |stage| token(stage, &two).await.unwrap() != first)
        .await;
    assert_eq!(
        token(&stage, one).await.unwrap(),
        token(&stage, &two).await.unwrap()
    );
    assert_eq!(stage.asked(TOKEN), 2);
}

#[tokio::test]
async fn a_token_that_one_node_found_refused_is_replaced_for_all() {
    let stage = Stage::set().await;
    let two = stage.another_node();
    let first = token(&stage, &stage.wechat).await.unwrap();
    assert_eq!(token(&stage, &two).await.unwrap(), first);
    stage.make_a_new_token_due();
    let refuse = || Fault::new(errcode(40001)).on_path(PHONE).times(1);
    stage.fault(refuse());
    stage.phone().await.unwrap();
    assert_eq!(stage.asked(TOKEN), 2);
    // The other node hears of it in its turn, and finds the new one in the store.
    stage.fault(refuse());
    two.phone(&stage.app, &stage.alice(), &stage.phone_code())
        .await
        .unwrap();
    assert_eq!(stage.asked(TOKEN), 2);
    assert_ne!(token(&stage, &two).await.unwrap(), first);
}

#[tokio::test]
async fn where_the_store_is_away_each_node_asks_and_none_fails() {
    let stage = Stage::set().await;
    stage.apps.set_away(true);
    stage.phone().await.unwrap();
    stage.phone().await.unwrap();
    assert_eq!(stage.asked(TOKEN), 1);
    stage
        .another_node()
        .phone(&stage.app, &stage.alice(), &stage.phone_code())
        .await
        .unwrap();
    assert_eq!(stage.asked(TOKEN), 2);
    stage.make_a_new_token_due();
    stage.fault(Fault::new(errcode(40001)).on_path(PHONE).times(1));
    stage.phone().await.unwrap();
    stage.log_in().await.unwrap();
    stage.wechat.prove(&stage.app).await.unwrap();
}

#[tokio::test]
async fn a_proven_token_is_shared_from_its_first_use_on() {
    let stage = Stage::set().await;
    stage.wechat.prove(&stage.app).await.unwrap();
    token(&stage, &stage.wechat).await.unwrap();
    token(&stage, &stage.another_node()).await.unwrap();
    assert_eq!(stage.asked(TOKEN), 1);
}
