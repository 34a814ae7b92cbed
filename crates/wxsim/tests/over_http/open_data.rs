//! Encrypted data: right, and broken in one way at a time.

use hufu_wxsim::{App, DataKind, Refusal, SessionKeyRotation, Tamper};
use serde_json::{Value, json};

use crate::crypto::{bytes_of, open_data, sha1_hex, sha256_hex};
use crate::support::{APP_1, CHECK_DATA, START, Site, start};

/// An app with alice logged in, and her session key.
async fn site() -> (Site, App, String) {
    let site = start().await;
    let app = site
        .sim
        .app(APP_1)
        .session_keys(SessionKeyRotation::Never)
        .create()
        .unwrap();
    site.login(&app, "alice").await;
    let key = site.sim.session_key(&app, "alice").unwrap();
    (site, app, key)
}

fn watermark(plaintext: &str) -> Value {
    serde_json::from_str::<Value>(plaintext).unwrap()["watermark"].clone()
}

#[tokio::test]
async fn user_info_opens_with_the_session_key_and_its_raw_data_is_signed() {
    let (site, app, key) = site().await;
    let account = site.sim.open_account();
    for unionid in [Value::Null, site.sim.unionid(&account, "alice").into()] {
        let data = site
            .sim
            .encrypted_data(&app, "alice", DataKind::UserInfo)
            .unwrap();
        let text = open_data(&data.encrypted_data, &key, &data.iv).unwrap();
        let info: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(info["openId"], site.sim.openid(&app, "alice"));
        assert_eq!(info["unionId"], unionid);
        assert_eq!(info["watermark"], json!({"timestamp": START, "appid": APP_1}));
        assert_eq!(data.signature, sha1_hex(&format!("{}{key}", data.raw_data)));
        let raw: Value = serde_json::from_str(&data.raw_data).unwrap();
        for (name, value) in raw.as_object().unwrap() {
            assert_eq!(&info[name], value, "{name}");
        }
        assert!(raw.get("openId").is_none() && raw.get("watermark").is_none());
        site.sim.bind(&app, &account).unwrap();
    }
}

#[tokio::test]
async fn phone_opens_with_the_session_key() {
    let (site, app, key) = site().await;
    site.sim.user("bob").phone("+85251234567").create().unwrap();
    let data = site.sim.encrypted_data(&app, "alice", DataKind::Phone).unwrap();
    let pure = site.sim.phone_of("alice").replace("+86", "");
    assert_eq!(
        open_data(&data.encrypted_data, &key, &data.iv).unwrap(),
        format!(
            "{{\"phoneNumber\":\"{pure}\",\"purePhoneNumber\":\"{pure}\",\"countryCode\":\"86\",\
             \"watermark\":{{\"timestamp\":{START},\"appid\":\"{APP_1}\"}}}}"
        )
    );
    assert_eq!((data.raw_data, data.signature), (String::new(), String::new()));
    let again = site.sim.encrypted_data(&app, "alice", DataKind::Phone).unwrap();
    assert_ne!(again.iv, data.iv);
    let nobody = site.sim.encrypted_data(&app, "bob", DataKind::Phone);
    assert!(matches!(nobody, Err(Refusal::NeverLoggedIn { .. })));
}

#[tokio::test]
async fn data_under_a_retired_key_does_not_open_with_the_next() {
    let (site, app, key) = site().await;
    let data = site.sim.encrypted_data(&app, "alice", DataKind::Phone).unwrap();
    site.sim.rotate_session_key(&app, "alice");
    let next = site.sim.session_key(&app, "alice").unwrap();
    assert!(open_data(&data.encrypted_data, &key, &data.iv).is_some());
    let garbage = open_data(&data.encrypted_data, &next, &data.iv);
    assert!(garbage.is_none_or(|text| !text.starts_with('{')));
}

#[tokio::test]
async fn each_tamper_breaks_exactly_one_thing() {
    let (site, app, key) = site().await;
    for kind in [DataKind::UserInfo, DataKind::Phone] {
        let tampered = |tamper| {
            let data = site.sim.tampered_data(&app, "alice", kind, tamper).unwrap();
            (open_data(&data.encrypted_data, &key, &data.iv), data)
        };
        let (garbage, _) = tampered(Tamper::Key);
        assert!(garbage.is_none_or(|text| !text.starts_with('{')));
        // Only the first block depends on the initial vector.
        let text = tampered(Tamper::Iv).0.unwrap();
        assert!(!text.starts_with('{') && text.ends_with('}'), "{text}");
        assert_eq!(tampered(Tamper::Pad).0, None);
        let (cut, data) = tampered(Tamper::Truncate);
        assert_eq!((cut, bytes_of(&data.encrypted_data).len() % 16), (None, 11));
        let text = tampered(Tamper::Appid).0.unwrap();
        assert_ne!(watermark(&text)["appid"], APP_1);
        assert_eq!(watermark(&text)["timestamp"], START);
        let text = tampered(Tamper::Age).0.unwrap();
        assert_eq!(
            watermark(&text),
            json!({"timestamp": START - 24 * 3600, "appid": APP_1})
        );
    }
}

#[tokio::test]
async fn wechat_knows_what_it_made_within_three_days() {
    let (site, app, _) = site().await;
    let data = site.sim.encrypted_data(&app, "alice", DataKind::Phone).unwrap();
    let forged = site
        .sim
        .tampered_data(&app, "alice", DataKind::Phone, Tamper::Key)
        .unwrap();
    let check = async |encrypted: &str| {
        let token = site.token(&app).await;
        let body = json!({"encrypted_msg_hash": sha256_hex(encrypted)});
        site.call(CHECK_DATA, &token, &body).await.text
    };
    let known = format!("{{\"errcode\":0,\"errmsg\":\"ok\",\"vaild\":true,\"create_time\":{START}}}");
    let unknown = "{\"errcode\":0,\"errmsg\":\"ok\",\"vaild\":false,\"create_time\":0}";
    assert_eq!(check(&forged.encrypted_data).await, unknown);
    site.sim.advance(3 * 24 * 3600).unwrap();
    assert_eq!(check(&data.encrypted_data).await, known);
    site.sim.advance(1).unwrap();
    assert_eq!(check(&data.encrypted_data).await, unknown);
    let token = site.token(&app).await;
    assert_eq!(site.call(CHECK_DATA, &token, &json!({})).await.errcode(), 40097);
    assert_eq!(site.call(CHECK_DATA, &token, &json!([])).await.errcode(), 47001);
}

#[tokio::test]
async fn data_comes_over_http_too() {
    let (site, _, key) = site().await;
    let wanted = json!({"appid": APP_1, "user": "alice", "kind": "userinfo"});
    let data = site.control("POST", "encrypted-data", Some(wanted)).await.json();
    let text = |data: &Value, name: &str| data[name].as_str().unwrap().to_owned();
    let opened = open_data(&text(&data, "encryptedData"), &key, &text(&data, "iv")).unwrap();
    assert_eq!(watermark(&opened)["appid"], APP_1);
    let signed = format!("{}{key}", text(&data, "rawData"));
    assert_eq!(text(&data, "signature"), sha1_hex(&signed));
    let wanted = json!({"appid": APP_1, "user": "alice", "kind": "phone", "tamper": {"pad": true}});
    let data = site.control("POST", "encrypted-data", Some(wanted)).await.json();
    assert_eq!(
        open_data(&text(&data, "encryptedData"), &key, &text(&data, "iv")),
        None
    );
}
