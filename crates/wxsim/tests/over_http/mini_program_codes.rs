//! Codes that open a page of a mini-program, and phones that read them.

use hufu_wxsim::{FaultAction, Preset, Refusal};
use serde_json::{Value, json};

use crate::support::{APP_1, APP_2, Site, client, start};

const PATH: &str = "/wxa/getwxacodeunlimit";
const SCENE: &str = "AbCdEfGhIjKlMnOpQr-_12";

async fn draw(site: &Site, token: &str, body: Value) -> (String, Vec<u8>) {
    let url = format!("{}{PATH}?access_token={token}", site.sim.url());
    let answer = client().post(url).body(body.to_string()).send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (kind, answer.bytes().await.unwrap().to_vec())
}

async fn errcode(site: &Site, token: &str, body: Value) -> Value {
    let (kind, body) = draw(site, token, body).await;
    assert_eq!(kind, "application/json; encoding=utf-8");
    serde_json::from_slice::<Value>(&body).unwrap()["errcode"].clone()
}

fn body() -> Value {
    json!({"scene": SCENE, "page": "pages/scan/index", "width": 480})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body[name] = value;
    body
}

#[tokio::test]
async fn a_code_is_a_png_and_opens_its_page_for_who_scans_it() {
    let site = start().await;
    let app = site.app(APP_1);
    let token = site.token(&app).await;
    let (kind, picture) = draw(&site, &token, body()).await;
    assert_eq!(kind, "image/png");
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
    let opened = site.sim.scan(&app, SCENE, "alice").unwrap();
    assert_eq!(opened.page, "pages/scan/index");
    assert_eq!(opened.query, format!("scene={SCENE}"));
    let url = format!("wxsim://{APP_1}/pages/scan/index?scene={SCENE}");
    assert_eq!(site.sim.scan_url(&url, "bob").unwrap().page, opened.page);
    site.app(APP_2);
    assert_eq!(site.sim.scan(APP_2, SCENE, "alice"), Err(Refusal::UnknownScene));
    assert_eq!(
        site.sim.scan(APP_1, "never-drawn", "alice"),
        Err(Refusal::UnknownScene)
    );
}

#[tokio::test]
async fn what_wechat_does_not_take_has_its_error_code() {
    let site = start().await;
    let app = site.sim.app(APP_1).pages(["pages/scan/index"]).create().unwrap();
    let token = site.token(&app).await;
    for (body, expected) in [
        (with("scene", json!("")), 40169),
        (with("scene", json!("x".repeat(33))), 40169),
        (with("scene", json!("a%20b")), 40169),
        (with("page", json!("/pages/scan/index")), 41030),
        (with("page", json!("pages/other")), 41030),
        (with("env_version", json!("beta")), 40097),
        (with("width", json!(279)), 40097),
        (json!([]), 47001),
    ] {
        assert_eq!(errcode(&site, &token, body.clone()).await, expected, "{body}");
    }
    assert_eq!(errcode(&site, "none", body()).await, 40001);
    let mut unpublished = with("page", json!("pages/other"));
    unpublished["check_path"] = json!(false);
    unpublished["env_version"] = json!("develop");
    assert_eq!(draw(&site, &token, unpublished).await.0, "image/png");
}

#[tokio::test]
async fn codes_are_limited_by_the_minute_and_faults_strike_them() {
    let site = start().await;
    let quotas = hufu_wxsim::QuotaLimits {
        codes_per_minute: Some(1),
        ..hufu_wxsim::QuotaLimits::default()
    };
    let app = site.sim.app(APP_1).quotas(quotas).create().unwrap();
    let token = site.token(&app).await;
    assert_eq!(draw(&site, &token, body()).await.0, "image/png");
    assert_eq!(errcode(&site, &token, body()).await, 45009);
    site.sim.advance(60).unwrap();
    site.sim.fault(Preset::Busy).unwrap();
    assert_eq!(errcode(&site, &token, body()).await, -1);
    site.sim.clear_faults();
    let action = FaultAction::Errcode {
        n: 41030,
        msg: "invalid page".into(),
    };
    site.sim.fault(action).unwrap();
    assert_eq!(errcode(&site, &token, body()).await, 41030);
}
