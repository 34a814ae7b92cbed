//! What the control plane refuses about phones, data, messages and API security.

use serde_json::{Value, json};

use crate::support::{APP_1, APP_2, Site, start};

/// A request to the control plane, and what is wrong with it.
struct Refused<'a>(&'a str, &'a str, Value, u16, &'a str);

async fn assert_refused<const N: usize>(site: &Site, rows: [Refused<'_>; N]) {
    for Refused(method, path, body, status, error) in rows {
        let answer = site.control(method, path, Some(body.clone())).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (status, &json!(error)),
            "{path} {body}"
        );
    }
    assert!(site.sim.state().users.is_empty());
}

#[tokio::test]
async fn phones() {
    let site = start().await;
    site.app(APP_1);
    let tap = |appid, user, phone| json!({"appid": appid, "user": user, "phone": phone});
    let user = |phones: &[String]| json!({"id": "b", "phones": phones});
    let many: Vec<_> = (0..17).map(|last| format!("+861380013{last:04}")).collect();
    let path = "phone-codes";
    let rows = [
        Refused("POST", path, tap(APP_2, "a", None), 404, "unknown_app"),
        Refused("POST", path, tap(APP_1, "a", Some("1380")), 422, "invalid_phone"),
        Refused("POST", path, tap(APP_1, "", None), 422, "invalid_name"),
        Refused("POST", path, json!({"appid": APP_1}), 422, "invalid_json"),
        Refused("GET", path, json!({}), 405, "method_not_allowed"),
        Refused("POST", "users", user(&["+999".into()]), 422, "invalid_phone"),
        Refused("POST", "users", user(&many), 422, "too_many_phones"),
    ];
    assert_refused(&site, rows).await;
}

#[tokio::test]
async fn encrypted_data() {
    let site = start().await;
    site.app(APP_1);
    let wanted =
        |appid, kind, tamper: Value| json!({"appid": appid, "user": "a", "kind": kind, "tamper": tamper});
    let two = json!({"iv": true, "key": true});
    let path = "encrypted-data";
    let rows = [
        Refused(
            "POST",
            path,
            wanted(APP_2, "phone", json!({})),
            404,
            "unknown_app",
        ),
        Refused(
            "POST",
            path,
            wanted(APP_1, "phone", json!({})),
            409,
            "never_logged_in",
        ),
        Refused(
            "POST",
            path,
            wanted(APP_1, "address", json!({})),
            422,
            "invalid_json",
        ),
        Refused(
            "POST",
            path,
            wanted(APP_1, "phone", json!({"all": true})),
            422,
            "invalid_json",
        ),
        Refused("POST", path, wanted(APP_1, "phone", two), 422, "invalid_tamper"),
    ];
    assert_refused(&site, rows).await;
}

#[tokio::test]
async fn secrets_and_api_security() {
    let site = start().await;
    site.app(APP_1);
    let app = format!("apps/{APP_1}");
    let security = format!("{app}/api-security");
    let others = format!("apps/{APP_2}/api-security");
    let key = json!({"public_key": ""});
    let rows = [
        Refused(
            "PATCH",
            &app,
            json!({"activate_secret": true}),
            409,
            "no_next_secret",
        ),
        Refused("PATCH", &app, json!({"next_secret": ""}), 422, "empty_secret"),
        Refused("POST", &security, key.clone(), 422, "invalid_public_key"),
        Refused("POST", &others, key, 404, "unknown_app"),
        Refused("DELETE", &others, json!({}), 404, "unknown_app"),
    ];
    assert_refused(&site, rows).await;
}

#[tokio::test]
async fn events() {
    let site = start().await;
    site.app(APP_1);
    let app = format!("apps/{APP_1}");
    let verify = format!("{app}/verify-push-url");
    let push = |url: &str| {
        let key = "a".repeat(43);
        json!({"push": {"url": url, "token": "t", "encoding_aes_key": key, "format": "xml"}})
    };
    let event = |appid, kind| json!({"appid": appid, "type": kind, "user": "a"});
    let two = json!({"appid": APP_1, "type": "x", "user": "a", "replay": true});
    let again = json!({"appid": APP_1, "replay": true});
    let rows = [
        Refused("PATCH", &app, push("http://192.0.2.1/"), 422, "invalid_push"),
        Refused("PATCH", &app, push("nonsense"), 422, "invalid_push"),
        Refused("POST", "events", event(APP_1, "x"), 409, "no_push"),
        Refused("POST", "events", event(APP_2, "x"), 404, "unknown_app"),
        Refused("POST", "events", event(APP_1, ""), 422, "invalid_name"),
        Refused(
            "POST",
            "events",
            json!({"appid": APP_1, "type": "x"}),
            422,
            "invalid_event",
        ),
        Refused("POST", "events", two, 422, "invalid_event"),
        Refused("POST", "events", again, 409, "nothing_sent"),
        Refused("POST", &verify, json!({}), 409, "no_push"),
    ];
    assert_refused(&site, rows).await;
}

#[tokio::test]
async fn server_that_does_not_answer_is_a_bad_gateway() {
    let site = start().await;
    // Nobody listens at port 1.
    let gone = "http://127.0.0.1:1/";
    let push = json!({"url": gone, "token": "t", "encoding_aes_key": "a".repeat(43), "format": "xml"});
    site.control("POST", "apps", Some(json!({"appid": APP_1, "push": push})))
        .await;
    let event = json!({"appid": APP_1, "type": "user_info_modified", "user": "alice"});
    let failed = site.control("POST", "events", Some(event)).await;
    assert_eq!(
        (failed.status, &failed.json()["error"]),
        (502, &json!("push_unreachable"))
    );
}
