//! Tencent Cloud: `SendSms` of 2021-01-11. The status is always 200. What is wrong with the request stands in
//! `Response.Error`, what is wrong with the message in the `Code` of its number.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::account::Span;
use super::{Refused, Sms, SmsVendor, Submission, json};
use crate::crypt::tc3::{Authorization, SignedCall};
use crate::wechat::{Answer, Call};
use crate::world::Phone;

/// Seconds.
const LONGEST_SKEW: i64 = 5 * 60;
const REGIONS: [&str; 4] = ["ap-beijing", "ap-guangzhou", "ap-nanjing", "ap-singapore"];

type Problem = (&'static str, &'static str);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    sign_name: Option<String>,
    template_id: String,
    #[serde(default)]
    template_param_set: Vec<String>,
    #[serde(default)]
    session_context: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<T> {
    response: T,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed<'a> {
    error: Error<'a>,
    request_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Done<'a> {
    send_status_set: [Status<'a>; 1],
    request_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status<'a> {
    serial_no: String,
    phone_number: &'a str,
    fee: u8,
    session_context: &'a str,
    code: &'a str,
    message: &'a str,
    iso_code: &'a str,
}

pub(super) fn handle(sms: &mut Sms, call: &Call, now: i64) -> Answer {
    let request_id = sms.request_id();
    let accepted = authenticate(sms, call, now).and_then(|id| {
        let request = read(sms, &id, call)?;
        Ok((id, request))
    });
    let (id, request) = match accepted {
        Ok(accepted) => accepted,
        Err((code, message)) => return whole_refusal(code, message, request_id),
    };
    let to = request.phone_number_set[0].as_str();
    match send(sms, &id, &request, now) {
        Ok(serial) => done(
            Status {
                serial_no: format!("2019:{now}{serial:06}"),
                phone_number: to,
                fee: 1,
                session_context: &request.session_context,
                code: "Ok",
                message: "send success",
                iso_code: "CN",
            },
            request_id,
        ),
        Err((code, message)) => refusal(to, code, message, request_id),
    }
}

/// Of the request.
pub(super) fn whole_refusal(code: &str, message: &str, request_id: String) -> Answer {
    let response = Failed {
        error: Error { code, message },
        request_id,
    };
    json(StatusCode::OK, &Body { response })
}

/// Of the number.
pub(super) fn refusal(to: &str, code: &str, message: &str, request_id: String) -> Answer {
    let status = Status {
        serial_no: String::new(),
        phone_number: to,
        fee: 0,
        session_context: "",
        code,
        message,
        iso_code: "",
    };
    done(status, request_id)
}

fn done(status: Status<'_>, request_id: String) -> Answer {
    let response = Done {
        send_status_set: [status],
        request_id,
    };
    json(StatusCode::OK, &Body { response })
}

/// Whose call it is.
fn authenticate(sms: &mut Sms, call: &Call, now: i64) -> Result<String, Problem> {
    const UNSIGNED: Problem = (
        "AuthFailure.SignatureFailure",
        "The provided credentials could not be validated.",
    );
    let header = |name| call.header(name).filter(|value| !value.is_empty());
    let missing = ("MissingParameter", "The request is missing a common parameter.");
    if call.method != Method::POST {
        return Err(("UnsupportedProtocol", "HTTP method must be POST."));
    }
    let action = header("x-tc-action").ok_or(missing)?;
    let version = header("x-tc-version").ok_or(missing)?;
    let timestamp = header("x-tc-timestamp").ok_or(missing)?;
    let region = header("x-tc-region").ok_or(missing)?;
    let authorization = header("authorization")
        .and_then(Authorization::parse)
        .ok_or(UNSIGNED)?;
    let at: i64 = timestamp.parse().map_err(|_| missing)?;
    if (at - now).abs() > LONGEST_SKEW {
        return Err((
            "AuthFailure.SignatureExpire",
            "The provided credentials could not be validated, expired.",
        ));
    }
    let account = sms
        .account(SmsVendor::Tencent, authorization.secret_id)
        .ok_or(("AuthFailure.SecretIdNotFound", "The SecretId is not found."))?;
    let signed: Vec<_> = authorization.signed_headers.split(';').collect();
    let date = DateTime::from_timestamp(at, 0).map(|at| at.format("%Y-%m-%d").to_string());
    let expected = SignedCall {
        service: "sms",
        timestamp,
        date: authorization.date,
        headers: &call.headers,
        signed_headers: authorization.signed_headers,
        body: &call.body,
    }
    .signature(account.secret());
    let is_signed = ["content-type", "host"].iter().all(|name| signed.contains(name))
        && (authorization.service, Some(authorization.date)) == ("sms", date.as_deref())
        && bool::from(expected.as_bytes().ct_eq(authorization.signature.as_bytes()));
    if !is_signed {
        return Err(UNSIGNED);
    }
    if account.is_suspended() {
        return Err((
            "UnauthorizedOperation.ServiceSuspendDueToArrears",
            "The service is suspended.",
        ));
    }
    match (action, version) {
        ("SendSms", "2021-01-11") if REGIONS.contains(&region) => Ok(authorization.secret_id.to_owned()),
        ("SendSms", "2021-01-11") => Err(("UnsupportedRegion", "The region is not supported.")),
        ("SendSms", _) => Err(("NoSuchVersion", "The version does not exist.")),
        _ => Err(("InvalidAction", "The action does not exist.")),
    }
}

fn read(sms: &mut Sms, id: &str, call: &Call) -> Result<Request, Problem> {
    let request: Request = serde_json::from_slice(&call.body)
        .map_err(|_| ("InvalidParameter", "The request body is not what SendSms takes."))?;
    if request.phone_number_set.len() != 1 {
        // The real one takes 200; who sends codes sends one.
        return Err((
            "LimitExceeded.PhoneNumberCountLimit",
            "The simulator takes one number.",
        ));
    }
    let account = sms.account(SmsVendor::Tencent, id);
    if account.is_some_and(|account| account.has_sdk_app_id(&request.sms_sdk_app_id)) {
        Ok(request)
    } else {
        Err((
            "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
            "The SmsSdkAppId is not this account's.",
        ))
    }
}

fn send(sms: &mut Sms, id: &str, request: &Request, now: i64) -> Result<u64, Problem> {
    let to = number(&request.phone_number_set[0]).ok_or((
        "InvalidParameterValue.IncorrectPhoneNumber",
        "incorrect phone number",
    ))?;
    let params: BTreeMap<_, _> = request
        .template_param_set
        .iter()
        .zip(1..)
        .map(|(value, position)| (format!("{position}"), value.clone()))
        .collect();
    let submission = Submission {
        to,
        sign_name: request.sign_name.as_deref().unwrap_or_default(),
        template: &request.template_id,
        params,
    };
    sms.submit((SmsVendor::Tencent, id), submission, now)
        .map_err(|refused| match refused {
            Refused::SignName => (
                "FailedOperation.SignatureIncorrectOrUnapproved",
                "signature is incorrect or unapproved",
            ),
            Refused::Template => (
                "FailedOperation.TemplateIncorrectOrUnapproved",
                "template is incorrect or unapproved",
            ),
            Refused::MissingParam | Refused::InvalidParam => (
                "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
                "template parameters do not match the approved template",
            ),
            Refused::Blacklisted => (
                "FailedOperation.PhoneNumberInBlacklist",
                "phone number is in blacklist",
            ),
            Refused::Balance => (
                "FailedOperation.InsufficientBalanceInSmsPackage",
                "insufficient balance in SMS package",
            ),
            Refused::Budget => ("LimitExceeded.AppDailyLimit", "the app's daily limit is reached"),
            Refused::Flow(Span::Minute) => (
                "LimitExceeded.PhoneNumberThirtySecondLimit",
                "the number's limit in 30 seconds is reached",
            ),
            Refused::Flow(Span::Hour) => (
                "LimitExceeded.PhoneNumberOneHourLimit",
                "the number's limit in one hour is reached",
            ),
            Refused::Flow(Span::Day) => (
                "LimitExceeded.PhoneNumberDailyLimit",
                "the number's daily limit is reached",
            ),
        })
}

/// E.164; a number of mainland China also without area code, or with 86 or 0086 before it.
fn number(text: &str) -> Option<Phone> {
    let is_mobile = |digits: &&str| digits.len() == 11 && digits.starts_with('1');
    let spelled = ["0086", "86", ""]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix).filter(is_mobile));
    let e164 = spelled.map_or_else(|| text.to_owned(), |mobile| format!("+86{mobile}"));
    Phone::parse(&e164).ok()
}
