//! Alibaba Cloud's SMS: who may send, what, and how often.

use hufu_wxsim::{SmsAccountSpec, SmsTemplate, SmsVendor};
use serde_json::json;

use crate::sms_client::{ALICE, ALIYUN, Aliyun, aliyun_code as code, spec};
use crate::support::{START, Site, start};

async fn site() -> Site {
    let site = start().await;
    site.sim.sms_account(spec(SmsVendor::Aliyun)).unwrap();
    site
}

#[tokio::test]
async fn aliyun_takes_a_signed_message_and_the_phone_gets_it() {
    let site = site().await;
    let answer = Aliyun::new(1).send(&site).await;
    assert_eq!(code(&answer), (200, "OK".into()));
    assert!(answer.json()["BizId"].as_str().unwrap().ends_with("^0"));
    assert_eq!(answer.json()["RequestId"].as_str().unwrap().len(), 36);
    let messages = site.sim.sms(ALICE);
    let message = &messages[0];
    assert_eq!((messages.len(), message.code.as_deref()), (1, Some("483920")));
    assert_eq!(
        (message.to.as_str(), message.at, message.account.as_str()),
        (ALICE, START, "AK")
    );
    assert_eq!(message.sign_name.as_deref(), Some("虎符"));
    for (at, number) in [(2, "8613800138001"), (3, "+8613800138002"), (4, "85251234567")] {
        let answer = Aliyun::new(at).with("PhoneNumbers", number).send(&site).await;
        assert_eq!(code(&answer).1, "OK", "{number}");
    }
    assert_eq!(site.sim.sms("+85251234567").len(), 1);
}

#[tokio::test]
async fn aliyun_looks_at_the_call_before_the_message() {
    let site = site().await;
    let good = || Aliyun::new(1).with("PhoneNumbers", "nonsense");
    for (call, status, expected) in [
        (
            Aliyun {
                secret: "hash",
                ..good()
            },
            400,
            "SignatureDoesNotMatch",
        ),
        (
            Aliyun {
                forged: "&OutId=1",
                ..good()
            },
            400,
            "SignatureDoesNotMatch",
        ),
        (Aliyun { key: "KA", ..good() }, 404, "InvalidAccessKeyId.NotFound"),
        (
            Aliyun {
                date: "2023-11-14T21:58:19Z",
                ..good()
            },
            400,
            "InvalidTimeStamp.Expired",
        ),
        (
            Aliyun {
                date: "2023-11-14T22:28:21Z",
                ..good()
            },
            400,
            "InvalidTimeStamp.Expired",
        ),
        (
            Aliyun {
                date: "now",
                ..good()
            },
            400,
            "InvalidTimeStamp.Format",
        ),
        (
            Aliyun {
                signed_headers: "host;x-acs-action",
                ..good()
            },
            400,
            "IncompleteSignature",
        ),
        (
            Aliyun {
                action: "QuerySendDetails",
                ..good()
            },
            404,
            "InvalidAction.NotFound",
        ),
    ] {
        assert_eq!(code(&call.send(&site).await), (status, expected.into()));
    }
    // That call was signed rightly, so its nonce is used up.
    assert_eq!(
        code(&good().send(&site).await),
        (400, "SignatureNonceUsed".into())
    );
    let unsigned = site.post(ALIYUN, &json!({})).await;
    assert_eq!(code(&unsigned), (400, "IncompleteSignature".into()));
    site.sim
        .sms_account(SmsAccountSpec {
            suspended: true,
            ..spec(SmsVendor::Aliyun)
        })
        .unwrap();
    assert_eq!(
        code(&good().send(&site).await),
        (403, "InvalidAccessKeyId.Inactive".into())
    );
    assert!(site.sim.all_sms().is_empty());
}

#[tokio::test]
async fn aliyun_refuses_messages_with_status_200() {
    let site = site().await;
    let cases = [
        ("PhoneNumbers", "10086", "isv.MOBILE_NUMBER_ILLEGAL"),
        ("SignName", "虎", "isv.SMS_SIGNATURE_ILLEGAL"),
        ("TemplateCode", "SMS_2", "isv.SMS_TEMPLATE_ILLEGAL"),
        ("TemplateParam", "{}", "isv.TEMPLATE_MISSING_PARAMETERS"),
        ("TemplateParam", r#"{"code":483920}"#, "isv.INVALID_JSON_PARAM"),
        ("TemplateParam", r#"{"code":"48-39"}"#, "isv.INVALID_PARAMETERS"),
        ("PhoneNumbers", "", "MissingParameter"),
    ];
    for (nonce, (name, value, expected)) in (100..).zip(cases) {
        let call = Aliyun::new(nonce).with(name, value);
        assert_eq!(code(&call.send(&site).await), (200, expected.into()), "{value}");
    }
    let refused = async |spec: SmsAccountSpec, nonce| {
        site.sim.sms_account(spec).unwrap();
        code(&Aliyun::new(nonce).send(&site).await).1
    };
    let good = || spec(SmsVendor::Aliyun);
    let blacklist = vec![ALICE.to_owned()];
    assert_eq!(
        refused(SmsAccountSpec { blacklist, ..good() }, 1).await,
        "isv.BLACK_KEY_CONTROL_LIMIT"
    );
    assert_eq!(
        refused(
            SmsAccountSpec {
                balance: Some(0),
                ..good()
            },
            2
        )
        .await,
        "isv.AMOUNT_NOT_ENOUGH"
    );
    assert_eq!(
        refused(
            SmsAccountSpec {
                daily_limit: Some(0),
                ..good()
            },
            3
        )
        .await,
        "isv.DAY_LIMIT_CONTROL"
    );
    assert_eq!(
        refused(
            SmsAccountSpec {
                balance: Some(1),
                ..good()
            },
            4
        )
        .await,
        "OK"
    );
    site.sim.advance(60).unwrap();
    assert_eq!(code(&Aliyun::new(5).send(&site).await).1, "isv.AMOUNT_NOT_ENOUGH");
    assert_eq!(site.sim.all_sms().len(), 1);
}

#[tokio::test]
async fn aliyun_gives_a_number_one_message_a_minute_five_an_hour_and_ten_a_day() {
    let site = site().await;
    let mut nonce = 0;
    let mut send = async |at: i64, number: &str| {
        site.sim.set_clock(START + at).unwrap();
        nonce += 1;
        let date = chrono::DateTime::from_timestamp(START + at, 0).unwrap();
        let date = Box::leak(date.format("%Y-%m-%dT%H:%M:%SZ").to_string().into_boxed_str());
        let call = Aliyun {
            date,
            ..Aliyun::new(nonce)
        }
        .with("PhoneNumbers", number);
        let answer = call.send(&site).await.json();
        answer["Message"].as_str().unwrap().to_owned()
    };
    assert_eq!(send(0, "13800138000").await, "OK");
    assert_eq!(send(59, "13800138000").await, "触发分钟级流控Permits:1");
    assert_eq!(send(59, "13800138001").await, "OK");
    for minute in 1..5 {
        assert_eq!(send(60 * minute, "13800138000").await, "OK");
    }
    assert_eq!(send(3_599, "13800138000").await, "触发小时级流控Permits:5");
    for hour in 1..6 {
        assert_eq!(send(3_600 * (hour + 1), "13800138000").await, "OK");
    }
    assert_eq!(send(86_399, "13800138000").await, "触发天级流控Permits:10");
    assert_eq!(send(86_400, "13800138000").await, "OK");
}

#[tokio::test]
async fn template_of_two_variables_needs_both() {
    let site = start().await;
    let mut account = spec(SmsVendor::Aliyun);
    let params = vec!["code".into(), "minutes".into()];
    account.templates = vec![SmsTemplate {
        id: "SMS_1".into(),
        params,
    }];
    site.sim.sms_account(account).unwrap();
    assert_eq!(
        code(&Aliyun::new(1).send(&site).await).1,
        "isv.TEMPLATE_MISSING_PARAMETERS"
    );
    let both = Aliyun::new(2).with("TemplateParam", r#"{"minutes":"5","code":"483920"}"#);
    assert_eq!(code(&both.send(&site).await).1, "OK");
    assert_eq!(site.sim.sms(ALICE)[0].code.as_deref(), Some("483920"));
}
