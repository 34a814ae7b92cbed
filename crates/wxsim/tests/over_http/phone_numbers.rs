//! The exchange of a phone code, and who may ask for one.

use hufu_wxsim::{App, AppChange, QuotaLimits};
use serde_json::{Value, json};

use crate::support::{APP_1, APP_2, PHONE, START, Site, start, token_of};

/// A simulator, an app and its access token.
async fn site() -> (Site, App, String) {
    let site = start().await;
    let app = site.app(APP_1);
    let token = site.token(&app).await;
    (site, app, token)
}

fn number_in(answer: &crate::support::Answer) -> Value {
    answer.json()["phone_info"].clone()
}

#[tokio::test]
async fn answer_has_the_bytes_of_wechat() {
    let (site, app, token) = site().await;
    site.sim.user("alice").phone("+8613800138000").create().unwrap();
    let code = site.sim.phone_code(&app, "alice").unwrap();
    assert!(
        code.len() == 64
            && code
                .bytes()
                .all(|digit| digit.is_ascii_digit() || digit.is_ascii_lowercase())
    );
    site.sim.advance(2).unwrap();
    let answer = site.phone(&token, &code).await;
    assert_eq!(answer.content_type, "application/json; encoding=utf-8");
    assert_eq!(
        answer.text,
        format!(
            "{{\"errcode\":0,\"errmsg\":\"ok\",\"phone_info\":{{\"phoneNumber\":\"13800138000\",\
             \"purePhoneNumber\":\"13800138000\",\"countryCode\":\"86\",\
             \"watermark\":{{\"timestamp\":{START},\"appid\":\"{APP_1}\"}}}}}}"
        )
    );
}

#[tokio::test]
async fn foreign_numbers_carry_their_area_code() {
    let (site, app, token) = site().await;
    let code = site.sim.phone_code_for(&app, "alice", "+85251234567").unwrap();
    let number = number_in(&site.phone(&token, &code).await);
    assert_eq!(number["phoneNumber"], "+85251234567");
    assert_eq!(number["purePhoneNumber"], "51234567");
    assert_eq!(number["countryCode"], "852");
}

#[tokio::test]
async fn user_has_the_first_of_the_numbers_given_or_one_of_the_seeds() {
    let (site, app, token) = site().await;
    let user = site
        .sim
        .user("bob")
        .phone("+447911123456")
        .phone("+8613800138000");
    assert_eq!(user.create().unwrap().phones, ["+447911123456", "+8613800138000"]);
    assert_eq!(site.sim.phone_of("bob"), "+447911123456");
    let drawn = site.sim.phone_of("alice");
    assert!(drawn.len() == 14 && drawn.starts_with("+861"), "{drawn}");
    assert_ne!(drawn, site.sim.phone_of("carol"));
    assert_eq!(drawn, start().await.sim.phone_of("alice"));
    for user in ["alice", "bob"] {
        let code = site.sim.phone_code(&app, user).unwrap();
        let number = number_in(&site.phone(&token, &code).await);
        let (country, pure) = (&number["countryCode"], &number["purePhoneNumber"]);
        assert_eq!(
            format!("+{}{}", country.as_str().unwrap(), pure.as_str().unwrap()),
            site.sim.phone_of(user)
        );
    }
}

#[tokio::test]
async fn code_is_single_use_and_lives_five_minutes() {
    let (site, app, token) = site().await;
    let [young, old] = [(); 2].map(|()| site.sim.phone_code(&app, "alice").unwrap());
    site.sim.advance(299).unwrap();
    assert_eq!(site.phone(&token, &young).await.errcode(), 0);
    assert_eq!(site.phone(&token, &young).await.errcode(), 40029);
    site.sim.advance(2).unwrap();
    assert_eq!(site.phone(&token, &old).await.errcode(), 40029);
}

#[tokio::test]
async fn refused_code_has_a_hint_before_the_request_id() {
    let (site, app, token) = site().await;
    // A login code is not a phone code.
    for code in ["nonsense".to_owned(), site.code(&app, "alice")] {
        let refused = site.phone(&token, &code).await;
        let message = refused.json()["errmsg"].as_str().unwrap().to_owned();
        let rest = message.strip_prefix("invalid code hint: [").unwrap();
        let (hint, rid) = rest.split_once("] rid: ").unwrap();
        assert_eq!((refused.errcode(), hint.len()), (40029, 16), "{message}");
        assert!(rid.starts_with(&format!("{START:08x}-")), "{message}");
    }
}

#[tokio::test]
async fn code_belongs_to_the_tokens_app_and_to_its_user() {
    let (site, app, token) = site().await;
    let other = site.app(APP_2);
    let others_token = site.token(&other).await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    let refused = site.phone(&others_token, &code).await;
    assert_eq!(refused.errcode(), 40013);
    assert!(refused.text.contains("invalid appid hint: ["), "{}", refused.text);
    for openid in [site.sim.openid(&app, "bob"), site.sim.openid(&other, "alice")] {
        let body = json!({"code": code, "openid": openid});
        assert_eq!(site.call(PHONE, &token, &body).await.errcode(), 40029);
    }
    let body = json!({"code": code, "openid": site.sim.openid(&app, "alice")});
    assert_eq!(site.call(PHONE, &token, &body).await.errcode(), 0);
}

#[tokio::test]
async fn tokens_are_checked_first_and_both_families_are_taken() {
    let (site, app, stable) = site().await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    assert_eq!(site.post(PHONE, &json!({"code": code})).await.errcode(), 41001);
    let refused = site.phone("nonsense", &code).await;
    assert_eq!(refused.errcode(), 40001);
    let message = refused.json()["errmsg"].as_str().unwrap().to_owned();
    let expected = "invalid credential, access_token is invalid or not latest, could get access_token by \
                    getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: ";
    assert!(message.starts_with(expected), "{message}");
    let legacy = token_of(&site.legacy(&app).await);
    for token in [&stable, &legacy] {
        let code = site.sim.phone_code(&app, "alice").unwrap();
        assert_eq!(site.phone(token, &code).await.errcode(), 0);
    }
    // Superseded, then dead five minutes later.
    site.legacy(&app).await;
    site.sim.advance(301).unwrap();
    assert_eq!(site.phone(&legacy, &code).await.errcode(), 40001);
    site.sim.advance(7200).unwrap();
    assert_eq!(site.phone(&stable, &code).await.errcode(), 42001);
}

#[tokio::test]
async fn body_is_checked_before_the_app_and_the_app_before_the_code() {
    let (site, app, token) = site().await;
    let change = |personal, verified| AppChange {
        personal: Some(personal),
        verified: Some(verified),
        ..AppChange::default()
    };
    site.sim.change_app(&app, change(true, true)).unwrap();
    let url = format!("{}{PHONE}?access_token={token}", site.sim.url());
    for body in ["", "{", "[]", "{\"code\":1}"] {
        let answer = site.client.post(&url).body(body).send().await.unwrap();
        assert_eq!(crate::support::read(answer).await.errcode(), 47001, "{body}");
    }
    for body in [json!({}), json!({"code": ""}), json!({"code": null})] {
        assert_eq!(site.call(PHONE, &token, &body).await.errcode(), 40097, "{body}");
    }
    assert_eq!(site.phone(&token, "nonsense").await.errcode(), 48001);
    site.sim.change_app(&app, change(false, false)).unwrap();
    assert_eq!(site.phone(&token, "nonsense").await.errcode(), 48001);
    site.sim.change_app(&app, change(false, true)).unwrap();
    assert_eq!(site.phone(&token, "nonsense").await.errcode(), 40029);
    assert_eq!(
        site.get(PHONE, &[("access_token", &token)]).await.errcode(),
        43002
    );
    for builder in [
        site.sim.app(APP_2).personal(),
        site.sim.app("wxde3000000000000f").unverified(),
    ] {
        let app = builder.create().unwrap();
        let token = site.token(&app).await;
        let code = site.sim.phone_code(&app, "alice").unwrap();
        assert_eq!(site.phone(&token, &code).await.errcode(), 48001);
    }
}

#[tokio::test]
async fn quotas_are_enforced_where_they_are_set() {
    let site = start().await;
    let limits = QuotaLimits {
        phone_numbers_per_minute: Some(2),
        phone_numbers_per_day: Some(3),
        ..QuotaLimits::default()
    };
    let app = site.sim.app(APP_1).quotas(limits).create().unwrap();
    let token = site.token(&app).await;
    let mut codes = Vec::new();
    for pause in [0, 0, 0, 60, 0] {
        site.sim.advance(pause).unwrap();
        let code = site.sim.phone_code(&app, "alice").unwrap();
        codes.push(site.phone(&token, &code).await.errcode());
    }
    assert_eq!(codes, [0, 0, 45011, 0, 45009]);
}

#[tokio::test]
async fn thousand_parallel_exchanges_of_one_code_succeed_once() {
    let (site, app, token) = site().await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    let mut exchanges = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let url = format!("{}{PHONE}?access_token={token}", site.sim.url());
        let request = site.client.post(url).json(&json!({"code": code}));
        exchanges.spawn(async move {
            crate::support::read(request.send().await.unwrap())
                .await
                .errcode()
        });
    }
    let codes = exchanges.join_all().await;
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1);
    assert_eq!(codes.iter().filter(|code| **code == 40029).count(), 999);
}

#[tokio::test]
async fn log_names_the_tokens_app_and_masks_token_and_code() {
    let (site, app, token) = site().await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    site.phone(&token, &code).await;
    let selected = site
        .control("GET", &format!("requests?appid={APP_1}&path={PHONE}"), None)
        .await;
    assert_eq!(selected.json()[0]["errcode"], 0);
    assert!(
        !selected.text.contains(&token) && !selected.text.contains(&code),
        "{}",
        selected.text
    );
    let revealed = &site.sim.requests_with_secrets(PHONE)[0];
    assert_eq!(revealed.query["access_token"], token);
    assert_eq!(revealed.body, Some(json!({"code": code})));
}

#[tokio::test]
async fn codes_and_numbers_come_over_http_too() {
    let (site, _, token) = site().await;
    let user = json!({"id": "alice", "phones": ["+8613800138000"]});
    assert_eq!(
        site.control("POST", "users", Some(user)).await.json()["phones"],
        json!(["+8613800138000"])
    );
    let mint = |body: Value| site.control("POST", "phone-codes", Some(body));
    let first = mint(json!({"appid": APP_1, "user": "alice"})).await.json();
    let second = mint(json!({"appid": APP_1, "user": "alice", "phone": "+12025550123", "realtime": true}))
        .await
        .json();
    for (minted, number) in [(first, "13800138000"), (second, "2025550123")] {
        let answer = site.phone(&token, minted["code"].as_str().unwrap()).await;
        assert_eq!(number_in(&answer)["purePhoneNumber"], number);
    }
    let change = json!({"phones": ["+85251234567"]});
    site.control("PATCH", "users/alice", Some(change)).await;
    assert_eq!(site.sim.phone_of("alice"), "+85251234567");
    assert_eq!(site.sim.state().phone_codes_remembered, 2);
}
