//! A server that the deployment knows by name, and that sends for the tenant.
//!
//! It gets a POST:
//!
//! | header | |
//! | --- | --- |
//! | `content-type` | `application/json` |
//! | `hufu-timestamp` | Unix seconds |
//! | `hufu-signature` | `v1=` and the hexadecimal HMAC-SHA256, by the tenant's secret, of timestamp, a full stop and the body |
//! | `idempotency-key` | equal for what must not be sent twice |
//!
//! with the body `{"to":"+8613800138000","code":"483920","minutes":5,"purpose":"sign_in","locale":"zh-CN"}`. It compares the
//! signature in constant time, refuses timestamps that are more than five minutes away, and answers 2xx, perhaps with
//! `{"id":"…"}`; or another status with `{"error":"…","retry_after":60}`, where `error` is one of `rate_limited`,
//! `budget_exhausted`, `invalid_phone`, `cannot_deliver` and `misconfigured`. Status 401 or 403 means that the signature was
//! refused, and 429 that there were too many messages.

use crate::{
    failure::{
        UNKNOWN, Undecided, Verdict, exhausted, misconfigured, of, rate_limited, refused, sent, undecided,
        unusable,
    },
    hex::{hex, hmac_sha256},
    http::{Http, Reply, Request},
};
use hufu_core::{
    Instant,
    sms::{Sent, SmsError, SmsFate, SmsMessage, WebhookSms},
};
use reqwest::header::RETRY_AFTER;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// The vendor's name, for logs.
pub(crate) const NAME: &str = "webhook";

/// What is not believed, in seconds.
const LONGEST_WAIT: u32 = 86_400;
const MINUTE: u32 = 60;

#[derive(Serialize)]
struct Body<'a> {
    to: &'a str,
    code: &'a str,
    minutes: u32,
    purpose: &'a str,
    locale: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    id: Option<String>,
    error: Option<String>,
    retry_after: Option<u32>,
}

/// Asks once. `url` is what the deployment knows under the webhook's name.
pub(crate) async fn send(
    http: &Http,
    (url, now): (&Url, Instant),
    webhook: &WebhookSms,
    message: &SmsMessage,
) -> Result<Sent, SmsError> {
    let reply = http.send(request(url, now, webhook, message)).await;
    let reply = reply.map_err(|cause| undecided(NAME, &cause.into()))?;
    let answer = read(&reply.body);
    if reply.status.is_success() {
        return Ok(sent(message, answer.id.as_deref()));
    }
    let told = answer.error.as_deref().unwrap_or_default();
    match verdict(&reply, &answer) {
        Some(verdict) => Err(refused(NAME, told, verdict)),
        None => Err(undecided(NAME, &Undecided::Unreadable(reply.status.as_u16()))),
    }
}

/// Where the settings cannot be used.
pub(crate) fn unusable_settings(member: &'static str) -> SmsError {
    unusable(NAME, member, SETTINGS)
}

fn request(url: &Url, now: Instant, webhook: &WebhookSms, message: &SmsMessage) -> Request {
    let body = Body {
        to: message.to.as_str(),
        code: message.code.expose_secret(),
        minutes: message.minutes,
        purpose: message.purpose.as_str(),
        locale: message.locale.as_str(),
    };
    let body = serde_json::to_string(&body).expect("a struct of texts can be written as JSON");
    let timestamp = now.timestamp().to_string();
    let signature = signature(webhook.secret.expose_secret(), &timestamp, &body);
    Request {
        url: url.clone(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("hufu-timestamp", timestamp),
            ("hufu-signature", signature),
            ("idempotency-key", message.idempotency_key.to_string()),
        ],
        body,
    }
}

fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let mac = hmac_sha256(secret.as_bytes(), &[timestamp.as_bytes(), b".", body.as_bytes()]);
    format!("v1={}", hex(&mac))
}

/// What cannot be read says nothing.
fn read(body: &[u8]) -> Answer {
    // serde takes a list for a struct, too.
    let json: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    serde_json::from_value(json.into()).unwrap_or_default()
}

/// What follows from a status that is no success; `None` where neither status nor answer says it.
fn verdict(reply: &Reply, answer: &Answer) -> Option<Verdict> {
    let header = || reply.headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok();
    let retry_after = answer.retry_after.or_else(header).unwrap_or(MINUTE);
    let retry_after = retry_after.clamp(1, LONGEST_WAIT);
    Some(match (answer.error.as_deref(), reply.status.as_u16()) {
        (Some("rate_limited"), _) => rate_limited(retry_after),
        (Some("budget_exhausted"), _) => exhausted(CEILING),
        (Some("invalid_phone"), _) => of(SmsFate::InvalidPhone),
        (Some("cannot_deliver"), _) => of(SmsFate::CannotDeliver),
        (Some("misconfigured"), _) | (_, 404 | 405 | 410) => misconfigured(SETTINGS),
        (_, 401 | 403) => misconfigured(SECRET),
        (_, 429) => rate_limited(retry_after),
        (Some(_), _) => UNKNOWN,
        (None, _) => return None,
    })
}

const SECRET: &str = "The SMS webhook refuses Hufu's signature: give both the same secret, on the webhook's own page for \
    signing secrets and in the tenant's SMS settings. 短信 Webhook 拒绝了 Hufu 的签名：请确保 Webhook 的签名密钥页面与租户短信设置中的密钥一致。";
const CEILING: &str = "The ceiling on messages that is set at the SMS webhook is reached; see whether somebody abuses the \
    sending of codes before raising it on the webhook's own page for limits. 已达到短信 Webhook 设置的发送上限：请先排查是否被盗刷，再到 Webhook 的限额页面调整。";
/// For what cannot be right without anybody being asked, and for what is not there.
pub(crate) const SETTINGS: &str = "The SMS webhook cannot be used as it is set: compare its name and secret in the tenant's \
    SMS settings with those that the deployment's configuration and the webhook's own page have. 短信 Webhook 配置无效：请核对租户短信设置中的名称和密钥是否与部署\
    配置及 Webhook 页面一致。";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_over_timestamp_and_body() {
        // printf '1767600000.{"a":1}' | openssl dgst -sha256 -hmac "$(printf 's%.0s' {1..32})"
        assert_eq!(
            signature(&"s".repeat(32), "1767600000", r#"{"a":1}"#),
            "v1=ca317af12153526e9cf783fba974d6d1b0e59f9f33189852e4aa395692b24ce6"
        );
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for body in ["", "null", "[]", "[\"id\"]", "{\"id\":7}", "<html>"] {
            let answer = read(body.as_bytes());
            assert!(answer.id.is_none() && answer.error.is_none(), "{body}");
        }
        assert_eq!(read(br#"{"id":"m","more":1}"#).id.as_deref(), Some("m"));
    }
}
