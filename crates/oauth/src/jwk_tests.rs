//! Keys that are taken, keys that are not, and the published thumbprints.

use super::*;
use serde_json::json;

/// RFC 7638 §3.1.
const RFC7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

fn rsa_key() -> Value {
    json!({"kty": "RSA", "n": RFC7638_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
}

/// RFC 9449 §4.1.
fn ec_key() -> Value {
    json!({"kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"})
}

/// RFC 8037 appendix A.2.
fn ed_key() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

fn with(mut key: Value, name: &str, value: impl Into<Value>) -> Value {
    key[name] = value.into();
    key
}

fn thumbprint(key: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(PublicJwk::parse(key).unwrap().thumbprint())
}

#[test]
fn rfc7638_3_1_the_published_thumbprint() {
    assert_eq!(
        thumbprint(&rsa_key()),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn rfc9449_6_1_the_published_thumbprint() {
    assert_eq!(
        thumbprint(&ec_key()),
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    );
}

#[test]
fn rfc8037_a_3_the_published_thumbprint() {
    assert_eq!(
        thumbprint(&ed_key()),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn only_what_makes_the_key_is_in_its_thumbprint() {
    let named = with(with(ec_key(), "kid", "1"), "use", "sig");
    assert_eq!(thumbprint(&named), thumbprint(&ec_key()));
}

#[test]
fn a_private_member_is_refused_in_a_key_and_in_a_set() {
    for name in PRIVATE {
        let key = with(ec_key(), name, "AQAB");
        assert!(PublicJwk::parse(&key).is_err(), "{name}");
        assert!(
            PublicJwks::parse(&json!({"keys": [rsa_key(), key]})).is_err(),
            "{name}"
        );
    }
    assert!(PublicJwk::parse(&json!({"kty": "oct", "k": "AQAB"})).is_err());
}

#[test]
fn r26_weak_and_malformed_keys_are_refused() {
    let short = BASE64_URL_SAFE_NO_PAD.encode([0xff; 255]);
    let long = BASE64_URL_SAFE_NO_PAD.encode(vec![0xff; 1_025]);
    let padded = BASE64_URL_SAFE_NO_PAD.encode([vec![0], vec![0xff; 256]].concat());
    for key in [
        with(rsa_key(), "n", short),
        with(rsa_key(), "n", long),
        with(rsa_key(), "n", padded),
        with(rsa_key(), "n", format!("{RFC7638_N}=")),
        with(rsa_key(), "e", "AQ"),
        with(rsa_key(), "e", "Ag"),
        with(rsa_key(), "e", "AQAAAAE"),
        with(rsa_key(), "e", ""),
        with(rsa_key(), "kid", 7),
        with(ec_key(), "x", "AQAB"),
        with(ec_key(), "y", 1),
        with(ed_key(), "x", "AQAB"),
        json!({}),
        json!([]),
        json!("EC"),
    ] {
        assert!(PublicJwk::parse(&key).is_err(), "{key}");
    }
}

#[test]
fn keys_of_other_types_and_uses_are_passed_over_in_a_set() {
    let other = json!({"kty": "EC", "crv": "P-521", "x": "AQ", "y": "AQ"});
    let encrypts = with(ec_key(), "use", "enc");
    let derives = with(ec_key(), "key_ops", json!(["deriveKey"]));
    let verifies = with(ec_key(), "key_ops", json!(["verify"]));
    let set = json!({"keys": [other, encrypts, derives, verifies]});
    assert_eq!(PublicJwks::parse(&set).unwrap().0.len(), 1);
    assert!(PublicJwk::parse(&with(ec_key(), "use", "enc")).is_err());
    assert!(PublicJwks::parse(&json!({"keys": []})).unwrap().is_empty());
}

#[test]
fn rfc7517_4_4_alg_limits_a_key() {
    let key = PublicJwk::parse(&rsa_key()).unwrap();
    assert!(key.is_for(Algorithm::RS256));
    assert!(!key.is_for(Algorithm::PS256), "alg says RS256");
    assert!(!key.is_for(Algorithm::HS256), "a public key is no secret");
    let free = with(rsa_key(), "alg", Value::Null);
    assert!(PublicJwk::parse(&free).is_err(), "null is not a text");
}

#[test]
fn a_signature_without_kid_wants_a_set_with_one_fitting_key() {
    let set = |keys: Value| PublicJwks::parse(&json!({ "keys": keys })).unwrap();
    let two = set(json!([
        with(ec_key(), "kid", "1"),
        with(ec_key(), "kid", "2"),
        rsa_key()
    ]));
    assert_eq!(two.candidates(None, Algorithm::ES256).len(), 0);
    assert_eq!(two.candidates(None, Algorithm::RS256).len(), 1);
    assert_eq!(two.candidates(Some("2"), Algorithm::ES256).len(), 1);
    assert_eq!(two.candidates(Some("3"), Algorithm::ES256).len(), 0);
}

#[test]
fn r62_a_set_is_bounded() {
    let keys: Vec<_> = std::iter::repeat_n(ec_key(), MOST_KEYS + 1).collect();
    assert!(PublicJwks::parse(&json!({ "keys": keys })).is_err());
    assert!(PublicJwks::parse(&json!({ "keys": &keys[1..] })).is_ok());
    assert!(PublicJwks::read(&vec![b' '; LONGEST_SET + 1]).is_err());
    for bad in [&b""[..], b"[]", b"{}", br#"{"keys":{}}"#, b"\xff", &[b'['; 9_999]] {
        assert!(PublicJwks::read(bad).is_err());
    }
}
