//! Alibaba Cloud: `SendSms` of 2017-05-25. Parameters are in the query, where the API's description has them.
//!
//! What the message is refused for comes with status 200 and a `Code`, what the call is refused for with another status and
//! a `Code`.

use crate::{
    acs3,
    aliyun_codes::{SETTINGS, verdict},
    failure::{Undecided, refused, sent, undecided, unsent, unusable},
    hex::hex,
    http::{self, Http, Reply, Request},
};
use hufu_core::{
    Instant,
    phone::PhoneNumber,
    sms::{AliyunSms, CallingCode, Sent, SmsError, SmsFate, SmsMessage, TemplateValue},
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// The vendor's name, for logs.
pub(crate) const NAME: &str = "aliyun";

/// Where and when, and what makes the request differ from all others.
pub(crate) struct Envelope<'a> {
    pub(crate) base: &'a Url,
    pub(crate) now: Instant,
    pub(crate) nonce: [u8; 16],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    biz_id: Option<String>,
}

/// Asks once.
pub(crate) async fn send(
    http: &Http,
    envelope: Envelope<'_>,
    account: &AliyunSms,
    message: &SmsMessage,
) -> Result<Sent, SmsError> {
    let Some(to) = number(&message.to) else {
        return Err(unsent(NAME, SmsFate::CannotDeliver));
    };
    let reply = http.send(request(&envelope, account, message, &to)).await;
    match reply.map_err(Undecided::from).and_then(|reply| read(&reply)) {
        Ok(Outcome::Taken(id)) => Ok(sent(message, id.as_deref())),
        Ok(Outcome::Refused { code, message }) => Err(refused(NAME, &code, verdict(&code, &message))),
        Err(cause) => Err(undecided(NAME, &cause)),
    }
}

/// Where the settings cannot be used.
pub(crate) fn unusable_settings(member: &'static str) -> SmsError {
    unusable(NAME, member, SETTINGS)
}

fn request(envelope: &Envelope<'_>, account: &AliyunSms, message: &SmsMessage, to: &str) -> Request {
    let params = params(account, message);
    let query = acs3::query(&[
        ("PhoneNumbers", to),
        ("SignName", &account.sign_name),
        ("TemplateCode", &account.template_code),
        ("TemplateParam", params.expose_secret()),
        ("OutId", message.idempotency_key.as_str()),
    ]);
    let host = http::host(envelope.base);
    let call = acs3::Call {
        host: &host,
        action: "SendSms",
        version: "2017-05-25",
        date: &envelope.now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        nonce: &hex(&envelope.nonce),
        query: &query,
    };
    let headers = call.headers(&account.access_key_id, account.access_key_secret.expose_secret());
    let mut url = http::root(envelope.base);
    url.set_query(Some(&query));
    Request {
        url,
        headers,
        body: String::new(),
    }
}

/// 11 digits in the mainland of China, and the area code with the number elsewhere. `None` for +1: 1 with ten digits is how
/// a mainland's number is written, and the code would go to whoever has that.
fn number(to: &PhoneNumber) -> Option<String> {
    let digits = &to.as_str()[1..];
    match CallingCode::of(to) {
        CallingCode(1) => None,
        CallingCode::CHINA => digits.strip_prefix("86").map(str::to_owned),
        _ => Some(digits.to_owned()),
    }
}

/// A JSON object of texts: a template for codes takes no numbers.
fn params(account: &AliyunSms, message: &SmsMessage) -> SecretString {
    let minutes = message.minutes.to_string();
    let value = |value: &TemplateValue| match value {
        TemplateValue::Code => message.code.expose_secret(),
        TemplateValue::Minutes => &minutes,
    };
    let params = account.template_params.iter();
    let params: Map<String, Value> = params
        .map(|(name, of)| (name.clone(), value(of).into()))
        .collect();
    Value::Object(params).to_string().into()
}

enum Outcome {
    Taken(Option<String>),
    Refused { code: String, message: String },
}

fn read(reply: &Reply) -> Result<Outcome, Undecided> {
    let unreadable = || Undecided::Unreadable(reply.status.as_u16());
    // serde takes a list for a struct, too.
    let json: Map<String, Value> = serde_json::from_slice(&reply.body).map_err(|_| unreadable())?;
    let answer: Answer = serde_json::from_value(json.into()).map_err(|_| unreadable())?;
    match answer.code {
        Some(code) if code == "OK" && reply.status == StatusCode::OK => Ok(Outcome::Taken(answer.biz_id)),
        Some(code) if code != "OK" => Ok(Outcome::Refused {
            code,
            message: answer.message.unwrap_or_default(),
        }),
        _ => Err(unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_sent_as_alibaba_writes_it() {
        for (to, written) in [
            ("+8613800138000", Some("13800138000")),
            ("+85251234567", Some("85251234567")),
            ("+14155552671", None),
        ] {
            assert_eq!(number(&PhoneNumber::parse(to).unwrap()).as_deref(), written);
        }
    }
}
