//! Tencent Cloud: `SendSms` of 2021-01-11. What is wrong with the request stands in `Response.Error`, what is wrong with the
//! message in the `Code` of its number: both are read.

use crate::{
    failure::{Undecided, refused, sent, undecided, unusable},
    http::{self, Http, Reply, Request},
    tc3,
    tencent_codes::{SETTINGS, verdict},
};
use hufu_core::{
    Instant,
    sms::{Sent, SmsError, SmsMessage, TemplateValue, TencentSms},
};
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// The vendor's name, for logs.
pub(crate) const NAME: &str = "tencent";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    phone_number_set: [&'a str; 1],
    sms_sdk_app_id: &'a str,
    sign_name: &'a str,
    template_id: &'a str,
    template_param_set: Vec<&'a str>,
    session_context: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    error: Option<Refusal>,
    #[serde(default)]
    send_status_set: Vec<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    code: String,
    #[serde(default)]
    serial_no: Option<String>,
}

/// Asks once.
pub(crate) async fn send(
    http: &Http,
    (base, now): (&Url, Instant),
    account: &TencentSms,
    message: &SmsMessage,
) -> Result<Sent, SmsError> {
    let reply = http.send(request(base, now, account, message)).await;
    match reply.map_err(Undecided::from).and_then(|reply| read(&reply)) {
        Ok(Outcome::Taken(id)) => Ok(sent(message, id.as_deref())),
        Ok(Outcome::Refused(code)) => Err(refused(NAME, &code, verdict(&code))),
        Err(cause) => Err(undecided(NAME, &cause)),
    }
}

/// Where the settings cannot be used.
pub(crate) fn unusable_settings(member: &'static str) -> SmsError {
    unusable(NAME, member, SETTINGS)
}

fn request(base: &Url, now: Instant, account: &TencentSms, message: &SmsMessage) -> Request {
    let minutes = message.minutes.to_string();
    let value = |value: &TemplateValue| match value {
        TemplateValue::Code => message.code.expose_secret(),
        TemplateValue::Minutes => minutes.as_str(),
    };
    let body = Body {
        phone_number_set: [message.to.as_str()],
        sms_sdk_app_id: &account.sdk_app_id,
        sign_name: &account.sign_name,
        template_id: &account.template_id,
        template_param_set: account.template_params.iter().map(value).collect(),
        session_context: message.idempotency_key.as_str(),
    };
    let body = serde_json::to_string(&body).expect("a struct of texts can be written as JSON");
    let call = tc3::Call {
        host: &http::host(base),
        service: "sms",
        at: now,
        body: &body,
    };
    let authorization = call.authorization(&account.secret_id, account.secret_key.expose_secret());
    let headers = vec![
        ("content-type", tc3::CONTENT_TYPE.to_owned()),
        ("x-tc-action", "SendSms".to_owned()),
        ("x-tc-version", "2021-01-11".to_owned()),
        ("x-tc-region", account.region.clone()),
        ("x-tc-timestamp", now.timestamp().to_string()),
        ("authorization", authorization),
    ];
    Request {
        url: http::root(base),
        headers,
        body,
    }
}

enum Outcome {
    Taken(Option<String>),
    Refused(String),
}

fn read(reply: &Reply) -> Result<Outcome, Undecided> {
    let unreadable = || Undecided::Unreadable(reply.status.as_u16());
    let mut json: Map<String, Value> = serde_json::from_slice(&reply.body).map_err(|_| unreadable())?;
    // serde takes a list for a struct, too.
    let response = json
        .remove("Response")
        .filter(Value::is_object)
        .ok_or_else(unreadable)?;
    let response: Response = serde_json::from_value(response).map_err(|_| unreadable())?;
    if let Some(error) = response.error {
        return Ok(Outcome::Refused(error.code));
    }
    // One number was asked for, so there is one status.
    let mut statuses = response.send_status_set.into_iter();
    match (statuses.next(), statuses.next()) {
        (Some(status), None) if status.code == "Ok" && reply.status == StatusCode::OK => {
            Ok(Outcome::Taken(status.serial_no))
        }
        (Some(status), None) if status.code != "Ok" => Ok(Outcome::Refused(status.code)),
        _ => Err(unreadable()),
    }
}
