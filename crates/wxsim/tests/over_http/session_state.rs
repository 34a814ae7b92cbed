//! Login states: checking a session key, replacing it, and the keys that are derived for the app's server.

use hufu_wxsim::{App, SessionKeyRotation};
use serde_json::{Value, json};

use crate::crypto::login_signature;
use crate::support::{APP_1, APP_2, Answer, ENCRYPT_KEY, START, Site, start};

const CHECK: &str = "/wxa/checksession";
const RESET: &str = "/wxa/resetusersessionkey";

/// An app whose logins keep the session key, with alice logged in; and its access token.
async fn site() -> (Site, App, String) {
    let site = start().await;
    let app = site
        .sim
        .app(APP_1)
        .session_keys(SessionKeyRotation::Never)
        .create()
        .unwrap();
    site.login(&app, "alice").await;
    let token = site.token(&app).await;
    (site, app, token)
}

async fn ask(site: &Site, path: &str, token: &str, openid: &str, session_key: &str) -> Answer {
    let signature = login_signature(session_key);
    let query = [
        ("access_token", token),
        ("openid", openid),
        ("signature", &signature),
        ("sig_method", "hmac_sha256"),
    ];
    site.get(path, &query).await
}

#[tokio::test]
async fn session_is_valid_with_the_key_in_force_alone() {
    let (site, app, token) = site().await;
    let openid = site.sim.openid(&app, "alice");
    let key = site.sim.session_key(&app, "alice").unwrap();
    let valid = ask(&site, CHECK, &token, &openid, &key).await;
    assert_eq!(valid.text, "{\"errcode\":0,\"errmsg\":\"ok\"}");
    assert_eq!(valid.content_type, "application/json; encoding=utf-8");
    site.sim.rotate_session_key(&app, "alice");
    let stale = ask(&site, CHECK, &token, &openid, &key).await;
    assert_eq!(stale.errcode(), 87009);
    assert!(stale.text.contains("invalid signature rid: "), "{}", stale.text);
    let next = site.sim.session_key(&app, "alice").unwrap();
    assert_eq!(ask(&site, CHECK, &token, &openid, &next).await.errcode(), 0);
}

#[tokio::test]
async fn openid_must_be_one_of_the_app_and_the_method_hmac() {
    let (site, app, token) = site().await;
    let other = site.app(APP_2);
    site.login(&other, "alice").await;
    let key = site.sim.session_key(&app, "alice").unwrap();
    for openid in [
        "nonsense".to_owned(),
        site.sim.openid(&app, "bob"),
        site.sim.openid(&other, "alice"),
    ] {
        assert_eq!(ask(&site, CHECK, &token, &openid, &key).await.errcode(), 40003);
    }
    let (openid, signature) = (site.sim.openid(&app, "alice"), login_signature(&key));
    let without_method = [
        ("access_token", token.as_str()),
        ("openid", &openid),
        ("signature", &signature),
    ];
    assert_eq!(site.get(CHECK, &without_method).await.errcode(), 40097);
    let another_method = [without_method.as_slice(), &[("sig_method", "md5")]].concat();
    assert_eq!(site.get(CHECK, &another_method).await.errcode(), 40097);
    let query = [("openid", openid.as_str()), ("signature", &signature)];
    assert_eq!(site.get(CHECK, &query).await.errcode(), 41001);
    assert_eq!(
        ask(&site, CHECK, "nonsense", &openid, &key).await.errcode(),
        40001
    );
}

#[tokio::test]
async fn reset_answers_with_a_new_key_and_kills_the_old() {
    let (site, app, token) = site().await;
    let openid = site.sim.openid(&app, "alice");
    let key = site.sim.session_key(&app, "alice").unwrap();
    let reset = ask(&site, RESET, &token, &openid, &key).await;
    let next = site.sim.session_key(&app, "alice").unwrap();
    assert_ne!(next, key);
    assert_eq!(
        reset.text,
        format!("{{\"errcode\":0,\"errmsg\":\"ok\",\"openid\":\"{openid}\",\"session_key\":\"{next}\"}}")
    );
    assert_eq!(ask(&site, RESET, &token, &openid, &key).await.errcode(), 87009);
    assert_eq!(ask(&site, CHECK, &token, &openid, &next).await.errcode(), 0);
    assert_eq!(site.login(&app, "alice").await.json()["session_key"], next);
}

#[tokio::test]
async fn encrypt_keys_are_three_and_roll_every_hour() {
    let (site, app, token) = site().await;
    let openid = site.sim.openid(&app, "alice");
    let key = site.sim.session_key(&app, "alice").unwrap();
    let listed = |answer: Answer| answer.json()["key_info_list"].as_array().unwrap().clone();
    let before = listed(ask(&site, ENCRYPT_KEY, &token, &openid, &key).await);
    assert_eq!(before.len(), 3);
    for (age, info) in before.iter().enumerate() {
        let text = |name: &str| info[name].as_str().unwrap().to_owned();
        assert_eq!((text("encrypt_key").len(), text("iv").len()), (24, 16));
        let number = |name: &str| info[name].as_i64().unwrap();
        let created_at = START - START % 3600 - 3600 * i64::try_from(age).unwrap();
        assert_eq!(number("create_time"), created_at);
        assert_eq!(number("expire_in"), (created_at + 3600 - START).max(0));
        assert_eq!(number("version"), created_at / 3600);
    }
    assert_eq!(
        json!(site.sim.user_encrypt_keys(&app, "alice")),
        Value::from(before.clone())
    );
    site.sim.advance(3600).unwrap();
    let query = format!(
        "{ENCRYPT_KEY}?access_token={token}&openid={openid}&signature={}&sig_method=hmac_sha256",
        login_signature(&key)
    );
    let after = listed(site.post(&query, &json!({})).await);
    assert_ne!(after[0]["encrypt_key"], before[0]["encrypt_key"]);
    assert_eq!(after[1]["encrypt_key"], before[0]["encrypt_key"]);
    assert_eq!(after[2]["encrypt_key"], before[1]["encrypt_key"]);
    assert_ne!(
        site.sim.user_encrypt_keys(&app, "bob")[0].encrypt_key,
        after[0]["encrypt_key"]
    );
    let wrong = ask(&site, ENCRYPT_KEY, &token, &openid, "another").await;
    assert_eq!(wrong.errcode(), 87009);
}

#[tokio::test]
async fn signatures_and_session_keys_are_masked_in_the_log() {
    let (site, app, token) = site().await;
    let openid = site.sim.openid(&app, "alice");
    let key = site.sim.session_key(&app, "alice").unwrap();
    ask(&site, CHECK, &token, &openid, &key).await;
    let record = &site.sim.requests(CHECK)[0];
    assert_eq!(
        (
            record.query["signature"].as_str(),
            record.query["access_token"].as_str()
        ),
        ("***", "***")
    );
    assert_eq!(record.appid.as_deref(), Some(APP_1));
}
