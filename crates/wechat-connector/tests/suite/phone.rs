//! A phone code for a number: whose it must be, of which app, and what WeChat's answers mean.

use crate::{
    log,
    stage::{APPID, PHONE, Stage, TOKEN, errcode, fate, is_unavailable},
};
use hufu_core::{
    connector::{Fate, WechatConnector},
    reason::Reason,
};
use hufu_wxsim::{Fault, FaultAction};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

const INVALID: Option<Fate> = Some(Fate::Rejected(Reason::WxPhoneCodeInvalid));

#[tokio::test]
async fn a_number_is_one_call_that_says_whose_code_it_is() {
    let stage = Stage::set().await;
    let code = stage.phone_code();
    let number = stage
        .wechat
        .phone(&stage.app, &stage.alice(), &code)
        .await
        .unwrap();
    assert_eq!(number.as_str(), stage.sim.phone_of("alice"));

    let requests = stage.sim.requests_with_secrets(PHONE);
    let expected = json!({"code": code.expose_secret(), "openid": stage.alice()});
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].body, Some(expected));
    let names: Vec<_> = requests[0].query.keys().collect();
    assert_eq!(names, ["access_token"]);
    assert_eq!((stage.asked(TOKEN), stage.sim.state().requests_seen), (1, 2));
}

#[tokio::test]
async fn a_foreign_number_has_its_own_country_code() {
    let stage = Stage::set().await;
    for number in ["+14155552671", "+8613800138000"] {
        let code = stage.sim.phone_code_for(APPID, "alice", number).unwrap().into();
        let told = stage.wechat.phone(&stage.app, &stage.alice(), &code).await;
        assert_eq!(told.unwrap().as_str(), number);
    }
    stage.fault(FaultAction::CountryCodeAsNumber);
    assert_eq!(stage.phone().await.unwrap().as_str(), stage.sim.phone_of("alice"));
}

#[tokio::test]
async fn r52_codes_of_others_of_other_kinds_and_old_ones_are_invalid() {
    let stage = Stage::set().await;
    let others = stage.sim.phone_code(APPID, "bob").unwrap();
    let expired = stage.phone_code();
    stage.advance(301);
    for code in [
        &SecretString::from("garbage"),
        &others.into(),
        &expired,
        &stage.code(),
    ] {
        let error = stage
            .wechat
            .phone(&stage.app, &stage.alice(), code)
            .await
            .unwrap_err();
        assert_eq!((Some(error.fate), error.upstream_code), (INVALID, Some(40029)));
        assert_eq!(error.rid.unwrap().len(), 26);
    }
}

#[tokio::test]
async fn a_code_of_another_app_is_invalid_and_worth_a_log() {
    let stage = Stage::set().await;
    let other = stage.sim.app("wxde30000000000002").create().unwrap();
    let code = stage.sim.phone_code(&other, "alice").unwrap().into();
    let error = stage
        .wechat
        .phone(&stage.app, &stage.alice(), &code)
        .await
        .unwrap_err();
    assert_eq!((Some(error.fate), error.upstream_code), (INVALID, Some(40013)));
    let rid = error.rid.unwrap();
    let text = log::text();
    assert!(
        text.lines()
            .any(|line| line.contains("ERROR") && line.contains(&rid))
    );
}

#[tokio::test]
async fn a_code_that_wechat_answered_for_is_not_sent_again() {
    let stage = Stage::set().await;
    for (calls, code) in [stage.phone_code(), "garbage".into()].into_iter().enumerate() {
        let _ = stage.wechat.phone(&stage.app, &stage.alice(), &code).await;
        let again = stage.wechat.phone(&stage.app, &stage.alice(), &code).await;
        assert_eq!(fate(again), INVALID);
        assert_eq!(stage.asked(PHONE), calls + 1);
    }
    // Where nothing was decided, it may be.
    let code = stage.phone_code();
    stage.fault(Fault::new(errcode(-1)).on_path(PHONE));
    assert!(is_unavailable(
        stage.wechat.phone(&stage.app, &stage.alice(), &code).await
    ));
    stage.sim.clear_faults();
    assert!(
        stage
            .wechat
            .phone(&stage.app, &stage.alice(), &code)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn what_cannot_be_a_phone_code_is_not_sent() {
    let stage = Stage::set().await;
    for code in ["", " ", "a b", "line\n", "虎符", &"x".repeat(129)] {
        let code = SecretString::from(code);
        assert_eq!(
            fate(stage.wechat.phone(&stage.app, &stage.alice(), &code).await),
            INVALID
        );
    }
    assert_eq!(stage.sim.state().requests_seen, 0);
}

#[tokio::test]
async fn a_number_of_another_app_or_another_time_is_not_believed() {
    let stage = Stage::set().await;
    for fault in [
        FaultAction::WatermarkAppid("wxde30000000000002".into()),
        FaultAction::WatermarkAge { seconds: 601 },
        FaultAction::WatermarkAge { seconds: -601 },
    ] {
        stage.fault(fault.clone());
        assert!(is_unavailable(stage.phone().await), "{fault:?}");
    }
    stage.fault(FaultAction::WatermarkAge { seconds: 600 });
    assert!(stage.phone().await.is_ok());
}

#[tokio::test]
async fn each_error_code_has_its_fate() {
    let stage = Stage::set().await;
    let expected = [
        (-1, Fate::Unavailable { retry_after: 1 }),
        (40003, Fate::Rejected(Reason::WxPhoneCodeInvalid)),
        (40013, Fate::Rejected(Reason::WxPhoneCodeInvalid)),
        (40029, Fate::Rejected(Reason::WxPhoneCodeInvalid)),
        (40097, Fate::Defect),
        (40234, Fate::Misconfigured),
        (43002, Fate::Defect),
        (45009, Fate::Unavailable { retry_after: 3600 }),
        (45011, Fate::RateLimited { retry_after: 60 }),
        (47001, Fate::Defect),
        (48001, Fate::Misconfigured),
        (50002, Fate::Denied(Reason::WxUserBlocked)),
        (1, Fate::Unavailable { retry_after: 5 }),
    ];
    for (calls, (code, fate)) in expected.into_iter().enumerate() {
        stage.fault(Fault::new(errcode(code)).on_path(PHONE));
        let error = stage.phone().await.unwrap_err();
        assert_eq!((error.fate, error.upstream_code), (fate, Some(code)));
        assert_eq!(
            error.advice.is_some(),
            fate == Fate::Misconfigured || code == 45009,
            "{code}"
        );
        assert_eq!(stage.asked(PHONE), calls + 1, "{code}");
    }
}

#[tokio::test]
async fn a_personal_app_is_told_that_it_may_not() {
    let mut stage = Stage::set().await;
    let app = stage.sim.app("wxde30000000000003").personal().create().unwrap();
    let code = stage.sim.phone_code(&app, "alice").unwrap().into();
    stage.app = crate::stage::credential(&app);
    let error = stage
        .wechat
        .phone(&stage.app, &stage.alice(), &code)
        .await
        .unwrap_err();
    assert_eq!(
        (error.fate, error.upstream_code),
        (Fate::Misconfigured, Some(48001))
    );
    assert!(error.advice.unwrap().contains("phone numbers"));
}

#[tokio::test]
async fn a_refused_access_token_is_renewed_and_the_same_code_sent_once_more() {
    let stage = Stage::set().await;
    stage.phone().await.unwrap();
    stage.make_a_new_token_due();
    for code in [40001, 40014, 41001, 42001] {
        stage.fault(Fault::new(errcode(code)).on_path(PHONE).times(1));
        let asked = stage.asked(PHONE);
        if code == 40001 {
            assert!(stage.phone().await.is_ok());
            assert_eq!(stage.asked(PHONE), asked + 2);
        } else {
            // The one in hand is new, and another there is not.
            let error = stage.phone().await.unwrap_err();
            assert!(matches!(error.fate, Fate::Unavailable { .. }));
            assert!(error.advice.is_some());
            assert_eq!(stage.asked(PHONE), asked + 1);
        }
    }
    assert_eq!(stage.asked(TOKEN), 2);
}
