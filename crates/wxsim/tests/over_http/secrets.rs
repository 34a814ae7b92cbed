//! The next secret of an app.

use hufu_wxsim::Refusal;
use serde_json::json;

use crate::support::{APP_1, start};

#[tokio::test]
async fn prepared_secret_works_only_once_it_is_activated_and_the_old_one_then_no_more() {
    let site = start().await;
    let app = site.app(APP_1);
    let next = site.sim.prepare_secret(&app).unwrap();
    assert_ne!(next, app.secret());
    assert_eq!(site.stable(&app).await.errcode(), 0);
    let ahead = json!({"grant_type": "client_credential", "appid": APP_1, "secret": next});
    assert_eq!(site.post(crate::support::STABLE, &ahead).await.errcode(), 40125);
    let activated = site.sim.activate_secret(&app).unwrap();
    assert_eq!(
        (activated.secret(), activated.next_secret()),
        (next.as_str(), None)
    );
    assert_eq!(site.stable(&app).await.errcode(), 40125);
    assert_eq!(site.login(&activated, "alice").await.errcode(), 0);
    assert_eq!(
        site.sim.activate_secret(&app),
        Err(Refusal::NoNextSecret(APP_1.into()))
    );
}

#[tokio::test]
async fn no_secret_is_drawn_twice() {
    let site = start().await;
    let app = site.app(APP_1);
    let rotated = site.sim.rotate_secret(&app).unwrap().secret().to_owned();
    let next = site.sim.prepare_secret(&app).unwrap();
    let again = site.sim.prepare_secret(&app).unwrap();
    assert_eq!(
        std::collections::BTreeSet::from([app.secret(), &rotated, &next, &again]).len(),
        4
    );
}

#[tokio::test]
async fn secrets_are_prepared_and_activated_over_http_too() {
    let site = start().await;
    let spec = json!({"appid": APP_1, "secret": "s1", "next_secret": "s2"});
    assert_eq!(
        site.control("POST", "apps", Some(spec.clone())).await.json(),
        spec
    );
    let app = format!("apps/{APP_1}");
    let change = async |change| site.control("PATCH", &app, Some(change)).await;
    let activated = change(json!({"activate_secret": true})).await;
    assert_eq!(activated.json(), json!({"appid": APP_1, "secret": "s2"}));
    let refused = change(json!({"activate_secret": true, "frozen": true})).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (409, &json!("no_next_secret"))
    );
    assert!(!site.sim.state().apps[0].frozen);
    let prepared = change(json!({"prepare_secret": true})).await.json();
    let next = prepared["next_secret"].as_str().unwrap();
    let state = site.control("GET", "state", None).await.text;
    assert!(!state.contains(next), "{state}");
    let revealed = site.control("GET", "state?secrets=true", None).await.json();
    assert_eq!(revealed["apps"][0]["next_secret"], next);
}
