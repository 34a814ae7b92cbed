//! The exchange of login codes.

use std::collections::BTreeSet;

use hufu_wxsim::UserChange;

use crate::support::{APP_1, APP_2, LOGIN, START, exchange_query, start, unlimited};

#[tokio::test]
async fn answer_has_the_bytes_of_wechat() {
    let site = start().await;
    let app = site.app(APP_1);
    let answer = site.login(&app, "alice").await;
    let (openid, key) = (
        site.sim.openid(&app, "alice"),
        site.sim.session_key(&app, "alice").unwrap(),
    );
    assert_eq!(answer.status, 200);
    assert_eq!(answer.content_type, "text/plain");
    assert_eq!(
        answer.text,
        format!("{{\"session_key\":\"{key}\",\"openid\":\"{openid}\"}}")
    );
    assert_eq!(key.len(), 24);
}

#[tokio::test]
async fn code_looks_like_those_of_wx_login() {
    let site = start().await;
    let app = site.app(APP_1);
    let codes: BTreeSet<_> = (0..100).map(|_| site.code(&app, "alice")).collect();
    assert_eq!(codes.len(), 100);
    for code in codes {
        assert_eq!(code.len(), 32);
        assert!(code.starts_with('0'));
        assert!(code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}

#[tokio::test]
async fn code_is_single_use() {
    let site = start().await;
    let app = site.app(APP_1);
    let code = site.code(&app, "alice");
    assert_eq!(site.exchange(&app, &code).await.errcode(), 0);
    let again = site.exchange(&app, &code).await;
    assert_eq!((again.status, again.errcode()), (200, 40163));
    assert_eq!(again.content_type, "text/plain");
}

#[tokio::test]
async fn code_lives_five_minutes() {
    let site = start().await;
    let app = site.app(APP_1);
    let (early, late) = (site.code(&app, "alice"), site.code(&app, "alice"));
    site.sim.advance(299).unwrap();
    assert_eq!(site.exchange(&app, &early).await.errcode(), 0);
    site.sim.advance(2).unwrap();
    assert_eq!(site.exchange(&app, &late).await.errcode(), 40029);
}

#[tokio::test]
async fn code_of_another_app_is_invalid_and_stays_unused() {
    let site = start().await;
    let (app, other) = (site.app(APP_1), site.app(APP_2));
    let code = site.code(&app, "alice");
    assert_eq!(site.exchange(&other, &code).await.errcode(), 40029);
    assert_eq!(site.exchange(&app, &code).await.errcode(), 0);
}

#[tokio::test]
async fn thousand_parallel_exchanges_of_one_code_succeed_once() {
    let site = start().await;
    let app = site.sim.app(APP_1).quotas(unlimited()).create().unwrap();
    let code = site.code(&app, "alice");
    let mut exchanges = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let url = format!("{}{LOGIN}", site.sim.url());
        let request = site.client.get(url).query(&exchange_query(&app, &code));
        exchanges.spawn(async move {
            crate::support::read(request.send().await.unwrap())
                .await
                .errcode()
        });
    }
    let codes = exchanges.join_all().await;
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1);
    assert_eq!(codes.iter().filter(|code| **code == 40163).count(), 999);
}

#[tokio::test]
async fn request_id_begins_with_the_virtual_time() {
    let site = start().await;
    let app = site.app(APP_1);
    site.sim.advance(5).unwrap();
    let message = site.exchange(&app, "nonsense").await.json()["errmsg"]
        .as_str()
        .unwrap()
        .to_owned();
    let rid = message.strip_prefix("invalid code, rid: ").unwrap();
    let groups: Vec<_> = rid.split('-').collect();
    assert_eq!(groups.len(), 3);
    assert!(
        groups
            .iter()
            .all(|group| group.len() == 8 && u32::from_str_radix(group, 16).is_ok()),
        "{rid}"
    );
    assert_eq!(i64::from_str_radix(groups[0], 16).unwrap(), START + 5);
}

/// Each row repairs the mistake that the row before it was answered for.
#[tokio::test]
async fn checks_come_in_wechats_order() {
    let site = start().await;
    let app = site.app(APP_1);
    let code = site.code(&app, "eve");
    site.sim
        .change_user(
            "eve",
            UserChange {
                blocked: Some(true),
                ..UserChange::default()
            },
        )
        .unwrap();
    let good = exchange_query(&app, &code);
    let rows: [(&[(&str, &str)], i64); 7] = [
        (&[("secret", ""), ("js_code", "x")], 41002),
        (&[("appid", "wx0"), ("js_code", "x")], 41004),
        (&[("appid", "wx0"), ("secret", "wrong")], 41008),
        (
            &[
                ("appid", "wx0"),
                ("secret", "wrong"),
                ("js_code", "x"),
                ("grant_type", "password"),
            ],
            40002,
        ),
        (
            &[
                ("appid", "wx0"),
                ("secret", "wrong"),
                ("js_code", "x"),
                ("grant_type", "authorization_code"),
            ],
            40013,
        ),
        (
            &[
                ("appid", APP_1),
                ("secret", "wrong"),
                ("js_code", "x"),
                ("grant_type", "authorization_code"),
            ],
            40125,
        ),
        (&good, 40226),
    ];
    for (query, errcode) in rows {
        assert_eq!(site.get(LOGIN, query).await.errcode(), errcode, "{query:?}");
    }
    site.sim
        .change_user(
            "eve",
            UserChange {
                blocked: Some(false),
                ..UserChange::default()
            },
        )
        .unwrap();
    assert_eq!(site.get(LOGIN, &good).await.errcode(), 0);
}

#[tokio::test]
async fn risky_and_closed_users_are_refused_and_their_codes_stay_unused() {
    let site = start().await;
    let app = site.app(APP_1);
    let risky = site.sim.user("risky").risk_rank(4).create().unwrap();
    let closed = site.sim.user("closed").closed().create().unwrap();
    let code = site.code(&app, "risky");
    assert_eq!(site.exchange(&app, &code).await.errcode(), 40226);
    assert_eq!(site.login(&app, &closed.id).await.errcode(), 50002);
    site.sim
        .change_user(
            &risky,
            UserChange {
                risk_rank: Some(3),
                ..UserChange::default()
            },
        )
        .unwrap();
    assert_eq!(site.exchange(&app, &code).await.errcode(), 0);
}

#[tokio::test]
async fn rotated_secret_works_at_once_and_the_old_one_no_more() {
    let site = start().await;
    let old = site.app(APP_1);
    let new = site.sim.rotate_secret(&old).unwrap();
    assert_ne!(old.secret(), new.secret());
    assert_eq!(site.login(&old, "alice").await.errcode(), 40125);
    assert_eq!(site.login(&new, "alice").await.errcode(), 0);
}

#[tokio::test]
async fn wrong_method_and_unknown_path_are_errors_of_wechats() {
    let site = start().await;
    assert_eq!(site.post(LOGIN, &serde_json::json!({})).await.errcode(), 43001);
    assert_eq!(site.get("/cgi-bin/stable_token", &[]).await.errcode(), 43002);
    let unknown = site.get("/cgi-bin/nothing", &[]).await;
    assert_eq!((unknown.status, unknown.errcode()), (404, 40066));
}
