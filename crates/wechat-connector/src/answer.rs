//! Reading what WeChat answers. It is one JSON object, and everything beyond that has been seen to vary: the errcode is
//! absent, a number or a string; text holds control characters or bytes that are not UTF-8; unknown members come and go.

use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;

/// Where the JSON is wrong, and nothing of what it holds.
#[derive(Debug, thiserror::Error)]
#[error("an answer that is not the expected JSON object, from line {line} column {column} on")]
pub(crate) struct NotAnAnswer {
    line: usize,
    column: usize,
}

/// The members that any endpoint of ours reads. Others are ignored. None of these may come twice: which of two openids
/// would be the person's?
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    errcode: Option<Int>,
    errmsg: Option<String>,
    pub(crate) openid: Option<String>,
    pub(crate) unionid: Option<String>,
    pub(crate) session_key: Option<SecretString>,
    pub(crate) access_token: Option<SecretString>,
    expires_in: Option<Int>,
    pub(crate) phone_info: Option<PhoneInfo>,
    pub(crate) key_info_list: Option<Vec<KeyInfo>>,
    /// What a call that gives a picture was answered with, where that is no JSON.
    #[serde(skip)]
    pub(crate) picture: Option<Vec<u8>>,
    /// In API security mode: for which app.
    #[serde(rename = "_appid")]
    sealed_for: Option<String>,
    /// In API security mode: when, in Unix seconds.
    #[serde(rename = "_timestamp")]
    sealed_at: Option<Int>,
}

/// A phone number, and whom and when it was made for. Without `Debug`: it is personal.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct PhoneInfo {
    #[serde(rename = "purePhoneNumber")]
    pub(crate) pure_phone_number: Option<Digits>,
    #[serde(rename = "countryCode")]
    pub(crate) country_code: Option<Digits>,
    pub(crate) watermark: Option<Watermark>,
}

/// What WeChat puts into data so that it cannot be used elsewhere.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Watermark {
    pub(crate) appid: Option<String>,
    /// Unix seconds.
    pub(crate) timestamp: Option<Int>,
}

/// One of a person's encryption keys.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct KeyInfo {
    pub(crate) encrypt_key: Option<SecretString>,
    pub(crate) iv: Option<SecretString>,
    pub(crate) version: Option<Int>,
    /// Seconds.
    pub(crate) expire_in: Option<Int>,
    /// Unix seconds.
    pub(crate) create_time: Option<Int>,
}

impl Answer {
    /// That of a call that gives a picture.
    pub(crate) fn of_picture(picture: Vec<u8>) -> Self {
        Self {
            picture: Some(picture),
            ..Self::default()
        }
    }

    pub(crate) fn read(body: &[u8]) -> Result<Self, NotAnAnswer> {
        // Raw control characters are not JSON. Between members they mean nothing, and no id of WeChat's has a blank.
        let body: Vec<u8> = body
            .iter()
            .map(|&b| if b.is_ascii_control() { b' ' } else { b })
            .collect();
        let text = String::from_utf8_lossy(&body);
        // serde takes a list for a struct, too.
        if !text.trim_start().starts_with('{') {
            return Err(NotAnAnswer { line: 1, column: 1 });
        }
        serde_json::from_str(&text).map_err(|error| NotAnAnswer {
            line: error.line(),
            column: error.column(),
        })
    }

    /// 0 where it is absent, which is how `jscode2session` says that all is well.
    pub(crate) fn errcode(&self) -> i64 {
        self.errcode.as_ref().map_or(0, |int| int.0)
    }

    pub(crate) fn errmsg(&self) -> &str {
        self.errmsg.as_deref().unwrap_or_default()
    }

    /// Whether it says inside for which app and when it was sealed, and says this.
    pub(crate) fn is_sealed_for(&self, appid: &str, timestamp: i64) -> bool {
        self.sealed_for.as_deref() == Some(appid) && self.sealed_at.is_some_and(|at| at.0 == timestamp)
    }

    /// Seconds.
    pub(crate) fn expires_in(&self) -> Option<i64> {
        self.expires_in.as_ref().map(|int| int.0)
    }
}

/// A text that may be written as a number, such as a country code: `"86"` in WeChat's prose, `86` in its sample.
pub(crate) struct Digits(pub(crate) String);

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;

        impl Visitor<'_> for TextOrNumber {
            type Value = Digits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("digits")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Digits, E> {
                Ok(Digits(number.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Digits, E> {
                Ok(Digits(text.to_owned()))
            }
        }

        deserializer.deserialize_any(TextOrNumber)
    }
}

/// A whole number, whether written as `40029`, `40029.0` or `"40029"`.
#[derive(Clone, Copy)]
pub(crate) struct Int(pub(crate) i64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyNumber;

        impl Visitor<'_> for AnyNumber {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Int, E> {
                Ok(Int(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Int, E> {
                i64::try_from(number)
                    .map(Int)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Int, E> {
                // `Display` writes a whole float without a fraction.
                number
                    .to_string()
                    .parse()
                    .map(Int)
                    .map_err(|_| E::invalid_value(Unexpected::Float(number), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Int, E> {
                let text = text.trim();
                let whole = text.strip_suffix(".0").unwrap_or(text);
                whole
                    .parse()
                    .map(Int)
                    .map_err(|_| E::custom("a text that is not a whole number"))
            }
        }

        deserializer.deserialize_any(AnyNumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errcode(json: &str) -> Option<i64> {
        Answer::read(json.as_bytes()).ok().map(|answer| answer.errcode())
    }

    #[test]
    fn an_errcode_may_be_a_number_a_string_or_a_float_and_absent_means_zero() {
        for json in [
            r#"{"errcode":40029}"#,
            r#"{"errcode":"40029"}"#,
            r#"{"errcode":40029.0}"#,
            r#"{"errcode":" 40029.0 "}"#,
        ] {
            assert_eq!(errcode(json), Some(40029), "{json}");
        }
        assert_eq!(errcode(r#"{"errcode":-1}"#), Some(-1));
        assert_eq!(errcode(r#"{"errcode":"-1"}"#), Some(-1));
        assert_eq!(errcode("{}"), Some(0));
        assert_eq!(errcode(r#"{"errcode":null}"#), Some(0));
        for json in [
            r#"{"errcode":"ok"}"#,
            r#"{"errcode":""}"#,
            r#"{"errcode":40029.5}"#,
            r#"{"errcode":1e300}"#,
            r#"{"errcode":18446744073709551615}"#,
            r#"{"errcode":[40029]}"#,
            r#"{"errcode":true}"#,
        ] {
            assert_eq!(errcode(json), None, "{json}");
        }
    }

    #[test]
    fn unknown_members_do_no_harm_even_twice() {
        let json = r#"{"x":{"y":[1]},"errcode":"40163","openid":"a","x":2}"#;
        let answer = Answer::read(json.as_bytes()).unwrap();
        assert_eq!((answer.errcode(), answer.openid.as_deref()), (40163, Some("a")));
    }

    #[test]
    fn nobody_is_told_apart_by_a_member_that_comes_twice() {
        for json in [
            r#"{"openid":"a","openid":"b"}"#,
            r#"{"errcode":40029,"errcode":0}"#,
        ] {
            assert!(Answer::read(json.as_bytes()).is_err(), "{json}");
        }
    }

    #[test]
    fn control_characters_and_foreign_bytes_in_other_members_do_no_harm() {
        let answer =
            Answer::read(b"\r\n{\"nickname\":\"a\x00\x1b\nb\xb7\xc0\",\n\t\"openid\":\"o1\"}\n\x00").unwrap();
        assert_eq!(answer.openid.as_deref(), Some("o1"));
    }

    #[test]
    fn what_is_not_one_object_is_not_an_answer() {
        let deep = "[".repeat(10_000);
        for body in [
            "",
            " ",
            "null",
            "[]",
            "\"ok\"",
            "<html></html>",
            r#"{"openid":"o1""#,
            r#"{"openid":7}"#,
            "{}{}",
            &deep,
        ] {
            assert!(Answer::read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn an_error_does_not_repeat_what_was_read() {
        for body in [
            r#"{"session_key":"hunter2"hunter2}"#,
            r#"{"access_token":["hunter2"]}"#,
            r#"{"expires_in":"hunter2"}"#,
            r#"{"phone_info":{"purePhoneNumber":["hunter2"]}}"#,
            r#"{"phone_info":{"purePhoneNumber":"hunter2","purePhoneNumber":"hunter2"}}"#,
            r#"{"key_info_list":[{"encrypt_key":"hunter2","version":"hunter2"}]}"#,
            r#""hunter2""#,
        ] {
            let error = Answer::read(body.as_bytes()).err().unwrap();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
