//! Every fault, as a real client sees it.

use std::time::{Duration, Instant};

use hufu_wxsim::{App, Cut, Fault, FaultAction, Preset};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    APP_1, APP_2, LEGACY, LOGIN, STABLE, START, Site, exchange_query, read, start, token_of,
};

/// A simulator with one app, one fault and one fresh code.
async fn struck_by(fault: impl Into<Fault>) -> (Site, App, String) {
    let site = start().await;
    let app = site.app(APP_1);
    let code = site.code(&app, "alice");
    site.sim.fault(fault).unwrap();
    (site, app, code)
}

/// Whether the code was used up, seen after the fault is over.
async fn is_used(site: &Site, app: &App, code: &str) -> bool {
    site.sim.clear_faults();
    match site.exchange(app, code).await.errcode() {
        0 => false,
        40163 => true,
        other => panic!("unexpected errcode {other}"),
    }
}

/// Sends a login over a bare socket and returns every byte that comes back until the connection ends.
async fn raw_exchange(site: &Site, app: &App, code: &str) -> String {
    let mut stream = TcpStream::connect(site.address()).await.unwrap();
    let (appid, secret) = (app.id(), app.secret());
    let request = format!(
        "GET {LOGIN}?appid={appid}&secret={secret}&js_code={code}&grant_type=authorization_code HTTP/1.1\r\n\
         Host: localhost\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn errcode_answers_instead_of_wechat() {
    let (site, app, code) = struck_by(FaultAction::Errcode {
        n: 61003,
        msg: "not authorized".into(),
    })
    .await;
    let answer = site.exchange(&app, &code).await;
    assert_eq!(answer.errcode(), 61003);
    assert!(
        answer.json()["errmsg"]
            .as_str()
            .unwrap()
            .starts_with("not authorized, rid: ")
    );
    assert!(!is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn http_answers_with_a_gateways_status() {
    let (site, app, code) = struck_by(FaultAction::Http {
        status: 503,
        body: "<p>later</p>".into(),
    })
    .await;
    let answer = site.exchange(&app, &code).await;
    assert_eq!((answer.status, answer.text.as_str()), (503, "<p>later</p>"));
    assert!(!is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn empty_200_has_no_body() {
    let (site, app, code) = struck_by(FaultAction::Empty200).await;
    let answer = site.exchange(&app, &code).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(answer.content_type, "text/html; charset=gbk");
    assert!(!is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn html_200_gbk_is_not_utf_8() {
    let (site, app, code) = struck_by(FaultAction::Html200Gbk).await;
    let response = site.try_exchange(&app, &code).await.unwrap();
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().await.unwrap();
    assert!(bytes.starts_with(b"<html>") && std::str::from_utf8(&bytes).is_err());
    assert!(!is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn close_before_sends_nothing_and_leaves_the_code_unused() {
    let (site, app, code) = struck_by(FaultAction::Close(Cut::Before)).await;
    assert_eq!(raw_exchange(&site, &app, &code).await, "");
    assert!(site.try_exchange(&app, &code).await.unwrap_err().is_request());
    let record = &site.sim.requests(LOGIN)[0];
    assert_eq!((record.status, record.fault), (None, Some(1)));
    assert!(!is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn close_after_headers_sends_a_head_alone() {
    let (site, app, code) = struck_by(FaultAction::Close(Cut::AfterHeaders)).await;
    let bytes = raw_exchange(&site, &app, &code).await;
    assert!(
        bytes.starts_with("HTTP/1.1 200 OK\r\n") && bytes.ends_with("\r\n\r\n"),
        "{bytes}"
    );
    let response = site.try_exchange(&app, &code).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    assert!(is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn close_mid_body_sends_half_of_it() {
    let (site, app, code) = struck_by(FaultAction::Close(Cut::MidBody)).await;
    let bytes = raw_exchange(&site, &app, &code).await;
    let (_, body) = bytes.split_once("\r\n\r\n").unwrap();
    assert!(
        body.starts_with("{\"session_key\":\"") && !body.ends_with('}'),
        "{body}"
    );
    let response = site.try_exchange(&app, &code).await.unwrap();
    assert!(response.bytes().await.is_err());
    assert!(is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn drop_after_commit_uses_the_code_up_and_says_nothing() {
    let (site, app, code) = struck_by(FaultAction::DropAfterCommit).await;
    assert_eq!(raw_exchange(&site, &app, &code).await, "");
    assert!(is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn stall_never_answers_and_leaves_the_code_unused() {
    let (site, app, code) = struck_by(FaultAction::Stall).await;
    tokio::select! {
        _ = site.try_exchange(&app, &code) => panic!("a stalled request was answered"),
        () = site.arrivals(1) => {}
    }
    assert_eq!(site.sim.requests(LOGIN)[0].status, None);
    assert!(!is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn stalled_request_does_not_hinder_the_end() {
    let (site, app, code) = struck_by(FaultAction::Stall).await;
    let url = format!("{}{LOGIN}", site.sim.url());
    let stalled = tokio::spawn(site.client.get(url).query(&exchange_query(&app, &code)).send());
    site.arrivals(1).await;
    let address = site.address();
    site.sim.shutdown().await;
    assert!(stalled.await.unwrap().is_err());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn delay_holds_the_answer_back() {
    let (site, app, code) = struck_by(FaultAction::Delay { ms: 50, jitter: 50 }).await;
    let began = Instant::now();
    assert_eq!(site.exchange(&app, &code).await.errcode(), 0);
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn delayed_request_was_acted_on_even_when_its_caller_gave_up() {
    let (site, app, code) = struck_by(FaultAction::Delay {
        ms: 600_000,
        jitter: 0,
    })
    .await;
    tokio::select! {
        _ = site.try_exchange(&app, &code) => panic!("a delayed request was answered"),
        () = site.arrivals(1) => {}
    }
    assert!(is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn slow_drip_takes_its_time() {
    let (site, app, code) = struck_by(FaultAction::SlowDrip { bytes: 20, ms: 20 }).await;
    let began = Instant::now();
    let answer = site.exchange(&app, &code).await;
    assert_eq!(answer.json()["openid"], site.sim.openid(&app, "alice"));
    let pieces = u32::try_from(answer.text.len().div_ceil(20)).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(20) * pieces);
}

#[tokio::test]
async fn malformed_and_truncated_json_cannot_be_parsed() {
    for action in [FaultAction::MalformedJson, FaultAction::TruncatedJson] {
        let (site, app, code) = struck_by(action).await;
        let answer = site.exchange(&app, &code).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.starts_with('{'));
        assert!(
            serde_json::from_str::<Value>(&answer.text).is_err(),
            "{}",
            answer.text
        );
        assert!(is_used(&site, &app, &code).await);
    }
}

#[tokio::test]
async fn errcode_as_string_on_success_and_on_failure() {
    let (site, app, code) = struck_by(FaultAction::ErrcodeAsString).await;
    let success = site.exchange(&app, &code).await.json();
    assert_eq!(success["errcode"], "0");
    assert_eq!(success["openid"], site.sim.openid(&app, "alice"));
    assert_eq!(site.exchange(&app, &code).await.json()["errcode"], "40163");
}

#[tokio::test]
async fn unknown_fields_stand_beside_the_known_ones() {
    let (site, app, code) = struck_by(FaultAction::UnknownFields).await;
    let session = site.exchange(&app, &code).await.json();
    assert_eq!(session["openid"], site.sim.openid(&app, "alice"));
    assert!(session["new_object"].is_object() && session["new_null"].is_null());
}

#[tokio::test]
async fn oversize_body_is_large_and_still_json() {
    let (site, app, code) = struck_by(FaultAction::OversizeBody { bytes: 1 << 20 }).await;
    let answer = site.exchange(&app, &code).await;
    assert!(answer.text.len() > 1 << 20);
    assert_eq!(answer.json()["openid"], site.sim.openid(&app, "alice"));
}

#[tokio::test]
async fn wrong_content_type_has_the_right_body() {
    let (site, app, code) = struck_by(FaultAction::WrongContentType {
        content_type: "image/png".into(),
    })
    .await;
    let answer = site.exchange(&app, &code).await;
    assert_eq!(answer.content_type, "image/png");
    assert_eq!(answer.errcode(), 0);
}

#[tokio::test]
async fn duplicate_key_json_says_everything_twice() {
    let (site, app, code) = struck_by(FaultAction::DuplicateKeyJson).await;
    let text = site.exchange(&app, &code).await.text;
    assert_eq!(text.matches("\"openid\":").count(), 2);
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap()["openid"],
        "duplicate"
    );
}

#[tokio::test]
async fn control_chars_in_nickname_stand_there_raw() {
    let (site, app, code) = struck_by(FaultAction::ControlCharsInNickname).await;
    let text = site.exchange(&app, &code).await.text;
    assert!(text.contains("\"nickname\":\"Ba\u{1}"));
    assert!(serde_json::from_str::<Value>(&text).is_err());
}

#[tokio::test]
async fn clock_skew_shows_in_code_ages_request_id_and_date() {
    let (site, app, code) = struck_by(FaultAction::ClockSkew { seconds: 600 }).await;
    let response = site.try_exchange(&app, &code).await.unwrap();
    assert_eq!(response.headers()["date"], "Tue, 14 Nov 2023 22:23:20 GMT");
    let answer = read(response).await;
    assert_eq!(answer.errcode(), 40029);
    assert!(
        answer.text.contains(&format!("rid: {:08x}-", START + 600)),
        "{}",
        answer.text
    );
    assert!(!is_used(&site, &app, &code).await);
}

#[tokio::test]
async fn token_expires_early_breaks_its_promise() {
    let (site, app, _) = struck_by(FaultAction::TokenExpiresEarly { after: 60 }).await;
    let answer = site.stable(&app).await;
    assert_eq!(answer.json()["expires_in"], 7200);
    let token = token_of(&answer);
    site.sim.advance(59).unwrap();
    assert!(site.sim.access_token_works(&app, &token));
    site.sim.advance(1).unwrap();
    assert!(!site.sim.access_token_works(&app, &token));
    assert_eq!(token_of(&site.stable(&app).await), token);
}

#[tokio::test]
async fn presets_answer_with_their_errcodes() {
    let rows = [
        (Preset::Busy, LOGIN, -1),
        (Preset::UserMinuteLimit, LOGIN, 45011),
        (Preset::DailyQuota, LOGIN, 45009),
        (Preset::RiskBlock, LOGIN, 40226),
        (Preset::SecretRotated, LOGIN, 40125),
        (Preset::SecretFrozen, STABLE, 40243),
        (Preset::IpNotWhitelisted, LEGACY, 40164),
    ];
    let site = start().await;
    for (preset, path, errcode) in rows {
        site.sim.fault(preset).unwrap();
        let answer = if path == STABLE {
            site.post(path, &json!({})).await
        } else {
            site.get(path, &[]).await
        };
        assert_eq!(answer.errcode(), errcode, "{preset:?}");
        site.sim.clear_faults();
    }
    site.sim.fault(Preset::Outage).unwrap();
    assert_eq!(site.get(LOGIN, &[]).await.status, 502);
}

#[tokio::test]
async fn token_race_leaves_stable_tokens_alone() {
    let (site, app, _) = struck_by(Preset::TokenRace).await;
    let (legacy, stable) = (
        token_of(&site.legacy(&app).await),
        token_of(&site.stable(&app).await),
    );
    site.sim.advance(301).unwrap();
    assert!(!site.sim.access_token_works(&app, &legacy));
    assert!(site.sim.access_token_works(&app, &stable));
}

#[tokio::test]
async fn key_rotation_storm_makes_each_session_key_stale() {
    let (site, app, code) = struck_by(Preset::KeyRotationStorm).await;
    let key = site.exchange(&app, &code).await.json()["session_key"].clone();
    assert_ne!(key, site.sim.session_key(&app, "alice").unwrap());
}

#[tokio::test]
async fn fault_strikes_only_where_it_matches() {
    let site = start().await;
    let (first, second) = (site.app(APP_1), site.app(APP_2));
    site.sim
        .fault(Fault::from(Preset::Busy).on_path(STABLE).for_app(&first))
        .unwrap();
    assert_eq!(site.stable(&second).await.errcode(), 0);
    assert_eq!(site.legacy(&first).await.errcode(), 0);
    assert_eq!(site.stable(&first).await.errcode(), -1);
}

#[tokio::test]
async fn fault_strikes_the_nth_request_so_often() {
    let site = start().await;
    let app = site.app(APP_1);
    let mut seen = Vec::new();
    for fault in [
        Fault::from(Preset::Busy).nth(2),
        Fault::from(Preset::Busy).nth(2).times(2),
    ] {
        site.sim.fault(fault).unwrap();
        for _ in 0..5 {
            seen.push(site.stable(&app).await.errcode());
        }
        site.sim.clear_faults();
    }
    assert_eq!(seen, [0, -1, 0, 0, 0, 0, -1, -1, 0, 0]);
}

#[tokio::test]
async fn fault_strikes_with_its_probability_and_the_same_requests_for_the_same_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (site, app, _) = struck_by(Fault::from(Preset::Busy).probability(0.3)).await;
        let mut codes = Vec::new();
        for _ in 0..200 {
            codes.push(site.stable(&app).await.errcode());
        }
        runs.push(codes);
    }
    let struck = runs[0].iter().filter(|code| **code == -1).count();
    assert!((30..=90).contains(&struck), "{struck}");
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn older_fault_strikes_first_and_both_count() {
    let (site, app, code) = struck_by(Fault::from(Preset::Busy).times(1)).await;
    site.sim.fault(Preset::RiskBlock).unwrap();
    assert_eq!(site.exchange(&app, &code).await.errcode(), -1);
    assert_eq!(site.exchange(&app, &code).await.errcode(), 40226);
    let counts: Vec<_> = site
        .sim
        .faults()
        .iter()
        .map(|fault| (fault.seen, fault.struck))
        .collect();
    assert_eq!(counts, [(2, 1), (2, 1)]);
}

#[tokio::test]
async fn faults_are_read_from_json() {
    let site = start().await;
    let rows = [
        json!({"match": {"path": LOGIN, "appid": APP_1, "nth": 2, "prob": 0.3, "count": 1},
               "action": {"errcode": {"n": -1, "msg": "system error"}}}),
        json!({"action": {"delay": {"ms": 5}}}),
        json!({"action": {"http": {"status": 500}}}),
        json!({"action": {"close": "mid_body"}}),
        json!({"action": {"slow_drip": {"bytes": 2}}}),
        json!({"action": "slow_drip"}),
        json!({"action": "oversize_body"}),
        json!({"action": "wrong_content_type"}),
        json!({"action": "clock_skew"}),
        json!({"action": "token_expires_early"}),
        json!({"action": "stall"}),
        json!({"action": "malformed_json"}),
        json!({"action": "truncated_json"}),
        json!({"action": "empty_200"}),
        json!({"action": "html_200_gbk"}),
        json!({"action": "errcode_as_string"}),
        json!({"action": "unknown_fields"}),
        json!({"action": "drop_after_commit"}),
        json!({"action": "duplicate_key_json"}),
        json!({"action": "control_chars_in_nickname"}),
        json!({"preset": "busy", "match": {"path": "/wxa/business/getuserphonenumber"}}),
        json!({"preset": "user_minute_limit"}),
        json!({"preset": "daily_quota"}),
        json!({"preset": "risk_block"}),
        json!({"preset": "secret_rotated"}),
        json!({"preset": "ip_not_whitelisted"}),
        json!({"preset": "token_race"}),
        json!({"preset": "key_rotation_storm"}),
        json!({"preset": "outage"}),
    ];
    for row in &rows {
        let answer = site.control("POST", "faults", Some(row.clone())).await;
        assert_eq!(answer.status, 201, "{row}: {}", answer.text);
    }
    let listed = site.control("GET", "faults", None).await.json();
    assert_eq!(listed.as_array().unwrap().len(), rows.len());
    assert_eq!(listed[0]["match"], rows[0]["match"]);
    assert_eq!(listed[0]["action"], rows[0]["action"]);
    assert_eq!(site.control("DELETE", "faults", None).await.status, 204);
    assert!(site.sim.faults().is_empty());
}

#[tokio::test]
async fn faults_that_make_no_sense_are_refused() {
    let site = start().await;
    for body in [
        json!({}),
        json!({"action": "explode"}),
        json!({"action": "delay"}),
        json!({"action": "stall", "preset": "busy"}),
        json!({"action": "stall", "matches": {}}),
        json!({"action": "stall", "match": {"prob": 1.5}}),
        json!({"action": "stall", "match": {"nth": 0}}),
        json!({"action": {"http": {"status": 99}}}),
        json!({"action": {"http": {"status": 101}}}),
        json!({"action": {"delay": {"ms": u64::MAX, "jitter": 1}}}),
        json!({"action": {"slow_drip": {"bytes": 0}}}),
        json!({"action": {"oversize_body": {"bytes": 1_u64 << 40}}}),
        json!({"action": {"wrong_content_type": {"content_type": "a\nb"}}}),
        json!({"action": {"clock_skew": {"seconds": i64::MIN}}}),
        json!({"action": {"token_expires_early": {"after": -1}}}),
    ] {
        let answer = site.control("POST", "faults", Some(body.clone())).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert!(answer.json()["message"].is_string());
    }
    for _ in 0..256 {
        site.sim.fault(FaultAction::Stall).unwrap();
    }
    let full = site
        .control("POST", "faults", Some(json!({"action": "stall"})))
        .await;
    assert_eq!(
        (full.status, &full.json()["error"]),
        (409, &json!("too_many_faults"))
    );
}
