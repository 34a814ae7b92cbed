//! Alibaba Cloud: what is sent, and what follows from each error code.

use crate::stage::{At, PUT_OFF, Stage, UNKNOWN, account, holds, message_to, vendor};
use hufu_core::sms::{AliyunSms, SmsFate, SmsSender, SmsVendor};
use hufu_wxsim::SmsAccountSpec;

fn aliyun() -> AliyunSms {
    match vendor(At::Aliyun) {
        SmsVendor::Aliyun(aliyun) => aliyun,
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn a_message_is_signed_sent_once_and_arrives() {
    let stage = Stage::set().await;
    let sent = stage.send(At::Aliyun).await.unwrap();
    assert!(sent.vendor_id.unwrap().ends_with("^0"));
    let inbox = stage.inbox();
    assert_eq!((inbox.len(), inbox[0].code.as_deref()), (1, Some("483920")));
    assert_eq!(inbox[0].params["minutes"], "5");
    let asked = &stage.sim.requests_with_secrets("/__sim/sms/aliyun/")[0];
    assert_eq!(
        (asked.method.as_str(), asked.query["PhoneNumbers"].as_str()),
        ("POST", "13800138000")
    );
    assert!(asked.query["OutId"].starts_with("challenge-"));
    for number in ["+85251234567", "+447911123456"] {
        stage
            .api
            .send(&vendor(At::Aliyun), &message_to(number))
            .await
            .unwrap();
        assert_eq!(stage.sim.sms(number).len(), 1, "{number}");
    }
    assert_eq!(stage.asked(At::Aliyun), 3);
}

#[tokio::test]
async fn a_number_that_alibaba_would_take_for_anothers_is_not_sent() {
    let stage = Stage::set().await;
    for number in ["+14155552671", "+13800138000"] {
        let sent = stage.api.send(&vendor(At::Aliyun), &message_to(number)).await;
        assert_eq!(sent.unwrap_err().fate, SmsFate::CannotDeliver, "{number}");
    }
    assert_eq!((stage.asked(At::Aliyun), stage.sim.all_sms().len()), (0, 0));
}

#[tokio::test]
async fn each_code_of_a_message_has_its_fate_after_one_call() {
    let stage = Stage::set().await;
    let expected = [
        ("isv.MOBILE_NUMBER_ILLEGAL", SmsFate::InvalidPhone),
        ("isv.BLACK_KEY_CONTROL_LIMIT", SmsFate::CannotDeliver),
        (
            "isv.BUSINESS_LIMIT_CONTROL",
            SmsFate::RateLimited { retry_after: 60 },
        ),
        ("isv.DAY_LIMIT_CONTROL", SmsFate::BudgetExhausted),
        ("isv.MONTH_LIMIT_CONTROL", SmsFate::BudgetExhausted),
        ("isv.SMS_SIGNATURE_ILLEGAL", SmsFate::Misconfigured),
        ("isv.SIGN_NAME_ILLEGAL", SmsFate::Misconfigured),
        ("isv.SIGN_STATE_ILLEGAL", SmsFate::Misconfigured),
        ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", SmsFate::Misconfigured),
        ("isv.SMS_TEMPLATE_ILLEGAL", SmsFate::Misconfigured),
        ("isv.TEMPLATE_MISSING_PARAMETERS", SmsFate::Misconfigured),
        ("isv.TEMPLATE_PARAMS_ILLEGAL", SmsFate::Misconfigured),
        ("isv.INVALID_PARAMETERS", SmsFate::Misconfigured),
        ("isv.INVALID_JSON_PARAM", SmsFate::Misconfigured),
        ("isv.PARAM_LENGTH_LIMIT", SmsFate::Misconfigured),
        ("isv.PARAM_NOT_SUPPORT_URL", SmsFate::Misconfigured),
        ("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", SmsFate::Misconfigured),
        ("isv.DENY_IP_RANGE", SmsFate::Misconfigured),
        ("isv.OUT_OF_SERVICE", SmsFate::Misconfigured),
        ("isv.AMOUNT_NOT_ENOUGH", SmsFate::Misconfigured),
        ("isv.PRODUCT_UN_SUBSCRIPT", SmsFate::Misconfigured),
        ("isv.PRODUCT_UNSUBSCRIBE", SmsFate::Misconfigured),
        ("isv.ACCOUNT_NOT_EXISTS", SmsFate::Misconfigured),
        ("isv.ACCOUNT_ABNORMAL", SmsFate::Misconfigured),
        ("isp.RAM_PERMISSION_DENY", SmsFate::Misconfigured),
        ("isp.SYSTEM_ERROR", PUT_OFF),
        ("isp.GATEWAY_ERROR", PUT_OFF),
        // Nobody knows this.
        ("isv.SOMETHING_NEW", UNKNOWN),
    ];
    holds(&stage, At::Aliyun, false, &expected).await;
}

#[tokio::test]
async fn each_code_of_a_call_has_its_fate_after_one_call() {
    let stage = Stage::set().await;
    let expected = [
        ("SignatureDoesNotMatch", SmsFate::Misconfigured),
        ("IncompleteSignature", SmsFate::Misconfigured),
        ("InvalidAccessKeyId.NotFound", SmsFate::Misconfigured),
        ("InvalidAccessKeyId.Inactive", SmsFate::Misconfigured),
        ("Forbidden.RAM", SmsFate::Misconfigured),
        ("NoPermission", SmsFate::Misconfigured),
        ("InvalidTimeStamp.Expired", SmsFate::Misconfigured),
        ("SignatureNonceUsed", PUT_OFF),
        ("Throttling", PUT_OFF),
        ("Throttling.User", PUT_OFF),
        ("ServiceUnavailable", PUT_OFF),
        ("InternalError", PUT_OFF),
        ("MissingParameter", UNKNOWN),
    ];
    holds(&stage, At::Aliyun, true, &expected).await;
}

#[tokio::test]
async fn a_full_window_is_waited_for() {
    let stage = Stage::set().await;
    for (message, retry_after) in [
        ("触发分钟级流控Permits:1", 60),
        ("触发小时级流控Permits:5", 3_600),
        ("触发天级流控Permits:10", 86_400),
    ] {
        let error = stage
            .refused(At::Aliyun, "isv.BUSINESS_LIMIT_CONTROL", message, false)
            .await;
        assert_eq!(error.fate, SmsFate::RateLimited { retry_after });
    }
    // And by the twin's own windows.
    stage.sim.clear_faults();
    let limited = async || stage.send(At::Aliyun).await.unwrap_err().fate;
    stage.send(At::Aliyun).await.unwrap();
    assert_eq!(limited().await, SmsFate::RateLimited { retry_after: 60 });
    for _ in 1..5 {
        stage.advance(60);
        stage.send(At::Aliyun).await.unwrap();
    }
    stage.advance(60);
    assert_eq!(limited().await, SmsFate::RateLimited { retry_after: 3_600 });
    for _ in 5..10 {
        stage.advance(3_600);
        stage.send(At::Aliyun).await.unwrap();
    }
    stage.advance(3_600);
    assert_eq!(limited().await, SmsFate::RateLimited { retry_after: 86_400 });
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_told_with_the_consoles_page() {
    let stage = Stage::set().await;
    let advised = async |vendor: AliyunSms| {
        let error = stage
            .api
            .send(&SmsVendor::Aliyun(vendor), &message_to("+8613800138001"))
            .await;
        let error = error.unwrap_err();
        assert_eq!(error.fate, SmsFate::Misconfigured);
        (error.upstream_code.unwrap_or_default(), error.advice.unwrap())
    };
    for (vendor, code, page) in [
        (
            AliyunSms {
                access_key_secret: "wrong".into(),
                ..aliyun()
            },
            "SignatureDoesNotMatch",
            "身份管理 > 用户 > AccessKey",
        ),
        (
            AliyunSms {
                access_key_id: "nobody".into(),
                ..aliyun()
            },
            "InvalidAccessKeyId.NotFound",
            "AccessKey",
        ),
        (
            AliyunSms {
                sign_name: "虎".into(),
                ..aliyun()
            },
            "isv.SMS_SIGNATURE_ILLEGAL",
            "签名管理",
        ),
        (
            AliyunSms {
                template_code: "SMS_2".into(),
                ..aliyun()
            },
            "isv.SMS_TEMPLATE_ILLEGAL",
            "模板管理",
        ),
        // What cannot be right is not asked about.
        (
            AliyunSms {
                access_key_id: "a,Signature=".into(),
                ..aliyun()
            },
            "",
            "AccessKey",
        ),
    ] {
        let (told, advice) = advised(vendor).await;
        assert_eq!(told, code);
        assert!(advice.contains(page), "{advice}");
    }
    assert_eq!(stage.asked(At::Aliyun), 4);
    stage
        .sim
        .sms_account(SmsAccountSpec {
            balance: Some(0),
            ..account(At::Aliyun)
        })
        .unwrap();
    assert!(advised(aliyun()).await.1.contains("套餐包管理"));
    stage
        .sim
        .sms_account(SmsAccountSpec {
            suspended: true,
            ..account(At::Aliyun)
        })
        .unwrap();
    assert_eq!(advised(aliyun()).await.0, "InvalidAccessKeyId.Inactive");
    stage.clock.advance(901);
    assert!(advised(aliyun()).await.1.contains("NTP"));
}
