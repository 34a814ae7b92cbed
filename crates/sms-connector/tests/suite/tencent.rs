//! Tencent Cloud: what is sent, and what follows from each error code, of a request and of a number.

use crate::stage::{ALICE, At, PUT_OFF, Stage, UNKNOWN, account, holds, message_to, vendor};
use hufu_core::sms::{SmsFate, SmsSender, SmsVendor, TencentSms};
use hufu_wxsim::SmsAccountSpec;
use serde_json::json;

fn tencent() -> TencentSms {
    match vendor(At::Tencent) {
        SmsVendor::Tencent(tencent) => tencent,
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn a_message_is_signed_sent_once_and_arrives() {
    let stage = Stage::set().await;
    let sent = stage.send(At::Tencent).await.unwrap();
    assert!(sent.vendor_id.unwrap().starts_with("2019:"));
    let inbox = stage.inbox();
    assert_eq!((inbox.len(), inbox[0].code.as_deref()), (1, Some("483920")));
    let asked = &stage.sim.requests_with_secrets("/__sim/sms/tencent/")[0];
    let body = asked.body.as_ref().unwrap();
    assert_eq!(body["PhoneNumberSet"], json!([ALICE]));
    // By position, in the tenant's order.
    assert_eq!(body["TemplateParamSet"], json!(["5", "483920"]));
    assert_eq!(stage.asked(At::Tencent), 1);
}

const OF_A_NUMBER: [(&str, SmsFate); 17] = [
    (
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        SmsFate::RateLimited { retry_after: 30 },
    ),
    (
        "LimitExceeded.DeliveryFrequencyLimit",
        SmsFate::RateLimited { retry_after: 60 },
    ),
    (
        "LimitExceeded.PhoneNumberOneHourLimit",
        SmsFate::RateLimited { retry_after: 3_600 },
    ),
    (
        "LimitExceeded.PhoneNumberDailyLimit",
        SmsFate::RateLimited { retry_after: 86_400 },
    ),
    (
        "LimitExceeded.PhoneNumberSameContentDailyLimit",
        SmsFate::RateLimited { retry_after: 86_400 },
    ),
    ("LimitExceeded.AppDailyLimit", SmsFate::BudgetExhausted),
    ("LimitExceeded.DailyLimit", SmsFate::BudgetExhausted),
    (
        "LimitExceeded.AppMainlandChinaDailyLimit",
        SmsFate::BudgetExhausted,
    ),
    ("FailedOperation.PhoneNumberInBlacklist", SmsFate::CannotDeliver),
    (
        "InvalidParameterValue.IncorrectPhoneNumber",
        SmsFate::InvalidPhone,
    ),
    (
        "FailedOperation.SignatureIncorrectOrUnapproved",
        SmsFate::Misconfigured,
    ),
    (
        "FailedOperation.TemplateIncorrectOrUnapproved",
        SmsFate::Misconfigured,
    ),
    (
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        SmsFate::Misconfigured,
    ),
    (
        "FailedOperation.InsufficientBalanceInSmsPackage",
        SmsFate::Misconfigured,
    ),
    (
        "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
        SmsFate::Misconfigured,
    ),
    ("InternalError.OtherError", PUT_OFF),
    ("FailedOperation.SomethingNew", UNKNOWN),
];

const OF_A_REQUEST: [(&str, SmsFate); 17] = [
    ("AuthFailure.SecretIdNotFound", SmsFate::Misconfigured),
    ("AuthFailure.SignatureFailure", SmsFate::Misconfigured),
    ("AuthFailure.SignatureExpire", SmsFate::Misconfigured),
    ("AuthFailure.UnauthorizedOperation", SmsFate::Misconfigured),
    ("AuthFailure.TokenFailure", SmsFate::Misconfigured),
    ("UnauthorizedOperation", SmsFate::Misconfigured),
    (
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
        SmsFate::Misconfigured,
    ),
    ("UnauthorizedOperation.SdkAppIdIsDisabled", SmsFate::Misconfigured),
    (
        "UnauthorizedOperation.RequestIpNotInWhitelist",
        SmsFate::Misconfigured,
    ),
    (
        "UnauthorizedOperation.ServiceSuspendDueToArrears",
        SmsFate::Misconfigured,
    ),
    ("IpNotInWhitelist", SmsFate::Misconfigured),
    ("UnsupportedRegion", SmsFate::Misconfigured),
    ("InternalError", PUT_OFF),
    ("InternalError.Timeout", PUT_OFF),
    ("RequestLimitExceeded", PUT_OFF),
    ("RequestLimitExceeded.UinLimitExceeded", PUT_OFF),
    ("InvalidParameter", UNKNOWN),
];

#[tokio::test]
async fn each_code_of_either_level_has_its_fate_after_one_call() {
    let stage = Stage::set().await;
    for whole in [false, true] {
        // A code means the same wherever it stands.
        holds(&stage, At::Tencent, whole, &OF_A_NUMBER).await;
        holds(&stage, At::Tencent, whole, &OF_A_REQUEST).await;
    }
}

#[tokio::test]
async fn a_full_window_is_waited_for() {
    let stage = Stage::set().await;
    let limited = async || stage.send(At::Tencent).await.unwrap_err().fate;
    stage.send(At::Tencent).await.unwrap();
    assert_eq!(limited().await, SmsFate::RateLimited { retry_after: 30 });
    for _ in 1..5 {
        stage.advance(30);
        stage.send(At::Tencent).await.unwrap();
    }
    stage.advance(30);
    assert_eq!(limited().await, SmsFate::RateLimited { retry_after: 3_600 });
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_told_with_the_consoles_page() {
    let stage = Stage::set().await;
    let advised = async |vendor: TencentSms| {
        let error = stage
            .api
            .send(&SmsVendor::Tencent(vendor), &message_to("+8613800138001"))
            .await;
        let error = error.unwrap_err();
        assert_eq!(error.fate, SmsFate::Misconfigured);
        (error.upstream_code.unwrap_or_default(), error.advice.unwrap())
    };
    for (vendor, code, page) in [
        (
            TencentSms {
                secret_key: "wrong".into(),
                ..tencent()
            },
            "AuthFailure.SignatureFailure",
            "API密钥管理",
        ),
        (
            TencentSms {
                secret_id: "nobody".into(),
                ..tencent()
            },
            "AuthFailure.SecretIdNotFound",
            "API密钥管理",
        ),
        (
            TencentSms {
                sdk_app_id: "1".into(),
                ..tencent()
            },
            "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
            "应用列表",
        ),
        (
            TencentSms {
                sign_name: "虎".into(),
                ..tencent()
            },
            "FailedOperation.SignatureIncorrectOrUnapproved",
            "签名管理",
        ),
        (
            TencentSms {
                template_id: "2".into(),
                ..tencent()
            },
            "FailedOperation.TemplateIncorrectOrUnapproved",
            "正文模板管理",
        ),
        (
            TencentSms {
                region: "us-east-1".into(),
                ..tencent()
            },
            "UnsupportedRegion",
            "地域列表",
        ),
        // What cannot be right is not asked about.
        (
            TencentSms {
                secret_id: "a\r\nb".into(),
                ..tencent()
            },
            "",
            "API密钥管理",
        ),
    ] {
        let (told, advice) = advised(vendor).await;
        assert_eq!(told, code);
        assert!(advice.contains(page), "{advice}");
    }
    assert_eq!(stage.asked(At::Tencent), 6);
    stage
        .sim
        .sms_account(SmsAccountSpec {
            balance: Some(0),
            ..account(At::Tencent)
        })
        .unwrap();
    assert!(advised(tencent()).await.1.contains("套餐包管理"));
    stage.clock.advance(301);
    assert!(advised(tencent()).await.1.contains("NTP"));
}
