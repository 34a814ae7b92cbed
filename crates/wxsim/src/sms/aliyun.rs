//! Alibaba Cloud: `SendSms` of 2017-05-25. Parameters are taken from the query and from a form.
//!
//! What is refused before the message is looked at has status 400 or 404; what the message is refused for has status 200,
//! and a `Code` that is not `OK`.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::NaiveDateTime;
use serde::Serialize;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::account::{NONCE_LIFE, Span};
use super::{Refused, Sms, SmsVendor, Submission, json};
use crate::crypt::acs3::{Authorization, SignedCall};
use crate::crypt::hex;
use crate::wechat::{Answer, Call};
use crate::world::Phone;
use sha2::{Digest, Sha256};

/// Headers without whose signature a call is not signed.
const SIGNED: [&str; 6] = [
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
];

type Problem = (StatusCode, &'static str, &'static str);

pub(super) fn handle(sms: &mut Sms, call: &Call, now: i64) -> Answer {
    let request_id = sms.request_id();
    let id = match authenticate(sms, call, now) {
        Ok(id) => id,
        Err((status, code, message)) => {
            let mut answer = refusal(code, message, true, request_id);
            answer.status = status;
            return answer;
        }
    };
    match send(sms, call, &id, now) {
        Ok(serial) => json(
            StatusCode::OK,
            &Body {
                message: "OK",
                request_id,
                code: "OK",
                biz_id: Some(format!("{now}{serial:06}^0")),
            },
        ),
        Err((code, message)) => refusal(code, message, false, request_id),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    message: &'a str,
    request_id: String,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_id: Option<String>,
}

pub(super) fn refusal(code: &str, message: &str, whole: bool, request_id: String) -> Answer {
    let status = if whole {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let body = Body {
        message,
        request_id,
        code,
        biz_id: None,
    };
    json(status, &body)
}

/// Whose call it is.
fn authenticate(sms: &mut Sms, call: &Call, now: i64) -> Result<String, Problem> {
    let bad = |code, message| (StatusCode::BAD_REQUEST, code, message);
    let header = |name| call.header(name).filter(|value| !value.is_empty());
    let missing = bad("MissingParameter", "A header of the signature is missing.");
    let authorization = header("authorization").and_then(Authorization::parse).ok_or(bad(
        "IncompleteSignature",
        "The request signature does not conform to the standards.",
    ))?;
    let signed: Vec<_> = authorization.signed_headers.split(';').collect();
    if !SIGNED.iter().all(|name| signed.contains(name)) {
        return Err(bad("IncompleteSignature", "A header that must be signed is not."));
    }
    let account = sms
        .account(SmsVendor::Aliyun, authorization.access_key_id)
        .ok_or((
            StatusCode::NOT_FOUND,
            "InvalidAccessKeyId.NotFound",
            "Specified access key is not found.",
        ))?;
    let date = header("x-acs-date").ok_or(missing)?;
    let at = NaiveDateTime::parse_from_str(date, "%Y-%m-%dT%H:%M:%SZ").map_err(|_| {
        bad(
            "InvalidTimeStamp.Format",
            "Specified time stamp or date value is not well formatted.",
        )
    })?;
    if (at.and_utc().timestamp() - now).abs() > NONCE_LIFE {
        return Err(bad(
            "InvalidTimeStamp.Expired",
            "Specified time stamp or date value is expired.",
        ));
    }
    let expected = SignedCall {
        method: call.method.as_str(),
        query: &call.query,
        headers: &call.headers,
        signed_headers: authorization.signed_headers,
        body: &call.body,
    }
    .signature(account.secret());
    let is_body = header("x-acs-content-sha256") == Some(&hex(&Sha256::digest(&call.body)));
    if !is_body || !bool::from(expected.as_bytes().ct_eq(authorization.signature.as_bytes())) {
        return Err(bad(
            "SignatureDoesNotMatch",
            "Specified signature is not matched with our calculation.",
        ));
    }
    if !account.take_nonce(header("x-acs-signature-nonce").ok_or(missing)?, now) {
        return Err(bad(
            "SignatureNonceUsed",
            "Specified signature nonce was used already.",
        ));
    }
    if account.is_suspended() {
        return Err((
            StatusCode::FORBIDDEN,
            "InvalidAccessKeyId.Inactive",
            "Specified access key is disabled.",
        ));
    }
    if header("x-acs-action") != Some("SendSms") || header("x-acs-version") != Some("2017-05-25") {
        return Err((
            StatusCode::NOT_FOUND,
            "InvalidAction.NotFound",
            "Specified api is not found.",
        ));
    }
    Ok(authorization.access_key_id.to_owned())
}

fn send(sms: &mut Sms, call: &Call, id: &str, now: i64) -> Result<u64, (&'static str, &'static str)> {
    let param = |name: &str| {
        call.parameter(name).or_else(|| {
            let mut form = form_urlencoded::parse(&call.body);
            form.find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        })
    };
    let required = |name| param(name).ok_or(("MissingParameter", "A required parameter is missing."));
    let to = required("PhoneNumbers")?;
    let sign_name = required("SignName")?;
    let template = required("TemplateCode")?;
    let params: BTreeMap<String, String> =
        serde_json::from_str(&param("TemplateParam").unwrap_or_else(|| "{}".into()))
            .map_err(|_| ("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值"))?;
    let to = number(&to).ok_or(("isv.MOBILE_NUMBER_ILLEGAL", "非法手机号"))?;
    let submission = Submission {
        to,
        sign_name: &sign_name,
        template: &template,
        params,
    };
    sms.submit((SmsVendor::Aliyun, id), submission, now)
        .map_err(|refused| match refused {
            Refused::SignName => ("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名"),
            Refused::Template => ("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"),
            Refused::MissingParam => ("isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量"),
            Refused::InvalidParam => ("isv.INVALID_PARAMETERS", "参数格式不正确"),
            Refused::Blacklisted => ("isv.BLACK_KEY_CONTROL_LIMIT", "黑名单管控"),
            Refused::Balance => ("isv.AMOUNT_NOT_ENOUGH", "账户余额不足"),
            Refused::Budget => ("isv.DAY_LIMIT_CONTROL", "触发日发送限额"),
            Refused::Flow(Span::Minute) => ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"),
            Refused::Flow(Span::Hour) => ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"),
            Refused::Flow(Span::Day) => ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10"),
        })
}

/// 11 digits, the same after 86, or any other number with its area code, 8 digits at least. A `+` may stand before it.
fn number(text: &str) -> Option<Phone> {
    let digits = text.trim_start_matches('+');
    let is_domestic = digits.len() == 11 && digits.starts_with('1') && !text.starts_with('+');
    let area_code = if is_domestic { "86" } else { "" };
    (digits.len() >= 8)
        .then(|| Phone::parse(&format!("+{area_code}{digits}")).ok())
        .flatten()
}
