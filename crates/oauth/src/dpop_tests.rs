//! Proofs that are right, and proofs that are not.

use super::*;
use crate::signer::{Holder, encode, now};
use proptest::prelude::*;
use serde_json::{Value, json};

const URL: &str = "https://id.example/t/tea/token";

/// RFC 9449 §4.1: for `POST https://server.example.com/token`, at 1562262616.
const PUBLISHED: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

fn expected<'a>() -> Expected<'a> {
    Expected {
        method: "POST",
        url: URL,
        now: now(),
        access_token: None,
        strict: false,
    }
}

fn header(holder: &Holder) -> Value {
    json!({"typ": "dpop+jwt", "jwk": holder.jwk})
}

fn claims() -> Value {
    json!({"jti": "1", "htm": "POST", "htu": URL, "iat": now().timestamp()})
}

fn with(mut json: Value, name: &str, value: impl Into<Value>) -> Value {
    json[name] = value.into();
    json
}

fn without(mut json: Value, name: &str) -> Value {
    json.as_object_mut().unwrap().remove(name);
    json
}

fn checked(holder: &Holder, header: Value, claims: &Value) -> Result<Checked, &'static str> {
    check(&holder.sign(header, claims), &expected())
}

#[test]
fn rfc9449_4_1_the_published_proof() {
    let expected = Expected {
        url: "https://server.example.com/token",
        now: Instant::from_timestamp(1_562_262_616, 0).unwrap(),
        ..expected()
    };
    let proof = check(PUBLISHED, &expected).unwrap();
    assert_eq!(
        proof.jkt.to_string(),
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    );
    assert_eq!(proof.jti, "-BwC3ESc6acc2lTc");
}

#[test]
fn rfc9449_4_3_proofs_of_every_algorithm_are_taken() {
    for holder in [Holder::es256(), Holder::eddsa(), Holder::ps256(), Holder::rs256()] {
        let proof = checked(&holder, header(&holder), &claims()).unwrap();
        let key = PublicJwk::parse(&holder.jwk).unwrap();
        assert_eq!(proof.jkt, Thumbprint(key.thumbprint()));
        assert_eq!((proof.jti.as_str(), proof.iat), ("1", now().timestamp()));
    }
}

#[test]
fn fapi2_5_4_rs256_is_refused_where_the_client_keeps_fapi() {
    let strict = Expected {
        strict: true,
        ..expected()
    };
    for (holder, is_taken) in [(Holder::ps256(), true), (Holder::rs256(), false)] {
        let proof = holder.sign(header(&holder), &claims());
        assert_eq!(check(&proof, &strict).is_ok(), is_taken);
    }
}

#[test]
fn rfc9449_4_3_a_proof_of_another_kind_is_refused() {
    let holder = Holder::es256();
    let other = Holder::es256();
    for wrong in [
        with(header(&holder), "typ", "JWT"),
        without(header(&holder), "typ"),
        without(header(&holder), "jwk"),
        with(header(&holder), "jwk", with(holder.jwk.clone(), "d", "AQAB")),
        with(header(&holder), "jwk", other.jwk),
        with(header(&holder), "alg", "none"),
        with(header(&holder), "alg", "HS256"),
        with(header(&holder), "alg", "ES384"),
        with(header(&holder), "alg", "EdDSA"),
        with(header(&holder), "crit", json!(["b64"])),
    ] {
        assert!(checked(&holder, wrong.clone(), &claims()).is_err(), "{wrong}");
    }
}

#[test]
fn rfc9449_4_3_a_proof_for_another_request_is_refused() {
    let holder = Holder::es256();
    for wrong in [
        with(claims(), "htm", "GET"),
        with(claims(), "htm", "post"),
        with(claims(), "htu", "https://id.example/t/tea/par"),
        with(claims(), "htu", "https://id.example/t/tea/token/"),
        with(claims(), "htu", "https://other.example/t/tea/token"),
        with(claims(), "htu", "http://id.example/t/tea/token"),
        with(claims(), "htu", "https://id.example:8443/t/tea/token"),
        with(claims(), "htu", "https://u@id.example/t/tea/token"),
        with(claims(), "htu", "/t/tea/token"),
        with(claims(), "jti", ""),
        with(claims(), "jti", "x".repeat(257)),
        with(claims(), "jti", 1),
        with(claims(), "iat", "now"),
        with(claims(), "iat", -1),
        with(claims(), "iat", 1e300),
        without(claims(), "jti"),
        without(claims(), "htm"),
        without(claims(), "htu"),
        without(claims(), "iat"),
    ] {
        assert!(checked(&holder, header(&holder), &wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rfc9449_4_3_htu_is_compared_without_query_and_fragment_and_normalized() {
    let holder = Holder::es256();
    for same in [
        "https://id.example/t/tea/token?x=1#y",
        "HTTPS://ID.example:443/t/tea/token",
        "https://id.example/t/x/../tea/./token",
        "https://id.example/t/%74ea/tok%65n",
    ] {
        let claims = with(claims(), "htu", same);
        assert!(checked(&holder, header(&holder), &claims).is_ok(), "{same}");
    }
    assert_eq!(normalized("https://a/%c3%A4"), normalized("https://a/\u{e4}"));
    assert_ne!(normalized("https://a/b%2fc"), normalized("https://a/b/c"));
}

#[test]
fn rfc9449_11_1_iat_may_be_a_minute_old_and_ten_seconds_ahead() {
    let holder = Holder::es256();
    for (offset, is_taken) in [
        (-3_600, false),
        (-61, false),
        (-60, true),
        (-10, true),
        (10, true),
        (11, false),
        (3_600, false),
    ] {
        let claims = with(claims(), "iat", now().timestamp() + offset);
        assert_eq!(
            checked(&holder, header(&holder), &claims).is_ok(),
            is_taken,
            "{offset}"
        );
    }
}

#[test]
fn rfc9449_7_a_token_comes_with_its_hash() {
    let holder = Holder::es256();
    let expected = Expected {
        access_token: Some("token"),
        ..expected()
    };
    let of = |token: &str| with(claims(), "ath", encode(Sha256::digest(token)));
    let try_with = |claims: &Value| check(&holder.sign(header(&holder), claims), &expected);
    assert!(try_with(&of("token")).is_ok());
    assert!(try_with(&of("another")).is_err());
    assert!(try_with(&claims()).is_err());
}

#[test]
fn r62_a_long_proof_is_not_read() {
    let holder = Holder::es256();
    let claims = with(claims(), "x", "x".repeat(LONGEST));
    assert_eq!(
        checked(&holder, header(&holder), &claims),
        Err("the JWT is too long")
    );
}

proptest! {
    #[test]
    fn r62_no_text_makes_the_check_panic(text in ".{0,300}") {
        prop_assert!(check(&text, &expected()).is_err());
    }

    #[test]
    fn r62_no_header_and_claims_make_the_check_panic(header in any::<Vec<u8>>(), claims in any::<Vec<u8>>()) {
        let proof = format!("{}.{}.AA", encode(header), encode(claims));
        prop_assert!(check(&proof, &expected()).is_err());
    }

    #[test]
    fn r28_no_changed_proof_is_taken(at in 0..PUBLISHED.len(), byte in 0x21_u8..0x7f) {
        let mut changed = PUBLISHED.as_bytes().to_vec();
        changed[at] = byte;
        let expected = Expected {
            url: "https://server.example.com/token",
            now: Instant::from_timestamp(1_562_262_616, 0).unwrap(),
            ..expected()
        };
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(check(&changed, &expected).is_ok(), changed == PUBLISHED);
    }

    #[test]
    fn r62_no_url_makes_normalization_panic(url in "(https://a/)?.{0,100}") {
        let _ = normalized(&url);
    }
}
