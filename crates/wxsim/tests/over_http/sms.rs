//! What the SMS vendors have in common: accounts, the inbox, the log and the faults; and the webhook.

use hufu_wxsim::{Cut, Fault, FaultAction, Refusal, SmsAccountSpec, SmsVendor};
use serde_json::{Value, json};

use crate::sms_client::{
    ALICE, ALIYUN, Aliyun, TENCENT, Tencent, WEBHOOK, aliyun_code as code, spec, tencent_code, webhook,
};
use crate::support::{START, start};

#[tokio::test]
async fn webhook_takes_what_is_signed_and_takes_it_once() {
    let site = start().await;
    site.sim.sms_account(spec(SmsVendor::Webhook)).unwrap();
    let body = json!({"to": ALICE, "code": "483920", "minutes": 5});
    let first = webhook(&site, "hush", START, "k1", &body).await;
    assert_eq!((first.status, first.json()), (200, json!({"id": "msg_1"})));
    assert_eq!(
        webhook(&site, "hush", START, "k1", &body).await.json(),
        first.json()
    );
    assert_eq!(
        webhook(&site, "hush", START + 300, "k2", &body).await.json()["id"],
        "msg_2"
    );
    let messages = site.sim.sms(ALICE);
    assert_eq!((messages.len(), messages[0].params["minutes"].as_str()), (2, "5"));
    assert_eq!(messages[0].idempotency_key.as_deref(), Some("k1"));

    for (secret, at, body, status, error) in [
        ("hash", START, &body, 401, "bad_signature"),
        ("hush", START - 301, &body, 401, "bad_signature"),
        ("hush", START + 301, &body, 401, "bad_signature"),
        ("hush", START, &json!({"to": ALICE}), 400, "invalid_body"),
        ("hush", START, &json!([]), 400, "invalid_body"),
        (
            "hush",
            START,
            &json!({"to": "10086", "code": "1"}),
            422,
            "invalid_phone",
        ),
    ] {
        let refused = webhook(&site, secret, at, "k3", body).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (status, &json!(error))
        );
    }
    assert_eq!(site.post(WEBHOOK, &body).await.status, 401);
    assert_eq!(site.get(WEBHOOK, &[]).await.status, 405);
    assert_eq!(site.post("/__sim/sms/webhook/other", &body).await.status, 404);
    for path in [
        "/__sim/sms/",
        "/__sim/sms/twilio/",
        "/__sim/sms/aliyun/more",
        "/__sim/smss",
    ] {
        assert_eq!(site.post(path, &body).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn inbox_is_read_over_http() {
    let site = start().await;
    let template = json!({"id": "SMS_1", "params": ["code"]});
    let account = json!({"vendor": "aliyun", "id": "AK", "secret": "hush", "sign_names": ["虎符"], "templates": [template]});
    let opened = site.control("POST", "sms/accounts", Some(account)).await;
    assert_eq!(
        (opened.status, opened.json()),
        (201, json!({"vendor": "aliyun", "id": "AK", "secret": "hush"}))
    );
    assert_eq!(site.sim.state().sms_accounts, 1);
    Aliyun::new(1).send(&site).await;
    site.sim.advance(10).unwrap();
    Aliyun::new(2)
        .with("PhoneNumbers", "13800138001")
        .send(&site)
        .await;
    let listed = async |query: &str| {
        let messages = site.control("GET", &format!("sms{query}"), None).await.json();
        messages
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["to"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, [ALICE, "+8613800138001"]);
    for query in [
        "?to=%2B8613800138000",
        "?to=+8613800138000",
        "?to=8613800138000&since=0",
    ] {
        assert_eq!(listed(query).await, [ALICE], "{query}");
    }
    assert_eq!(site.control("GET", "sms?since=now", None).await.status, 400);
    assert_eq!(
        listed(&format!("?to=&since={}", START + 10)).await,
        ["+8613800138001"]
    );
    let messages = site.control("GET", "sms", None).await.json();
    let expected = json!({
        "serial": 1, "at": START, "vendor": "aliyun", "account": "AK", "to": ALICE, "sign_name": "虎符",
        "template": "SMS_1", "code": "483920", "params": {"code": "483920"}, "idempotency_key": null,
    });
    assert_eq!(messages[0], expected);
    assert_eq!(site.control("DELETE", "sms", None).await.status, 204);
    assert!(site.sim.all_sms().is_empty());
    site.control("POST", "reset", Some(json!({}))).await;
    assert_eq!(site.sim.state().sms_accounts, 0);
    assert_eq!(
        code(&Aliyun::new(3).send(&site).await).1,
        "InvalidAccessKeyId.NotFound"
    );
}

#[tokio::test]
async fn accounts_that_cannot_be_are_refused() {
    let site = start().await;
    for (account, error) in [
        (json!({"vendor": "aliyun", "id": ""}), "invalid_sms_account"),
        (json!({"vendor": "aliyun", "id": "a,b"}), "invalid_sms_account"),
        (json!({"vendor": "tencent", "id": "AK"}), "invalid_sms_account"),
        (
            json!({"vendor": "aliyun", "id": "AK", "templates": [{"id": "1"}, {"id": "1"}]}),
            "invalid_sms_account",
        ),
        (
            json!({"vendor": "aliyun", "id": "AK", "secret": ""}),
            "empty_secret",
        ),
        (json!({"vendor": "twilio", "id": "AK"}), "invalid_json"),
        (
            json!({"vendor": "aliyun", "id": "AK", "color": "red"}),
            "invalid_json",
        ),
    ] {
        let refused = site.control("POST", "sms/accounts", Some(account)).await;
        assert_eq!((refused.status, &refused.json()["error"]), (422, &json!(error)));
    }
    let nameless = SmsAccountSpec::new(SmsVendor::Tencent, "AK");
    assert!(matches!(
        site.sim.sms_account(nameless),
        Err(Refusal::InvalidSmsAccount(_))
    ));
    let drawn = |id: &str| {
        let spec = SmsAccountSpec::new(SmsVendor::Aliyun, id);
        site.sim.sms_account(spec).unwrap()
    };
    assert_eq!(drawn("AK").secret.len(), 32);
    assert_eq!(drawn("AK").secret, drawn("AK").secret);
    assert_ne!(drawn("AK").secret, drawn("KA").secret);
    assert!(!format!("{:?}", drawn("AK")).contains(&drawn("AK").secret));
    assert_eq!(
        [SmsVendor::Aliyun, SmsVendor::Webhook].map(|vendor| site.sim.sms_url(vendor)),
        ["aliyun", "webhook"].map(|name| format!("{}/__sim/sms/{name}", site.sim.url()))
    );
}

#[tokio::test]
async fn codes_and_params_are_masked_in_the_request_log() {
    let site = start().await;
    for vendor in [SmsVendor::Aliyun, SmsVendor::Tencent, SmsVendor::Webhook] {
        site.sim.sms_account(spec(vendor)).unwrap();
    }
    Aliyun::new(1).send(&site).await;
    Tencent::new().send(&site).await;
    webhook(&site, "hush", START, "k", &json!({"to": ALICE, "code": "483920"})).await;
    assert_eq!(site.sim.all_sms().len(), 3);
    let masked = site.control("GET", "requests", None).await.text;
    assert!(masked.contains(ALIYUN) && !masked.contains("483920"), "{masked}");
    let revealed = site.control("GET", "requests?secrets=true", None).await.text;
    assert_eq!(revealed.matches("483920").count(), 3, "{revealed}");
}

#[tokio::test]
async fn faults_strike_the_vendors_too_and_refusals_have_their_shapes() {
    let site = start().await;
    for vendor in [SmsVendor::Aliyun, SmsVendor::Tencent, SmsVendor::Webhook] {
        site.sim.sms_account(spec(vendor)).unwrap();
    }
    let refusal = |code: &str, whole| FaultAction::SmsRefusal {
        code: code.into(),
        msg: "m".into(),
        whole,
    };
    let fault = |fault: Fault| {
        site.sim.clear_faults();
        site.sim.fault(fault).unwrap();
    };
    fault(refusal("isv.X", false).into());
    assert_eq!(code(&Aliyun::new(1).send(&site).await), (200, "isv.X".into()));
    assert_eq!(
        tencent_code(&Tencent::new().send(&site).await),
        (false, "isv.X".into())
    );
    let answer = webhook(&site, "hush", START, "k", &json!({"to": ALICE, "code": "1"})).await;
    assert_eq!((answer.status, answer.json()), (422, json!({"error": "isv.X"})));
    fault(refusal("X", true).into());
    assert_eq!(code(&Aliyun::new(2).send(&site).await), (400, "X".into()));
    assert_eq!(
        tencent_code(&Tencent::new().send(&site).await),
        (true, "X".into())
    );
    // WeChat has no such refusals.
    let app = site.app(crate::support::APP_1);
    assert_eq!(site.login(&app, "alice").await.errcode(), 0);
    assert!(site.sim.all_sms().is_empty());

    fault(
        Fault::new(FaultAction::Http {
            status: 502,
            body: String::new(),
        })
        .on_path("/__sim/sms/*"),
    );
    assert_eq!(Aliyun::new(3).send(&site).await.status, 502);
    fault(Fault::new(FaultAction::TruncatedJson).on_path(ALIYUN));
    let answer = Aliyun::new(4).send(&site).await;
    assert!(serde_json::from_str::<Value>(&answer.text).is_err());
    assert_eq!(site.sim.sms(ALICE).len(), 1);
    fault(Fault::new(FaultAction::Close(Cut::Before)).on_path(TENCENT));
    assert!(
        site.client
            .post(format!("{}{TENCENT}", site.sim.url()))
            .send()
            .await
            .is_err()
    );

    let json = json!({"match": {"path": TENCENT}, "action": {"sms_refusal": {"code": "Y"}}});
    site.sim.clear_faults();
    assert_eq!(site.control("POST", "faults", Some(json)).await.status, 201);
    assert_eq!(
        tencent_code(&Tencent::new().send(&site).await),
        (false, "Y".into())
    );
}
