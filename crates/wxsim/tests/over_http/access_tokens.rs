//! Legacy and stable access tokens.

use std::net::Ipv4Addr;

use hufu_wxsim::{AppChange, Patch};
use serde_json::json;

use crate::support::{APP_1, LEGACY, STABLE, read, start, token_of};

#[tokio::test]
async fn token_answer_has_the_form_of_wechats() {
    let site = start().await;
    let app = site.app(APP_1);
    for answer in [site.legacy(&app).await, site.stable(&app).await] {
        assert_eq!(answer.content_type, "application/json; encoding=utf-8");
        let token = token_of(&answer);
        assert_eq!(
            answer.text,
            format!("{{\"access_token\":\"{token}\",\"expires_in\":7200}}")
        );
        assert!(token.len() >= 136);
        let (number, rest) = token.split_once('_').unwrap();
        assert!(number.len() == 2 && number.parse::<u8>().is_ok());
        assert!(
            rest.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        );
    }
}

#[tokio::test]
async fn legacy_call_supersedes_the_token_before_it_five_minutes_later() {
    let site = start().await;
    let app = site.app(APP_1);
    let (first, second) = (
        token_of(&site.legacy(&app).await),
        token_of(&site.legacy(&app).await),
    );
    assert_ne!(first, second);
    site.sim.advance(299).unwrap();
    assert!(site.sim.access_token_works(&app, &first));
    site.sim.advance(2).unwrap();
    assert!(!site.sim.access_token_works(&app, &first));
    assert!(site.sim.access_token_works(&app, &second));
}

#[tokio::test]
async fn stable_token_stays_until_five_minutes_before_its_end() {
    let site = start().await;
    let app = site.app(APP_1);
    let first = token_of(&site.stable(&app).await);
    site.sim.advance(6899).unwrap();
    let later = site.stable(&app).await;
    assert_eq!(token_of(&later), first);
    assert_eq!(later.json()["expires_in"], 301);
    site.sim.advance(2).unwrap();
    let renewed = site.stable(&app).await;
    assert_ne!(token_of(&renewed), first);
    assert_eq!(renewed.json()["expires_in"], 7200);
    assert!(site.sim.access_token_works(&app, &first));
    site.sim.advance(299).unwrap();
    assert!(!site.sim.access_token_works(&app, &first));
}

#[tokio::test]
async fn families_do_not_disturb_each_other() {
    let site = start().await;
    let app = site.app(APP_1);
    let stable = token_of(&site.stable(&app).await);
    let legacy = token_of(&site.legacy(&app).await);
    site.legacy(&app).await;
    site.sim.advance(301).unwrap();
    assert!(site.sim.access_token_works(&app, &stable));
    assert!(!site.sim.access_token_works(&app, &legacy));
    let legacy = token_of(&site.legacy(&app).await);
    site.forced(&app).await;
    site.sim.advance(31).unwrap();
    site.forced(&app).await;
    assert!(!site.sim.access_token_works(&app, &stable));
    assert!(site.sim.access_token_works(&app, &legacy));
}

#[tokio::test]
async fn forced_refreshes_count_only_thirty_seconds_apart_and_two_kill_a_leaked_token() {
    let site = start().await;
    let app = site.app(APP_1);
    let leaked = token_of(&site.stable(&app).await);
    let first = token_of(&site.forced(&app).await);
    assert_ne!(first, leaked);
    assert!(site.sim.access_token_works(&app, &leaked));
    site.sim.advance(29).unwrap();
    assert_eq!(token_of(&site.forced(&app).await), first);
    site.sim.advance(1).unwrap();
    let second = token_of(&site.forced(&app).await);
    assert_ne!(second, first);
    assert!(!site.sim.access_token_works(&app, &leaked));
    assert!(site.sim.access_token_works(&app, &first));
    assert!(site.sim.access_token_works(&app, &second));
}

#[tokio::test]
async fn token_endpoints_check_in_wechats_order() {
    let site = start().await;
    let loopback = Ipv4Addr::LOCALHOST.into();
    let app = site
        .sim
        .app(APP_1)
        .ip_allow([Ipv4Addr::new(10, 0, 0, 1).into()])
        .create()
        .unwrap();
    let frozen = |frozen| AppChange {
        frozen: Some(frozen),
        ..AppChange::default()
    };
    site.sim.change_app(&app, frozen(true)).unwrap();
    let rows = [
        (json!({"secret": "wrong"}), 41002),
        (json!({"appid": "wx0"}), 41004),
        (json!({"appid": "wx0", "secret": "wrong"}), 40002),
        (
            json!({"appid": "wx0", "secret": "wrong", "grant_type": "client_credential"}),
            40013,
        ),
        (
            json!({"appid": APP_1, "secret": "wrong", "grant_type": "client_credential"}),
            40125,
        ),
        (
            json!({"appid": APP_1, "secret": app.secret(), "grant_type": "client_credential"}),
            40243,
        ),
    ];
    for (body, errcode) in rows {
        assert_eq!(site.post(STABLE, &body).await.errcode(), errcode, "{body}");
    }
    assert_eq!(site.legacy(&app).await.errcode(), 40243);
    site.sim.change_app(&app, frozen(false)).unwrap();
    for refused in [site.stable(&app).await, site.legacy(&app).await] {
        assert_eq!(refused.errcode(), 40164);
        let message = refused.json()["errmsg"].as_str().unwrap().to_owned();
        assert!(
            message.starts_with("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: "),
            "{message}"
        );
    }
    let allowed = AppChange {
        ip_allow: Patch::Set(vec![loopback]),
        ..AppChange::default()
    };
    site.sim.change_app(&app, allowed).unwrap();
    assert_eq!(site.stable(&app).await.errcode(), 0);
    assert_eq!(site.legacy(&app).await.errcode(), 0);
}

#[tokio::test]
async fn frozen_secret_and_foreign_address_do_not_stop_logins() {
    let site = start().await;
    let app = site
        .sim
        .app(APP_1)
        .ip_allow([Ipv4Addr::new(10, 0, 0, 1).into()])
        .create()
        .unwrap();
    site.sim
        .change_app(
            &app,
            AppChange {
                frozen: Some(true),
                ..AppChange::default()
            },
        )
        .unwrap();
    assert_eq!(site.login(&app, "alice").await.errcode(), 0);
}

#[tokio::test]
async fn malformed_body_is_an_error_of_wechats() {
    let site = start().await;
    for body in ["", "{", "[]", "{\"appid\":1}"] {
        let url = format!("{}{STABLE}", site.sim.url());
        let answer = read(site.client.post(url).body(body).send().await.unwrap()).await;
        assert_eq!((answer.status, answer.errcode()), (200, 47001), "{body}");
    }
    let huge = site
        .client
        .post(format!("{}{STABLE}", site.sim.url()))
        .body("x".repeat(70_000));
    assert_eq!(huge.send().await.unwrap().status(), 413);
    assert_eq!(site.get(LEGACY, &[]).await.errcode(), 41002);
}
