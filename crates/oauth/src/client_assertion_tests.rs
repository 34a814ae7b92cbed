//! Assertions that are right, and assertions that are not.

use super::*;
use crate::signer::{Holder, client, encode, now};
use hufu_core::client::SecurityProfile::{self, Fapi2, Standard};
use proptest::prelude::*;
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example/t/tea";

fn claims() -> Value {
    json!({"iss": "web", "sub": "web", "aud": ISSUER, "jti": "1", "exp": now().timestamp() + 60})
}

fn with(mut json: Value, name: &str, value: impl Into<Value>) -> Value {
    json[name] = value.into();
    json
}

fn keys(of: &[(&Holder, &str)]) -> PublicJwks {
    let keys: Vec<_> = of
        .iter()
        .map(|(holder, kid)| with(holder.jwk.clone(), "kid", *kid))
        .collect();
    PublicJwks::parse(&json!({ "keys": keys })).unwrap()
}

fn check(text: &str, keys: &PublicJwks, profile: SecurityProfile) -> Result<Accepted, NotTaken> {
    let assertion = Assertion::read(text).map_err(NotTaken::Wrong)?;
    assertion.check(&client(profile), keys, ISSUER, now())
}

fn taken(holder: &Holder, claims: &Value, profile: SecurityProfile) -> bool {
    let text = holder.sign(json!({"kid": "1"}), claims);
    check(&text, &keys(&[(holder, "1")]), profile).is_ok()
}

#[test]
fn r36_an_assertion_is_taken_and_remembered_longer_than_it_is_good() {
    let holder = Holder::es256();
    let text = holder.sign(json!({"kid": "1", "typ": "JWT"}), &claims());
    let accepted = check(&text, &keys(&[(&holder, "1")]), Standard).unwrap();
    assert_eq!(accepted.jti, "1");
    assert!(accepted.until.timestamp() > now().timestamp() + 60 + SKEW);
}

#[test]
fn rfc7523_3_every_algorithm_that_is_allowed_and_fapi_without_rs256() {
    for (holder, in_fapi) in [
        (Holder::es256(), true),
        (Holder::eddsa(), true),
        (Holder::ps256(), true),
        (Holder::rs256(), false),
    ] {
        assert!(taken(&holder, &claims(), Standard));
        assert_eq!(taken(&holder, &claims(), Fapi2), in_fapi);
    }
}

#[test]
fn r36_the_audience_is_the_issuer() {
    let holder = Holder::es256();
    let token = format!("{ISSUER}/token");
    for (aud, standard, fapi) in [
        (json!(ISSUER), true, true),
        (json!(token), true, false),
        (json!([ISSUER]), true, false),
        (json!(["https://other.example", ISSUER]), true, false),
        (json!(["https://other.example", token]), true, false),
        (json!("https://other.example"), false, false),
        (json!(format!("{ISSUER}/")), false, false),
        (json!([]), false, false),
        (json!(null), false, false),
        (json!({ISSUER: 1}), false, false),
    ] {
        let claims = with(claims(), "aud", aud.clone());
        assert_eq!(taken(&holder, &claims, Standard), standard, "{aud}");
        assert_eq!(taken(&holder, &claims, Fapi2), fapi, "{aud}");
    }
}

#[test]
fn rfc7523_3_issuer_and_subject_are_the_client() {
    let holder = Holder::es256();
    for wrong in [
        with(claims(), "iss", "other"),
        with(claims(), "sub", "other"),
        with(with(claims(), "sub", "other"), "iss", "other"),
        with(claims(), "sub", 1),
        with(claims(), "jti", ""),
        with(claims(), "jti", "x".repeat(257)),
        json!({}),
    ] {
        assert!(!taken(&holder, &wrong, Standard), "{wrong}");
    }
}

#[test]
fn r27_an_assertion_is_good_for_an_hour_at_most() {
    let holder = Holder::es256();
    let at = |offset: i64| now().timestamp() + offset;
    for (name, offset, is_taken) in [
        ("exp", -60, false),
        ("exp", -59, true),
        ("exp", 3_660, true),
        ("exp", 3_661, false),
        ("nbf", 60, true),
        ("nbf", 61, false),
        ("iat", 60, true),
        ("iat", 61, false),
        ("iat", -86_400, true),
    ] {
        let claims = with(claims(), name, at(offset));
        assert_eq!(taken(&holder, &claims, Standard), is_taken, "{name} {offset}");
    }
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");
    assert!(!taken(&holder, &endless, Standard));
}

#[test]
fn r26_only_the_clients_own_key_counts() {
    let (ours, other) = (Holder::es256(), Holder::es256());
    let set = keys(&[(&ours, "1"), (&other, "2")]);
    let signed = |header: Value| ours.sign(header, &claims());
    assert!(check(&signed(json!({"kid": "1"})), &set, Standard).is_ok());
    let foreign = check(&signed(json!({"kid": "2"})), &set, Standard);
    assert!(matches!(foreign, Err(NotTaken::Wrong(_))));
    for unknown in [json!({"kid": "3"}), json!({})] {
        assert_eq!(check(&signed(unknown), &set, Standard), Err(NotTaken::UnknownKey));
    }
    // What the header brings is not looked at.
    let stranger = Holder::es256();
    let brought = stranger.sign(json!({"kid": "1", "jwk": stranger.jwk}), &claims());
    assert!(check(&brought, &set, Standard).is_err());
    for alg in ["none", "HS256", "ES384"] {
        let text = ours.sign(json!({"kid": "1", "alg": alg}), &claims());
        assert!(check(&text, &set, Standard).is_err(), "{alg}");
    }
}

#[test]
fn r62_a_long_assertion_is_not_read() {
    let long = Holder::es256().sign(json!({"x": "x".repeat(LONGEST)}), &claims());
    assert!(Assertion::read(&long).is_err());
}

proptest! {
    #[test]
    fn r62_no_text_makes_the_reader_panic(text in ".{0,300}") {
        let _ = Assertion::read(&text);
    }

    #[test]
    fn r62_no_header_and_claims_make_the_check_panic(header in any::<Vec<u8>>(), claims in any::<Vec<u8>>()) {
        let text = format!("{}.{}.AA", encode(header), encode(claims));
        prop_assert!(check(&text, &PublicJwks::default(), Standard).is_err());
    }

    #[test]
    fn r62_no_document_makes_the_reader_of_keys_panic(document in any::<Vec<u8>>(), text in "\\{\"keys\":\\[.{0,200}\\]\\}") {
        let _ = PublicJwks::read(&document);
        let _ = PublicJwks::read(text.as_bytes());
    }

    #[test]
    fn r62_no_member_of_a_key_makes_the_reader_panic(kty in "EC|RSA|OKP|oct", crv in "P-256|Ed25519|x", text in ".{0,60}") {
        let key = json!({"kty": kty, "crv": crv, "x": text, "y": text, "n": text, "e": text, "kid": text});
        let _ = PublicJwks::parse(&json!({"keys": [key]}));
    }
}
