//! The webhook: what is sent, and what follows from each answer.

use crate::stage::{ALICE, At, CODE, SECRET, Stage, UNKNOWN, holds, message, vendor};
use hufu_core::sms::{SmsFate, SmsSender, SmsVendor, WebhookSms};
use hufu_wxsim::FaultAction;
use serde_json::json;

#[tokio::test]
async fn a_message_is_signed_sent_once_and_arrives() {
    let stage = Stage::set().await;
    let message = message();
    let sent = stage.api.send(&vendor(At::Webhook), &message).await.unwrap();
    assert_eq!(sent.vendor_id.as_deref(), Some("msg_1"));
    let inbox = stage.inbox();
    assert_eq!((inbox.len(), inbox[0].code.as_deref()), (1, Some(CODE)));
    assert_eq!(
        inbox[0].idempotency_key.as_deref(),
        Some(message.idempotency_key.as_str())
    );
    let asked = &stage.sim.requests_with_secrets("/__sim/sms/webhook/gateway")[0];
    let expected = json!({"to": ALICE, "code": CODE, "minutes": 5, "purpose": "sign_in", "locale": "zh-CN"});
    assert_eq!(asked.body, Some(expected));
    // Sent again by whoever gave up waiting, it is the same message.
    let again = stage.api.send(&vendor(At::Webhook), &message).await.unwrap();
    assert_eq!((again, stage.inbox().len()), (sent, 1));
}

#[tokio::test]
async fn each_error_of_the_webhooks_has_its_fate_after_one_call() {
    let stage = Stage::set().await;
    let expected = [
        ("rate_limited", SmsFate::RateLimited { retry_after: 60 }),
        ("budget_exhausted", SmsFate::BudgetExhausted),
        ("invalid_phone", SmsFate::InvalidPhone),
        ("cannot_deliver", SmsFate::CannotDeliver),
        ("misconfigured", SmsFate::Misconfigured),
        ("something_new", UNKNOWN),
    ];
    holds(&stage, At::Webhook, false, &expected).await;
}

#[tokio::test]
async fn a_status_says_what_no_error_says() {
    let stage = Stage::set().await;
    let answered = async |status, body: &str| {
        let body = body.to_owned();
        stage.fault(FaultAction::Http { status, body });
        stage
            .send(At::Webhook)
            .await
            .map(|sent| sent.vendor_id)
            .map_err(|error| error.fate)
    };
    for (status, body, expected) in [
        (200, "", Ok(None)),
        (202, "accepted", Ok(None)),
        (204, "", Ok(None)),
        (201, r#"{"id":"m-1"}"#, Ok(Some("m-1".into()))),
        // What could repeat code or number is no id.
        (200, r#"{"id":"483920"}"#, Ok(None)),
        (200, r#"{"id":"to-13800138000"}"#, Ok(None)),
        (200, r#"{"id":"a b"}"#, Ok(None)),
        (302, "", Err(UNKNOWN)),
        (400, "", Err(UNKNOWN)),
        (401, "", Err(SmsFate::Misconfigured)),
        (403, "{}", Err(SmsFate::Misconfigured)),
        (404, "", Err(SmsFate::Misconfigured)),
        (429, "", Err(SmsFate::RateLimited { retry_after: 60 })),
        (
            429,
            r#"{"retry_after":90}"#,
            Err(SmsFate::RateLimited { retry_after: 90 }),
        ),
        (
            422,
            r#"{"error":"rate_limited","retry_after":0}"#,
            Err(SmsFate::RateLimited { retry_after: 1 }),
        ),
        (
            422,
            r#"{"error":"rate_limited","retry_after":4000000000}"#,
            Err(SmsFate::RateLimited { retry_after: 86_400 }),
        ),
        (500, "", Err(UNKNOWN)),
        (503, r#"{"error":"invalid_phone"}"#, Err(SmsFate::InvalidPhone)),
    ] {
        assert_eq!(answered(status, body).await, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_name_are_the_operators_to_mend() {
    let stage = Stage::set().await;
    for (name, secret, asked) in [
        ("gateway", "another-secret-of-thirty-two-characters", 1),
        ("elsewhere", SECRET, 1),
        ("gateway", "short", 1),
        ("http://203.0.113.7/", SECRET, 1),
    ] {
        let webhook = WebhookSms {
            name: name.into(),
            secret: secret.into(),
        };
        let error = stage
            .api
            .send(&SmsVendor::Webhook(webhook), &message())
            .await
            .unwrap_err();
        assert_eq!(error.fate, SmsFate::Misconfigured, "{name}");
        assert!(error.advice.is_some_and(|advice| advice.contains("Webhook")));
        assert_eq!(stage.asked(At::Webhook), asked, "{name}");
    }
}
