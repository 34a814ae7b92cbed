//! `POST /wxa/business/getuserphonenumber`: a code of the getPhoneNumber button for the number. WeChat is always told
//! whose code it must be, and what it answers must be of this app and of now.

use crate::{
    answer::{Answer, Digits, PhoneInfo, Watermark},
    errcode::Call,
    failure::{Undecided, undecided},
    upstream::{Ask, Upstream},
};
use hufu_core::{
    Instant,
    connector::ConnectorError,
    identity::OpenId,
    phone::PhoneNumber,
    wechat_app::{AppId, WechatCredential},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// How far the watermark's time may be from ours, in seconds.
const FRESH_FOR: u64 = 600;

#[derive(Serialize)]
struct Body<'a> {
    code: &'a str,
    openid: &'a str,
}

/// Asks WeChat, once.
pub(crate) async fn exchange(
    upstream: &Upstream,
    app: &WechatCredential,
    token: &SecretString,
    openid: &OpenId,
    phone_code: &SecretString,
) -> Result<PhoneNumber, ConnectorError> {
    let body = Body {
        code: phone_code.expose_secret(),
        openid: openid.as_str(),
    };
    let ask = Ask {
        token: Some(token),
        json: Some(serde_json::to_string(&body).expect("a struct of texts can be written as JSON")),
        ..Ask::new(Call::Phone)
    };
    let answer = upstream.ask(app, ask).await?;
    number(answer, &app.appid, upstream.clock().now())
        .map_err(|cause| undecided(Call::Phone, &app.appid, &cause))
}

fn number(answer: Answer, appid: &AppId, now: Instant) -> Result<PhoneNumber, Undecided> {
    let PhoneInfo {
        pure_phone_number,
        country_code,
        watermark,
    } = answer.phone_info.ok_or(Undecided::Incomplete("phone_info"))?;
    check(&watermark.unwrap_or_default(), appid, now)?;
    // Not `phoneNumber`, which has the country code only where that is a foreign one.
    let country = digits(country_code).ok_or(Undecided::Incomplete("countryCode"))?;
    let pure = digits(pure_phone_number).ok_or(Undecided::Incomplete("purePhoneNumber"))?;
    PhoneNumber::parse(&format!("+{country}{pure}"))
        .map_err(|_| Undecided::Incomplete("countryCode and purePhoneNumber"))
}

fn digits(given: Option<Digits>) -> Option<String> {
    let is_digits = |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    given.map(|given| given.0).filter(is_digits)
}

fn check(watermark: &Watermark, appid: &AppId, now: Instant) -> Result<(), Undecided> {
    if watermark.appid.as_deref() != Some(appid.as_str()) {
        return Err(Undecided::Foreign("watermark.appid"));
    }
    let made_at = watermark
        .timestamp
        .ok_or(Undecided::Incomplete("watermark.timestamp"))?;
    let away = now.timestamp().abs_diff(made_at.0);
    if away > FRESH_FOR {
        return Err(Undecided::NotOfNow(away));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_700_000_000;

    fn outcome(phone_info: &Value) -> Result<String, String> {
        let answer = Answer::read(
            json!({"errcode": 0, "phone_info": phone_info})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        let appid = AppId::parse("wxde30000000000001").unwrap();
        number(answer, &appid, Instant::from_timestamp(NOW, 0).unwrap())
            .map(|number| number.as_str().to_owned())
            .map_err(|cause| cause.to_string())
    }

    fn info() -> Value {
        json!({
            "phoneNumber": "13800138000",
            "purePhoneNumber": "13800138000",
            "countryCode": "86",
            "watermark": {"timestamp": NOW, "appid": "wxde30000000000001"},
        })
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut info = info();
        *info.pointer_mut(pointer).unwrap() = value;
        info
    }

    #[test]
    fn a_number_is_made_of_country_and_pure_number_whether_text_or_number() {
        assert_eq!(outcome(&info()).unwrap(), "+8613800138000");
        assert_eq!(
            outcome(&with("/countryCode", json!(86))).unwrap(),
            "+8613800138000"
        );
        let mut foreign = with("/countryCode", json!("1"));
        foreign["purePhoneNumber"] = json!("4155552671");
        foreign["phoneNumber"] = json!("+14155552671");
        assert_eq!(outcome(&foreign).unwrap(), "+14155552671");
    }

    #[test]
    fn what_is_not_of_digits_or_not_there_is_no_number() {
        for bad in [
            json!({}),
            Value::Null,
            with("/countryCode", json!("+86")),
            with("/countryCode", json!("")),
            with("/countryCode", Value::Null),
            with("/purePhoneNumber", json!("138-0013-8000")),
            with("/purePhoneNumber", json!("１３８００１３８０００")),
            with("/purePhoneNumber", json!("")),
            with("/purePhoneNumber", Value::Null),
            with("/countryCode", json!("0")),
        ] {
            assert!(outcome(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_number_of_another_app_or_time_is_not_believed() {
        for bad in [
            with("/watermark/appid", json!("wxde30000000000002")),
            with("/watermark/appid", Value::Null),
            with("/watermark/timestamp", json!(NOW - 601)),
            with("/watermark/timestamp", json!(NOW + 601)),
            with("/watermark/timestamp", json!(i64::MIN)),
            with("/watermark/timestamp", Value::Null),
            with("/watermark", Value::Null),
        ] {
            let error = outcome(&bad).unwrap_err();
            assert!(!error.contains("138"), "{error}");
        }
        for good in [json!(NOW - 600), json!(NOW + 600), json!(NOW.to_string())] {
            assert!(outcome(&with("/watermark/timestamp", good)).is_ok());
        }
    }
}
