//! What the simulator remembers of its callers.

use hufu_wxsim::Config;
use serde_json::json;

use crate::support::{APP_1, APP_2, LOGIN, STABLE, config, start, start_with};

#[tokio::test]
async fn secrets_are_masked_unless_asked_for() {
    let site = start().await;
    let app = site.app(APP_1);
    let code = site.code(&app, "alice");
    site.exchange(&app, &code).await;
    site.stable(&app).await;
    let masked = site.control("GET", "requests", None).await.text;
    assert!(
        !masked.contains(app.secret()) && !masked.contains(&code),
        "{masked}"
    );
    assert!(masked.contains(APP_1));
    let revealed = site.control("GET", "requests?secrets=true", None).await.json();
    assert_eq!(revealed[0]["query"]["secret"], app.secret());
    assert_eq!(revealed[0]["query"]["js_code"], code);
    assert_eq!(revealed[1]["body"]["secret"], app.secret());
}

#[tokio::test]
async fn secret_in_a_body_that_is_not_json_is_masked_too() {
    let site = start().await;
    let url = format!("{}{STABLE}", site.sim.url());
    site.client.post(url).body("secret=hush").send().await.unwrap();
    assert!(!site.control("GET", "requests", None).await.text.contains("hush"));
    assert_eq!(
        site.sim.requests_with_secrets(STABLE)[0].body,
        Some(json!("secret=hush"))
    );
}

#[tokio::test]
async fn log_is_bounded_and_forgets_the_oldest() {
    let site = start_with(Config {
        request_log_capacity: 3,
        ..config()
    })
    .await;
    let app = site.app(APP_1);
    for _ in 0..5 {
        site.exchange(&app, "nonsense").await;
    }
    let serials: Vec<_> = site
        .sim
        .requests(LOGIN)
        .iter()
        .map(|request| request.serial)
        .collect();
    assert_eq!(serials, [3, 4, 5]);
    let state = site.sim.state();
    assert_eq!((state.requests_logged, state.requests_seen), (3, 5));
}

#[tokio::test]
async fn records_say_what_was_answered_and_can_be_selected_and_deleted() {
    let site = start().await;
    let (first, second) = (site.app(APP_1), site.app(APP_2));
    site.login(&first, "alice").await;
    site.exchange(&second, "nonsense").await;
    site.stable(&second).await;
    let all = site.control("GET", "requests", None).await.json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(
        (&all[0]["status"], &all[0]["errcode"]),
        (&json!(200), &json!(null))
    );
    assert_eq!(all[1]["errcode"], 40029);
    let selected = site
        .control("GET", &format!("requests?appid={APP_2}&path={LOGIN}"), None)
        .await
        .json();
    assert_eq!(selected.as_array().unwrap().len(), 1);
    assert_eq!(
        site.control("DELETE", &format!("requests?appid={APP_2}"), None)
            .await
            .status,
        204
    );
    assert_eq!(
        site.control("GET", "requests", None)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
