//! Faults that are about phone numbers, and those that find their app by its access token.

use hufu_wxsim::{Fault, FaultAction, Preset};
use serde_json::{Value, json};

use crate::support::{APP_1, APP_2, PHONE, START, Site, start};

/// The answer to a phone code of alice's while this fault is in force.
async fn struck_by(site: &Site, fault: impl Into<Fault>) -> Value {
    let app = site.app(APP_1);
    let token = site.token(&app).await;
    let code = site.sim.phone_code_for(&app, "alice", "+8613800138000").unwrap();
    site.sim.fault(fault).unwrap();
    site.phone(&token, &code).await.json()
}

#[tokio::test]
async fn country_code_as_number_is_not_a_text() {
    let site = start().await;
    let answer = struck_by(&site, FaultAction::CountryCodeAsNumber).await;
    assert_eq!(answer["phone_info"]["countryCode"], 86);
    assert_eq!(answer["phone_info"]["purePhoneNumber"], "13800138000");
}

#[tokio::test]
async fn watermark_appid_names_another_app() {
    let site = start().await;
    let answer = struck_by(&site, FaultAction::WatermarkAppid(APP_2.into())).await;
    assert_eq!(
        answer["phone_info"]["watermark"],
        json!({"timestamp": START, "appid": APP_2})
    );
}

#[tokio::test]
async fn watermark_age_makes_it_older_or_newer() {
    for seconds in [3600, -3600] {
        let site = start().await;
        let answer = struck_by(&site, FaultAction::WatermarkAge { seconds }).await;
        assert_eq!(
            answer["phone_info"]["watermark"],
            json!({"timestamp": START - seconds, "appid": APP_1})
        );
    }
}

#[tokio::test]
async fn phone_faults_leave_other_answers_alone() {
    let site = start().await;
    let app = site.app(APP_1);
    for action in [
        FaultAction::CountryCodeAsNumber,
        FaultAction::WatermarkAppid(APP_2.into()),
        FaultAction::WatermarkAge { seconds: 1 },
        FaultAction::BadResponseSignature,
        FaultAction::StaleResponseTimestamp,
    ] {
        site.sim.clear_faults();
        site.sim.fault(action).unwrap();
        assert_eq!(site.login(&app, "alice").await.errcode(), 0);
    }
}

#[tokio::test]
async fn phone_faults_come_over_http_too() {
    let site = start().await;
    let on_phone = |action: Value| json!({"match": {"path": PHONE}, "action": action});
    for action in [
        json!("country_code_as_number"),
        json!("watermark_age"),
        json!({"watermark_age": {"seconds": 601}}),
        json!({"watermark_appid": APP_2}),
        json!("bad_response_signature"),
        json!("stale_response_timestamp"),
    ] {
        let answer = site
            .control("POST", "faults", Some(on_phone(action.clone())))
            .await;
        assert_eq!(answer.status, 201, "{action}");
    }
    let far = json!({"watermark_age": {"seconds": 32_000_000}});
    assert_eq!(
        site.control("POST", "faults", Some(on_phone(far))).await.json()["error"],
        "invalid_fault"
    );
}

#[tokio::test]
async fn fault_for_an_app_finds_it_by_its_access_token() {
    let site = start().await;
    let (first, second) = (site.app(APP_1), site.app(APP_2));
    let fault = Fault::from(Preset::Busy).for_app(&second);
    for (app, errcode) in [(&first, 0), (&second, -1)] {
        let token = site.token(app).await;
        let code = site.sim.phone_code(app, "alice").unwrap();
        site.sim.fault(fault.clone()).unwrap();
        assert_eq!(site.phone(&token, &code).await.errcode(), errcode);
        site.sim.clear_faults();
    }
}

#[tokio::test]
async fn lost_answer_uses_the_code_up() {
    let site = start().await;
    let app = site.app(APP_1);
    let token = site.token(&app).await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    site.sim.fault(FaultAction::DropAfterCommit).unwrap();
    let url = format!("{}{PHONE}?access_token={token}", site.sim.url());
    let lost = site.client.post(url).json(&json!({"code": code})).send().await;
    assert!(lost.is_err());
    site.sim.clear_faults();
    assert_eq!(site.phone(&token, &code).await.errcode(), 40029);
}
