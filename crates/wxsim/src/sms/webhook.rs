//! A server that takes signed webhooks and sends what they say. `hufu-signature` is `v1=` and the hexadecimal HMAC-SHA256,
//! by the shared secret, of the text of `hufu-timestamp`, a full stop and the body.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json as value};
use subtle::ConstantTimeEq;

use super::account::Record;
use super::{Sms, SmsRecord, SmsVendor, json};
use crate::crypt::hmac_sha256_hex;
use crate::wechat::{Answer, Call};
use crate::world::Phone;

/// Seconds.
const LONGEST_SKEW: i64 = 5 * 60;

pub(super) fn handle(sms: &mut Sms, call: &Call, name: &str, now: i64) -> Answer {
    match take(sms, call, name, now) {
        Ok(serial) => json(StatusCode::OK, &value!({"id": format!("msg_{serial}")})),
        Err((status, error)) => refusal(status, error),
    }
}

pub(super) fn refusal(status: StatusCode, error: &str) -> Answer {
    json(status, &value!({"error": error}))
}

fn take(sms: &mut Sms, call: &Call, name: &str, now: i64) -> Result<u64, (StatusCode, &'static str)> {
    let account = sms
        .account(SmsVendor::Webhook, name)
        .ok_or((StatusCode::NOT_FOUND, "unknown_webhook"))?;
    if call.method != Method::POST {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "post_required"));
    }
    if !is_signed(account, call, now) {
        return Err((StatusCode::UNAUTHORIZED, "bad_signature"));
    }
    let invalid = (StatusCode::BAD_REQUEST, "invalid_body");
    let body = call.json.as_ref().and_then(Value::as_object).ok_or(invalid)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let (to, code) = (text("to").ok_or(invalid)?, text("code").ok_or(invalid)?);
    let to = Phone::parse(&to).map_err(|_| (StatusCode::UNPROCESSABLE_ENTITY, "invalid_phone"))?;
    let key = call.header("idempotency-key").map(str::to_owned);
    if let Some(serial) = key.as_deref().and_then(|key| sms.inbox.known(name, key)) {
        return Ok(serial);
    }
    let params: BTreeMap<_, _> = body
        .iter()
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        })
        .collect();
    let message = SmsRecord {
        serial: sms.inbox.seen() + 1,
        at: now,
        vendor: SmsVendor::Webhook,
        account: name.to_owned(),
        to: to.e164(),
        sign_name: None,
        template: None,
        code: Some(code),
        params,
        idempotency_key: key,
    };
    Ok(sms.inbox.put(message))
}

fn is_signed(account: &Record, call: &Call, now: i64) -> bool {
    let Some((timestamp, signature)) = call.header("hufu-timestamp").zip(call.header("hufu-signature"))
    else {
        return false;
    };
    let signed = [timestamp.as_bytes(), b".", call.body.as_ref()].concat();
    let expected = format!("v1={}", hmac_sha256_hex(account.secret().as_bytes(), &signed));
    let is_of_now = timestamp
        .parse::<i64>()
        .is_ok_and(|at| (at - now).abs() <= LONGEST_SKEW);
    is_of_now && bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
}
