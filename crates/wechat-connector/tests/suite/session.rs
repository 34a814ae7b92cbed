//! Session keys at WeChat: whether one is in force, replacing it, and what else it gives.

use crate::stage::{APPID, Stage, errcode, fate, is_unavailable};
use hufu_core::{
    connector::{Fate, WechatConnector},
    reason::Reason,
    wechat_session::SessionKey,
};
use hufu_wxsim::Fault;
use secrecy::ExposeSecret;

const CHECK: &str = "/wxa/checksession";
const RESET: &str = "/wxa/resetusersessionkey";
const ENCRYPT: &str = "/wxa/business/getuserencryptkey";
const MISSING: Option<Fate> = Some(Fate::Rejected(Reason::SessionKeyMissing));

/// With Alice logged in, and her key.
async fn set() -> (Stage, SessionKey) {
    let stage = Stage::set().await;
    let key = stage.log_in().await.unwrap().session_key;
    (stage, key)
}

#[tokio::test]
async fn a_key_is_in_force_until_there_is_another() {
    let (stage, key) = set().await;
    let alice = stage.alice();
    let check = || stage.wechat.check_session(&stage.app, &alice, &key);
    assert_eq!(check().await, Ok(true));
    stage.sim.rotate_session_key(APPID, "alice");
    assert_eq!(check().await, Ok(false));

    let requests = stage.sim.requests_with_secrets(CHECK);
    let names: Vec<_> = requests[0].query.keys().collect();
    assert_eq!(names, ["access_token", "openid", "sig_method", "signature"]);
    assert_eq!(requests[0].query["sig_method"], "hmac_sha256");
    assert!(
        !format!("{requests:?}").contains(key.text()),
        "the key itself is not sent"
    );
}

#[tokio::test]
async fn a_reset_gives_a_new_key_and_the_old_one_is_dead() {
    let (stage, key) = set().await;
    let alice = stage.alice();
    let new = stage
        .wechat
        .reset_session_key(&stage.app, &alice, &key)
        .await
        .unwrap();
    assert_ne!(new.text(), key.text());
    assert_eq!(stage.sim.session_key(APPID, "alice").as_deref(), Some(new.text()));
    assert_eq!(
        stage.wechat.check_session(&stage.app, &alice, &new).await,
        Ok(true)
    );
    assert_eq!(
        stage.wechat.check_session(&stage.app, &alice, &key).await,
        Ok(false)
    );
    let again = stage.wechat.reset_session_key(&stage.app, &alice, &key).await;
    assert_eq!(fate(again), MISSING);
    assert_eq!(stage.asked(RESET), 2);
}

#[tokio::test]
async fn encryption_keys_come_newest_first() {
    let (stage, key) = set().await;
    stage.advance(3_700);
    let keys = stage
        .wechat
        .encrypt_keys(&stage.app, &stage.alice(), &key)
        .await
        .unwrap();
    let expected = stage.sim.user_encrypt_keys(APPID, "alice");
    assert!(expected.len() > 1);
    assert_eq!(keys.len(), expected.len());
    for (key, expected) in keys.iter().zip(expected) {
        assert_eq!(key.version, expected.version);
        assert_eq!(key.encrypt_key.expose_secret(), expected.encrypt_key);
        assert_eq!(key.iv.expose_secret(), expected.iv);
    }
    stage.sim.rotate_session_key(APPID, "alice");
    let refused = stage.wechat.encrypt_keys(&stage.app, &stage.alice(), &key).await;
    assert_eq!(fate(refused), MISSING);
}

#[tokio::test]
async fn where_wechat_does_not_say_nothing_is_decided() {
    let (stage, key) = set().await;
    let alice = stage.alice();
    for path in [CHECK, RESET, ENCRYPT] {
        stage.fault(Fault::new(errcode(-1)).on_path(path));
        let unavailable = match path {
            CHECK => is_unavailable(stage.wechat.check_session(&stage.app, &alice, &key).await),
            RESET => is_unavailable(stage.wechat.reset_session_key(&stage.app, &alice, &key).await),
            _ => is_unavailable(stage.wechat.encrypt_keys(&stage.app, &alice, &key).await),
        };
        assert!(unavailable, "{path}");
    }
}
