//! Access tokens: fetched once however many ask, renewed while they still serve, replaced when WeChat refuses them.

use crate::stage::{APPID, Stage, TOKEN, credential, errcode, is_unavailable};
use hufu_core::connector::{ConnectorError, Fate};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::task::JoinSet;

/// When a token is renewed, whatever the jitter, in seconds after it was fetched; it has 240 left.
const RENEWED_BY: u32 = 6_960;

impl Stage {
    /// The token that a call would be made with now.
    async fn token(&self) -> Result<String, ConnectorError> {
        let tokens = self.wechat.tokens();
        tokens
            .with_token(&self.app, async |token| Ok(token.expose_secret().to_owned()))
            .await
    }

    /// At WeChat the token is renewed, and nobody told us.
    fn make_wechat_renew(&self) {
        self.sim.advance(7_000).unwrap();
    }
}

fn refused_token() -> ConnectorError {
    let fate = Fate::Unavailable { retry_after: 5 };
    ConnectorError {
        fate,
        upstream_code: Some(40001),
        rid: None,
        advice: None,
    }
}

/// Only an operator can help where a new token is refused too.
fn without_advice(error: ConnectorError) -> ConnectorError {
    assert!(error.advice.unwrap().contains("access token"));
    ConnectorError {
        advice: None,
        ..error
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_that_ask_at_once_share_one_call() {
    let stage = Arc::new(Stage::set().await);
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let stage = Arc::clone(&stage);
        calls.spawn(async move { stage.token().await.unwrap() });
    }
    let mut tokens = calls.join_all().await;
    tokens.dedup();
    assert_eq!((tokens.len(), stage.asked(TOKEN)), (1, 1));
    assert!(stage.sim.access_token_works(APPID, &tokens[0]));
}

#[tokio::test]
async fn a_token_serves_until_it_is_nearly_over() {
    let stage = Stage::set().await;
    let first = stage.token().await.unwrap();
    stage.advance(6_900);
    assert_eq!(stage.token().await.unwrap(), first);
    assert_eq!(stage.asked(TOKEN), 1);
}

#[tokio::test]
async fn a_token_that_is_nearly_over_serves_on_while_it_is_renewed_once() {
    let stage = Stage::set().await;
    let first = stage.token().await.unwrap();
    stage.advance(RENEWED_BY);
    for _ in 0..100 {
        assert_eq!(stage.token().await.unwrap(), first);
    }
    stage
        .until(async |stage| stage.token().await.unwrap() != first)
        .await;
    assert_eq!(stage.asked(TOKEN), 2);
}

#[tokio::test]
async fn a_failed_renewal_leaves_the_token_and_is_tried_again_half_a_minute_later() {
    let stage = Stage::set().await;
    let first = stage.token().await.unwrap();
    stage.advance(RENEWED_BY);
    stage.fault(errcode(-1));
    assert_eq!(stage.token().await.unwrap(), first);
    stage.until(async |stage| stage.asked(TOKEN) == 2).await;
    stage.sim.clear_faults();
    stage.advance(29);
    assert_eq!(stage.token().await.unwrap(), first);
    stage.advance(1);
    stage
        .until(async |stage| stage.token().await.unwrap() != first)
        .await;
    assert_eq!(stage.asked(TOKEN), 3);
}

#[tokio::test]
async fn a_token_that_is_over_is_not_used_even_if_there_is_no_other() {
    let stage = Stage::set().await;
    let first = stage.token().await.unwrap();
    stage.advance(7_200);
    stage.fault(errcode(-1));
    assert!(is_unavailable(stage.token().await));
    stage.sim.clear_faults();
    assert_ne!(stage.token().await.unwrap(), first);
}

#[tokio::test]
async fn apps_and_secrets_have_tokens_of_their_own() {
    let mut stage = Stage::set().await;
    let first = stage.token().await.unwrap();
    let own = std::mem::replace(
        &mut stage.app,
        credential(&stage.sim.app("wxde30000000000002").create().unwrap()),
    );
    assert_ne!(stage.token().await.unwrap(), first);

    // A wrong secret does not get what the right one brought.
    stage.app = own;
    stage.app.secret = "0123456789abcdef0123456789abcdef".into();
    assert_eq!(stage.token().await.unwrap_err().fate, Fate::Misconfigured);
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_call_made_once_more() {
    let stage = Stage::set().await;
    let first = stage.token().await.unwrap();
    stage.make_wechat_renew();
    stage.clock.advance(10);
    let calls = AtomicUsize::new(0);
    let call = async |token: SecretString| {
        calls.fetch_add(1, Ordering::Relaxed);
        if token.expose_secret() == first {
            Err(refused_token())
        } else {
            Ok(())
        }
    };
    stage.wechat.tokens().with_token(&stage.app, call).await.unwrap();
    assert_eq!((calls.into_inner(), stage.asked(TOKEN)), (2, 2));
}

#[tokio::test]
async fn a_call_that_is_refused_with_the_new_token_too_is_not_made_a_third_time() {
    let stage = Stage::set().await;
    stage.token().await.unwrap();
    stage.make_wechat_renew();
    stage.clock.advance(10);
    let calls = AtomicUsize::new(0);
    let call = async |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        Err::<(), _>(refused_token())
    };
    let error = stage
        .wechat
        .tokens()
        .with_token(&stage.app, call)
        .await
        .unwrap_err();
    assert_eq!(without_advice(error), refused_token());
    assert_eq!((calls.into_inner(), stage.asked(TOKEN)), (2, 2));
}

#[tokio::test]
async fn a_refused_token_that_comes_back_is_not_tried_again() {
    let stage = Stage::set().await;
    stage.token().await.unwrap();
    stage.clock.advance(10);
    let calls = AtomicUsize::new(0);
    let call = async |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        Err::<(), _>(refused_token())
    };
    // The first asks for a new one; those that follow within ten seconds know that there is none.
    for times in 1..=5 {
        let error = stage
            .wechat
            .tokens()
            .with_token(&stage.app, call)
            .await
            .unwrap_err();
        assert_eq!(without_advice(error), refused_token());
        assert_eq!((calls.load(Ordering::Relaxed), stage.asked(TOKEN)), (times, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_that_are_refused_at_once_share_one_new_token() {
    let stage = Arc::new(Stage::set().await);
    let first = Arc::<str>::from(stage.token().await.unwrap());
    stage.make_wechat_renew();
    stage.clock.advance(10);
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let (stage, first) = (Arc::clone(&stage), Arc::clone(&first));
        calls.spawn(async move {
            let call = |token: SecretString| {
                let is_old = token.expose_secret() == &*first;
                async move { if is_old { Err(refused_token()) } else { Ok(()) } }
            };
            stage.wechat.tokens().with_token(&stage.app, call).await
        });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    assert_eq!(stage.asked(TOKEN), 2);
}

#[tokio::test]
async fn a_call_that_fails_for_another_reason_is_not_made_again() {
    let stage = Stage::set().await;
    let calls = AtomicUsize::new(0);
    let busy = || ConnectorError {
        upstream_code: Some(-1),
        ..refused_token()
    };
    let call = async |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        Err::<(), _>(busy())
    };
    stage.clock.advance(10);
    assert_eq!(
        stage.wechat.tokens().with_token(&stage.app, call).await,
        Err(busy())
    );
    assert_eq!((calls.into_inner(), stage.asked(TOKEN)), (1, 1));
}
