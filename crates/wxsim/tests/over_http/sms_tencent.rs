//! Tencent Cloud's SMS: who may send, what, and how often.

use hufu_wxsim::{SmsAccountSpec, SmsVendor};
use serde_json::{Value, json};

use crate::sms_client::{ALICE, TENCENT, Tencent, spec, tencent_code};
use crate::support::{START, Site, start};

async fn site() -> Site {
    let site = start().await;
    site.sim.sms_account(spec(SmsVendor::Tencent)).unwrap();
    site
}

#[tokio::test]
async fn tencent_takes_a_signed_message_and_the_phone_gets_it() {
    let site = site().await;
    let answer = Tencent::new().send(&site).await;
    assert_eq!(tencent_code(&answer), (false, "Ok".into()));
    let status = &answer.json()["Response"]["SendStatusSet"][0];
    assert_eq!(
        (&status["PhoneNumber"], &status["Fee"]),
        (&json!(ALICE), &json!(1))
    );
    assert_eq!(status["SessionContext"], "s");
    let message = &site.sim.sms(ALICE)[0];
    assert_eq!(
        (message.code.as_deref(), message.params["1"].as_str()),
        (Some("483920"), "483920")
    );
    for (seconds, number) in [
        (31, "13800138000"),
        (31, "8613800138000"),
        (31, "008613800138000"),
    ] {
        let now = site.sim.advance(seconds).unwrap();
        let call = Tencent {
            timestamp: now,
            ..Tencent::new()
        };
        let answer = call.with("PhoneNumberSet", json!([number])).send(&site).await;
        assert_eq!(tencent_code(&answer).1, "Ok", "{number}");
    }
    assert_eq!(site.sim.sms(ALICE).len(), 4);
}

#[tokio::test]
async fn tencent_says_what_is_wrong_with_a_request_once_for_all() {
    let site = site().await;
    let good = Tencent::new;
    for (call, expected) in [
        (
            Tencent {
                secret: "hash",
                ..good()
            },
            "AuthFailure.SignatureFailure",
        ),
        (
            Tencent {
                date: "2023-11-15",
                ..good()
            },
            "AuthFailure.SignatureFailure",
        ),
        (Tencent { key: "KA", ..good() }, "AuthFailure.SecretIdNotFound"),
        (
            Tencent {
                timestamp: START - 301,
                ..good()
            },
            "AuthFailure.SignatureExpire",
        ),
        (
            Tencent {
                timestamp: START + 301,
                ..good()
            },
            "AuthFailure.SignatureExpire",
        ),
        (
            Tencent {
                action: "PullSmsSendStatus",
                ..good()
            },
            "InvalidAction",
        ),
        (
            Tencent {
                version: "2019-07-11",
                ..good()
            },
            "NoSuchVersion",
        ),
        (
            Tencent {
                region: "us-east-1",
                ..good()
            },
            "UnsupportedRegion",
        ),
        (
            good().with("PhoneNumberSet", json!([])),
            "LimitExceeded.PhoneNumberCountLimit",
        ),
        (good().with("PhoneNumberSet", json!(ALICE)), "InvalidParameter"),
        (
            good().with("SmsSdkAppId", json!("1")),
            "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
        ),
    ] {
        assert_eq!(tencent_code(&call.send(&site).await), (true, expected.into()));
    }
    assert_eq!(
        tencent_code(&site.post(TENCENT, &json!({})).await),
        (true, "MissingParameter".into())
    );
    assert!(site.sim.all_sms().is_empty());
}

#[tokio::test]
async fn tencent_says_what_is_wrong_with_a_message_with_its_number() {
    let site = site().await;
    let good = Tencent::new;
    for (name, value, expected) in [
        (
            "PhoneNumberSet",
            json!(["10086"]),
            "InvalidParameterValue.IncorrectPhoneNumber",
        ),
        (
            "SignName",
            json!("虎"),
            "FailedOperation.SignatureIncorrectOrUnapproved",
        ),
        (
            "SignName",
            Value::Null,
            "FailedOperation.SignatureIncorrectOrUnapproved",
        ),
        (
            "TemplateId",
            json!("2"),
            "FailedOperation.TemplateIncorrectOrUnapproved",
        ),
        (
            "TemplateParamSet",
            json!(["483920", "5"]),
            "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        ),
    ] {
        let answer = good().with(name, value).send(&site).await;
        assert_eq!(tencent_code(&answer), (false, expected.into()));
    }
    assert!(site.sim.all_sms().is_empty());
}

#[tokio::test]
async fn tencent_minds_what_the_account_may() {
    let site = site().await;
    let refused = async |spec: SmsAccountSpec| {
        site.sim.sms_account(spec).unwrap();
        tencent_code(&Tencent::new().send(&site).await).1
    };
    let own = || spec(SmsVendor::Tencent);
    let blacklist = vec![ALICE.to_owned()];
    assert_eq!(
        refused(SmsAccountSpec { blacklist, ..own() }).await,
        "FailedOperation.PhoneNumberInBlacklist"
    );
    assert_eq!(
        refused(SmsAccountSpec {
            balance: Some(0),
            ..own()
        })
        .await,
        "FailedOperation.InsufficientBalanceInSmsPackage"
    );
    assert_eq!(
        refused(SmsAccountSpec {
            daily_limit: Some(0),
            ..own()
        })
        .await,
        "LimitExceeded.AppDailyLimit"
    );
    assert_eq!(
        refused(SmsAccountSpec {
            suspended: true,
            ..own()
        })
        .await,
        "UnauthorizedOperation.ServiceSuspendDueToArrears"
    );
    assert!(site.sim.all_sms().is_empty());
}

#[tokio::test]
async fn tencent_gives_a_number_one_message_in_thirty_seconds_five_an_hour_and_ten_a_day() {
    let site = site().await;
    let send = async |at: i64| {
        site.sim.set_clock(START + at).unwrap();
        let date = chrono::DateTime::from_timestamp(START + at, 0).unwrap();
        let date = Box::leak(date.format("%Y-%m-%d").to_string().into_boxed_str());
        let call = Tencent {
            timestamp: START + at,
            date,
            ..Tencent::new()
        };
        tencent_code(&call.send(&site).await).1
    };
    assert_eq!(send(0).await, "Ok");
    assert_eq!(send(29).await, "LimitExceeded.PhoneNumberThirtySecondLimit");
    for at in 1..5 {
        assert_eq!(send(30 * at).await, "Ok");
    }
    assert_eq!(send(3_599).await, "LimitExceeded.PhoneNumberOneHourLimit");
    for hour in 1..6 {
        assert_eq!(send(3_600 * (hour + 1)).await, "Ok");
    }
    assert_eq!(send(86_399).await, "LimitExceeded.PhoneNumberDailyLimit");
    assert_eq!(send(86_400).await, "Ok");
}
