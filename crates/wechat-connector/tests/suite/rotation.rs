//! A secret that is replaced: nobody may notice.

use crate::stage::{APPID, LOGIN, Stage, TOKEN, fate};
use hufu_core::{
    connector::{Fate, WechatConnector},
    event::{Actor, EventKind},
    reason::Reason,
};
use hufu_wxsim::FaultAction;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::task::JoinSet;

const PROMOTED: EventKind = EventKind::WechatAppSecretPromoted;

/// With the next secret given to us, and not yet in force at WeChat.
async fn prepared() -> Stage {
    let mut stage = Stage::set().await;
    let next = stage.sim.prepare_secret(APPID).unwrap();
    stage.app.next_secret = Some(next.into());
    stage.apps.put(stage.app.clone());
    stage
}

impl Stage {
    fn is_promoted(&self) -> bool {
        let kept = self.apps.credential(&self.app.appid).unwrap();
        let next = self.app.next_secret.as_ref().map(ExposeSecret::expose_secret);
        kept.next_secret.is_none() && Some(kept.secret.expose_secret()) == next
    }
}

#[tokio::test]
async fn until_it_is_in_force_the_next_secret_is_not_shown() {
    let stage = prepared().await;
    stage.log_in().await.unwrap();
    assert_eq!(stage.asked(LOGIN), 1);
    assert!(!stage.is_promoted());
}

#[tokio::test]
async fn once_it_is_in_force_the_same_code_brings_the_person_in_and_it_is_the_current_one() {
    let stage = prepared().await;
    stage.sim.activate_secret(APPID).unwrap();
    let code = stage.code();
    stage.finish(&code).await.unwrap();
    assert_eq!(stage.asked(LOGIN), 2);
    assert!(stage.is_promoted());
    let events = stage.apps.events();
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].kind, &events[0].actor, events[0].target.as_str()),
        (PROMOTED, &Actor::System, APPID)
    );

    // The code is used like any other.
    assert_eq!(
        fate(stage.finish(&code).await),
        Some(Fate::Rejected(Reason::WxCodeUsed))
    );
    // Caches that still have the old credential do no harm: what was right last time goes first.
    for calls in 3..6 {
        stage.log_in().await.unwrap();
        assert_eq!(stage.asked(LOGIN), calls);
    }
    assert_eq!(stage.apps.event_kinds(), [PROMOTED]);
}

#[tokio::test]
async fn an_access_token_is_fetched_with_either_too() {
    let stage = prepared().await;
    stage.sim.activate_secret(APPID).unwrap();
    stage.phone().await.unwrap();
    assert_eq!(stage.asked(TOKEN), 2);
    assert!(stage.is_promoted());
    assert_eq!(stage.apps.event_kinds(), [PROMOTED]);
    stage.phone().await.unwrap();
    // Once a cache has the new credential, the token of the same secret is in the store.
    let promoted = stage.apps.credential(&stage.app.appid).unwrap();
    stage
        .wechat
        .phone(&promoted, &stage.alice(), &stage.phone_code())
        .await
        .unwrap();
    assert_eq!(stage.asked(TOKEN), 2);
}

#[tokio::test]
async fn another_node_promotes_nothing_twice() {
    let stage = prepared().await;
    stage.sim.activate_secret(APPID).unwrap();
    stage.log_in().await.unwrap();
    let node = stage.another_node();
    node.finish(&stage.app, &stage.code()).await.unwrap();
    node.finish(&stage.app, &stage.code()).await.unwrap();
    assert_eq!(stage.asked(LOGIN), 2 + 2 + 1);
    assert_eq!(stage.apps.event_kinds(), [PROMOTED]);
}

#[tokio::test]
async fn a_store_that_is_away_is_told_later() {
    let stage = prepared().await;
    stage.sim.activate_secret(APPID).unwrap();
    stage.apps.set_away(true);
    stage.log_in().await.unwrap();
    stage.apps.set_away(false);
    stage.log_in().await.unwrap();
    assert!(!stage.is_promoted(), "not with every login");
    stage.advance(30);
    stage.log_in().await.unwrap();
    assert!(stage.is_promoted());
    assert_eq!(stage.apps.event_kinds(), [PROMOTED]);
    assert_eq!(stage.asked(LOGIN), 4);
}

#[tokio::test]
async fn where_neither_is_right_the_operator_must_act() {
    let stage = prepared().await;
    stage.sim.rotate_secret(APPID).unwrap();
    let error = stage.log_in().await.unwrap_err();
    assert_eq!(
        (error.fate, error.upstream_code),
        (Fate::Misconfigured, Some(40125))
    );
    assert_eq!(stage.asked(LOGIN), 2);
    assert!(!stage.is_promoted());
    assert!(stage.apps.events().is_empty());
}

#[tokio::test]
async fn a_next_secret_that_is_right_no_more_gives_way_to_the_current_one() {
    let mut stage = prepared().await;
    let old = stage.app.secret.clone();
    stage.sim.activate_secret(APPID).unwrap();
    stage.log_in().await.unwrap();
    // The operator goes back, and a cache still has both.
    let back = hufu_wxsim::AppChange {
        secret: Some(old.expose_secret().into()),
        ..Default::default()
    };
    stage.sim.change_app(APPID, back).unwrap();
    let asked = stage.asked(LOGIN);
    stage.log_in().await.unwrap();
    assert_eq!(stage.asked(LOGIN), asked + 2);
    stage.log_in().await.unwrap();
    assert_eq!(stage.asked(LOGIN), asked + 3);
    stage.app.next_secret = None;
    stage.log_in().await.unwrap();
}

#[tokio::test]
async fn whoever_is_refused_for_another_reason_is_refused_once() {
    let stage = prepared().await;
    for code in [40029, 40163, 40226, 40013, 40164, 45009, -1] {
        let asked = stage.asked(LOGIN);
        stage.fault(crate::stage::errcode(code));
        stage.log_in().await.unwrap_err();
        assert_eq!(stage.asked(LOGIN), asked + 1, "{code}");
    }
}

#[tokio::test]
async fn a_proof_is_of_the_current_secret_alone() {
    let stage = prepared().await;
    stage.sim.activate_secret(APPID).unwrap();
    let error = stage.wechat.prove(&stage.app).await.unwrap_err();
    assert_eq!(error.upstream_code, Some(40125));
    assert_eq!(stage.asked(TOKEN), 1);
    let mut next = stage.app.clone();
    next.secret = next.next_secret.take().unwrap();
    stage.wechat.prove(&next).await.unwrap();
    assert!(stage.apps.events().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_logins_under_way_while_it_changes_none_fails() {
    let stage = Arc::new(prepared().await);
    stage.fault(FaultAction::Delay { ms: 1, jitter: 5 });
    let mut logins = JoinSet::new();
    for n in 0..60 {
        let stage = Arc::clone(&stage);
        logins.spawn(async move {
            if n == 20 {
                stage.sim.activate_secret(APPID).unwrap();
            }
            let code: SecretString = stage.sim.login_code(APPID, format!("person-{n}")).unwrap().into();
            stage.finish(&code).await.is_ok()
        });
    }
    assert!(logins.join_all().await.into_iter().all(|is_in| is_in));
    assert!(stage.is_promoted());
    assert_eq!(stage.apps.event_kinds(), [PROMOTED]);
}
