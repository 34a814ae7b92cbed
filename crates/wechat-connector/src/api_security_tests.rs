//! Answers as WeChat seals them, and everything that can be wrong with one.

use super::*;
use crate::api_security_keys::tests::{
    ANSWER, ANSWER_SIGNATURE, ANSWERED_AT, APPID as OFFICIAL_APPID, SERIAL_OF_PLATFORM, URL, config, flipped,
};
use reqwest::header::{HeaderName, HeaderValue};
use std::sync::atomic::{AtomicU8, Ordering};

/// Counts.
#[derive(Default)]
struct Counter(AtomicU8);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn official() -> AppId {
    AppId::parse(OFFICIAL_APPID).unwrap()
}

fn envelope<'a>(appid: &'a AppId, config: &ApiSecurity) -> Envelope<'a> {
    Envelope {
        keys: Arc::new(Keys::read(config).ok().unwrap()),
        url: URL.to_owned(),
        appid,
        random: Arc::new(Counter::default()),
    }
}

type Headers = Vec<(&'static str, String)>;

fn headers() -> Headers {
    vec![
        (APPID, OFFICIAL_APPID.to_owned()),
        (TIMESTAMP, ANSWERED_AT.to_string()),
        (SERIAL, SERIAL_OF_PLATFORM.to_owned()),
        (SIGNATURE, ANSWER_SIGNATURE.to_owned()),
    ]
}

/// The headers with one of them changed, or taken away.
fn with(name: &str, value: Option<&str>) -> Headers {
    let others = headers().into_iter().filter(|(other, _)| *other != name);
    let name = headers().iter().find(|(other, _)| *other == name).unwrap().0;
    others
        .chain(value.map(|value| (name, value.to_owned())))
        .collect()
}

/// What comes of an answer some seconds after it was made.
fn opened_after(seconds: i64, headers: &Headers, body: &str) -> Result<i64, String> {
    let map: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    let now = Instant::from_timestamp(ANSWERED_AT + seconds, 0).unwrap();
    envelope(&official(), &config())
        .open(&map, body.as_bytes(), now)
        .map(|answer| answer.errcode())
        .map_err(|cause| cause.to_string())
}

fn opened(headers: &Headers, body: &str) -> Result<i64, String> {
    opened_after(1, headers, body)
}

fn because(unverified: Unverified) -> Result<i64, String> {
    Err(unverified.to_string())
}

#[test]
fn the_published_answer_is_taken() {
    assert_eq!(opened(&headers(), ANSWER), Ok(0));
    for seconds in [-300, 300] {
        assert_eq!(opened_after(seconds, &headers(), ANSWER), Ok(0));
    }
}

#[test]
fn an_answer_that_differs_in_anything_is_not_taken() {
    for seconds in [-301, 301] {
        let refused = because(Unverified::NotOfNow(301));
        assert_eq!(opened_after(seconds, &headers(), ANSWER), refused);
    }
    let later = (ANSWERED_AT + 1).to_string();
    for (headers, expected) in [
        (
            with(SIGNATURE, Some(&flipped(ANSWER_SIGNATURE))),
            Unverified::Signature,
        ),
        (with(SIGNATURE, Some("")), Unverified::Signature),
        (with(SIGNATURE, None), Unverified::Unsigned),
        (with(TIMESTAMP, Some(&later)), Unverified::Signature),
        (
            with(TIMESTAMP, Some("now")),
            Unverified::Header("Wechatmp-TimeStamp"),
        ),
        (with(TIMESTAMP, None), Unverified::Header("Wechatmp-TimeStamp")),
        (with(APPID, Some("wxde30000000000001")), Unverified::Foreign),
        (with(APPID, None), Unverified::Foreign),
        (with(SERIAL, Some("00")), Unverified::OtherCertificate),
        (with(SERIAL, None), Unverified::OtherCertificate),
    ] {
        assert_eq!(opened(&headers, ANSWER), because(expected));
    }
    assert_eq!(
        opened(&headers(), &flipped(ANSWER)),
        because(Unverified::Signature)
    );
    assert_eq!(opened(&headers(), "{}"), because(Unverified::Signature));
}

#[test]
fn while_the_certificate_is_replaced_the_old_one_serves() {
    let old = || {
        let new = [(SERIAL, "00".to_owned()), (SIGNATURE, flipped(ANSWER_SIGNATURE))];
        let mut headers: Headers = with(SERIAL, None)
            .into_iter()
            .filter(|(name, _)| *name != SIGNATURE)
            .chain(new)
            .collect();
        headers.push((DEPRECATED_SERIAL, SERIAL_OF_PLATFORM.to_uppercase()));
        headers
    };
    let mut signed = old();
    signed.push((DEPRECATED_SIGNATURE, ANSWER_SIGNATURE.to_owned()));
    assert_eq!(opened(&signed, ANSWER), Ok(0));
    assert_eq!(
        opened(&old(), ANSWER),
        because(Unverified::Header("Wechatmp-Signature"))
    );
    let mut forged = old();
    forged.push((DEPRECATED_SIGNATURE, flipped(ANSWER_SIGNATURE)));
    assert_eq!(opened(&forged, ANSWER), because(Unverified::Signature));
}

#[test]
fn without_a_signature_an_error_is_read_and_a_success_is_not() {
    let unsigned = Headers::new();
    assert_eq!(
        opened(&unsigned, r#"{"errcode":40234,"errmsg":"invalid signature"}"#),
        Ok(40234)
    );
    for success in [
        "{}",
        r#"{"errcode":0}"#,
        r#"{"errcode":0,"phone_info":{}}"#,
        ANSWER,
    ] {
        assert_eq!(
            opened(&unsigned, success),
            because(Unverified::Unsigned),
            "{success}"
        );
    }
    assert!(opened(&unsigned, "<html>").is_err());
}

#[test]
fn what_is_asked_is_put_inside_with_whose_and_when_and_never_twice_alike() {
    let keyring = Keyring::new(Arc::new(Counter::default()));
    let appid = official();
    let envelope = keyring
        .envelope(&appid, &config(), Call::EncryptKeys)
        .ok()
        .unwrap();
    let now = Instant::from_timestamp(ANSWERED_AT, 0).unwrap();
    let seal = || {
        envelope
            .seal(&[("openid", "o1")], Some(r#"{"code":"c"}"#), now)
            .ok()
            .unwrap()
    };
    let sealed = seal();
    let inside = envelope
        .keys
        .open(&envelope.at(ANSWERED_AT), &sealed.body)
        .unwrap();
    let inside: Value = serde_json::from_slice(&inside).unwrap();
    assert_eq!(inside["openid"], "o1");
    assert_eq!(inside["code"], "c");
    assert_eq!(inside["_appid"], OFFICIAL_APPID);
    assert_eq!(inside["_timestamp"], ANSWERED_AT);
    assert_eq!(inside["_n"].as_str().unwrap().len(), 22);
    assert_eq!(inside.as_object().unwrap().len(), 5);
    assert_eq!(
        envelope.url,
        "https://api.weixin.qq.com/wxa/business/getuserencryptkey"
    );
    assert_eq!(sealed.headers[0], (APPID, OFFICIAL_APPID.to_owned()));
    assert_eq!(sealed.headers[1], (TIMESTAMP, ANSWERED_AT.to_string()));
    assert_eq!(sealed.headers.len(), 3);
    assert_ne!(seal().body, sealed.body);
}

#[test]
fn keys_are_read_once_for_each_configuration() {
    let keyring = Keyring::new(Arc::new(Counter::default()));
    let appid = official();
    let keys = |config: &ApiSecurity| keyring.envelope(&appid, config, Call::Phone).ok().unwrap().keys;
    let first = keys(&config());
    assert!(Arc::ptr_eq(&first, &keys(&config())));
    let other = ApiSecurity {
        platform_serial: "00".into(),
        ..config()
    };
    assert!(!Arc::ptr_eq(&first, &keys(&other)));
    let unusable = ApiSecurity {
        symmetric_key: "hunter2".into(),
        ..config()
    };
    assert!(keyring.envelope(&appid, &unusable, Call::Phone).is_err());
}
