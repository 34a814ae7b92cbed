//! Steering over HTTP.

use hufu_wxsim::Config;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{APP_1, APP_2, LOGIN, START, Site, config, read, start, start_with};

#[tokio::test]
async fn code_is_minted_as_wx_login_does_for_a_user_nobody_has_heard_of() {
    let site = start().await;
    let app = site.app(APP_1);
    let minted = site
        .control("POST", "codes", Some(json!({"appid": APP_1, "user": "alice"})))
        .await;
    assert_eq!(minted.status, 200);
    let code = minted.json()["code"].as_str().unwrap().to_owned();
    assert_eq!(
        site.exchange(&app, &code).await.json()["openid"],
        site.sim.openid(&app, "alice")
    );
    assert_eq!(site.sim.state().users[0].id, "alice");
}

#[tokio::test]
async fn code_for_an_unknown_app_is_a_clear_404() {
    let site = start().await;
    let refused = site
        .control("POST", "codes", Some(json!({"appid": APP_1, "user": "alice"})))
        .await;
    assert_eq!(refused.status, 404);
    assert_eq!(refused.content_type, "application/json");
    let expected = json!({"error": "unknown_app", "message": format!("no app has the appid \"{APP_1}\"")});
    assert_eq!(refused.json(), expected);
    assert!(site.sim.state().users.is_empty());
}

#[tokio::test]
async fn apps_accounts_and_users_are_created_and_changed() {
    let site = start().await;
    let account = site
        .control("POST", "open-accounts", Some(json!({"id": "shop"})))
        .await;
    assert_eq!((account.status, account.json()), (201, json!({"id": "shop"})));
    assert_eq!(
        site.control("POST", "open-accounts", Some(json!({})))
            .await
            .json()["id"],
        "open-account-1"
    );
    let created = site
        .control(
            "POST",
            "apps",
            Some(json!({"appid": APP_1, "secret": "s3", "open_account": "shop"})),
        )
        .await;
    assert_eq!(
        (created.status, created.json()),
        (201, json!({"appid": APP_1, "secret": "s3"}))
    );
    let user = json!({"id": "alice", "risk_rank": 1});
    assert_eq!(site.control("POST", "users", Some(user)).await.status, 201);

    let app = format!("apps/{APP_1}");
    let rotated = site
        .control("PATCH", &app, Some(json!({"rotate_secret": true})))
        .await
        .json();
    assert_ne!(rotated["secret"], "s3");
    let change = json!({
        "secret": "s4", "frozen": true, "open_account": null, "ip_allow": ["10.0.0.1"],
        "session_key_rotation": {"after": 3600}, "quotas": {"logins_per_user_minute": null},
    });
    assert_eq!(
        site.control("PATCH", &app, Some(change)).await.json()["secret"],
        "s4"
    );
    let changed = site
        .control("PATCH", "users/alice", Some(json!({"blocked": true})))
        .await
        .json();
    assert_eq!(
        changed,
        json!({
            "id": "alice", "risk_rank": 1, "blocked": true, "closed": false,
            "phones": [site.sim.phone_of("alice")],
        })
    );

    let state = site.control("GET", "state?secrets=true", None).await.json();
    let shown = &state["apps"][0];
    assert_eq!((&shown["secret"], &shown["frozen"]), (&json!("s4"), &json!(true)));
    assert_eq!(shown["open_account"], json!(null));
    assert_eq!(shown["session_key_rotation"], json!({"after": 3600}));
    assert_eq!(shown["quotas"]["logins_per_user_minute"], json!(null));
    assert_eq!(shown["quotas"]["legacy_tokens_per_day"], 2000);
    assert!(!site.control("GET", "state", None).await.text.contains("s4"));
}

#[tokio::test]
async fn change_is_made_whole_or_not_at_all() {
    let site = start().await;
    site.app(APP_1);
    let change = json!({"frozen": true, "session_key_rotation": {"probability": 2}});
    assert_eq!(
        site.control("PATCH", &format!("apps/{APP_1}"), Some(change))
            .await
            .status,
        422
    );
    assert!(!site.sim.state().apps[0].frozen);
}

#[tokio::test]
async fn refusals_have_their_statuses() {
    let site = start().await;
    site.app(APP_1);
    site.sim.open_account_named("shop").unwrap();
    site.sim.user("alice").create().unwrap();
    let app = format!("apps/{APP_2}");
    let long_name = "x".repeat(129);
    let rows = [
        ("POST", "apps", json!({"appid": APP_1}), 409, "app_exists"),
        (
            "POST",
            "apps",
            json!({"appid": "wxDE30000000000002"}),
            422,
            "invalid_appid",
        ),
        (
            "POST",
            "apps",
            json!({"appid": APP_2, "secret": ""}),
            422,
            "empty_secret",
        ),
        (
            "POST",
            "apps",
            json!({"appid": APP_2, "open_account": "no"}),
            404,
            "unknown_open_account",
        ),
        (
            "POST",
            "apps",
            json!({"appid": APP_2, "color": "red"}),
            422,
            "invalid_json",
        ),
        ("PATCH", &app, json!({}), 404, "unknown_app"),
        (
            "POST",
            "open-accounts",
            json!({"id": "shop"}),
            409,
            "open_account_exists",
        ),
        ("POST", "users", json!({"id": "alice"}), 409, "user_exists"),
        (
            "POST",
            "users",
            json!({"id": "bob", "risk_rank": 5}),
            422,
            "invalid_risk_rank",
        ),
        ("PATCH", "users/nobody", json!({}), 404, "unknown_user"),
        (
            "POST",
            "codes",
            json!({"appid": APP_1, "user": ""}),
            422,
            "invalid_name",
        ),
        (
            "POST",
            "codes",
            json!({"appid": APP_1, "user": long_name}),
            422,
            "invalid_name",
        ),
        ("POST", "clock", json!({"set": -1}), 422, "clock_out_of_range"),
        (
            "POST",
            "clock",
            json!({"advance": u64::MAX}),
            422,
            "clock_out_of_range",
        ),
        ("POST", "nothing", json!({}), 404, "not_found"),
        ("POST", "state", json!({}), 405, "method_not_allowed"),
    ];
    for (method, path, body, status, error) in rows {
        let answer = site.control(method, path, Some(body.clone())).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (status, &json!(error)),
            "{path} {body}"
        );
    }
}

#[tokio::test]
async fn clock_is_moved_forward_and_set() {
    let site = start().await;
    assert_eq!(
        site.control("GET", "clock", None).await.json(),
        json!({"now": START})
    );
    assert_eq!(
        site.control("POST", "clock", Some(json!({"advance": 90})))
            .await
            .json()["now"],
        START + 90
    );
    assert_eq!(
        site.control("POST", "clock", Some(json!({"set": 1_000})))
            .await
            .json()["now"],
        1_000
    );
    assert_eq!(site.sim.now(), 1_000);
}

#[tokio::test]
async fn reset_forgets_everything_but_never_mints_a_code_again() {
    let site = start().await;
    let app = site.app(APP_1);
    let before = site.code(&app, "alice");
    site.exchange(&app, "nonsense").await;
    site.sim.fault(hufu_wxsim::Preset::Busy).unwrap();
    site.sim.advance(10).unwrap();
    assert_eq!(site.control("POST", "reset", Some(json!({}))).await.status, 204);
    let state = site.sim.state();
    assert!(state.apps.is_empty() && state.users.is_empty() && state.faults.is_empty());
    assert_eq!(
        (state.now, state.requests_logged, state.codes_remembered),
        (START, 0, 0)
    );
    let again = site.app(APP_1);
    assert_eq!(app, again);
    assert_ne!(site.code(&again, "alice"), before);
    assert_eq!(site.exchange(&again, &before).await.errcode(), 40029);
}

#[tokio::test]
async fn control_token_is_required_where_there_is_one() {
    let site = start_with(Config {
        control_token: Some("tiger".into()),
        ..config()
    })
    .await;
    for token in [None, Some(""), Some("tige"), Some("tigers")] {
        let mut request = site.client.get(format!("{}/__sim/v1/state", site.sim.url()));
        if let Some(token) = token {
            request = request.header("x-wxsim-token", token);
        }
        let refused = read(request.send().await.unwrap()).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (401, &json!("control_token_required"))
        );
    }
    let request = site
        .client
        .get(format!("{}/__sim/v1/state", site.sim.url()))
        .header("x-wxsim-token", "tiger");
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(site.get(LOGIN, &[]).await.errcode(), 41002);
}

/// The status of a request with this Host header, or with none.
async fn status_for_host(site: &Site, path: &str, host: Option<&str>) -> String {
    let mut stream = TcpStream::connect(site.address()).await.unwrap();
    let host = host.map(|host| format!("Host: {host}\r\n")).unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn control_plane_answers_only_to_names_of_this_machine() {
    let site = start().await;
    for host in [
        "localhost",
        "LOCALHOST:8090",
        "127.0.0.1:1",
        "127.1.2.3",
        "[::1]:8090",
    ] {
        assert_eq!(
            status_for_host(&site, "/__sim/v1/clock", Some(host)).await,
            "200",
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "10.0.0.1",
        "",
        "a b",
    ] {
        assert_eq!(
            status_for_host(&site, "/__sim/v1/clock", Some(host)).await,
            "403",
            "{host}"
        );
    }
    assert_eq!(status_for_host(&site, "/__sim/v1/clock", None).await, "403");
    assert_eq!(
        status_for_host(&site, LOGIN, Some("api.weixin.qq.com")).await,
        "200"
    );
}

#[tokio::test]
async fn control_posts_need_a_json_content_type() {
    let site = start().await;
    site.app(APP_1);
    let url = format!("{}/__sim/v1/codes", site.sim.url());
    let body = json!({"appid": APP_1, "user": "alice"}).to_string();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
    ] {
        let request = site
            .client
            .post(&url)
            .header("content-type", content_type)
            .body(body.clone());
        let refused = read(request.send().await.unwrap()).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (415, &json!("json_required"))
        );
    }
    let reset = site.client.post(format!("{}/__sim/v1/reset", site.sim.url()));
    assert_eq!(reset.send().await.unwrap().status(), 415);
    let accepted = site
        .client
        .post(&url)
        .header("content-type", "application/json; charset=utf-8")
        .body(body);
    assert_eq!(accepted.send().await.unwrap().status(), 200);
}
