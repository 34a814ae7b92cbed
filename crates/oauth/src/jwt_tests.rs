//! What is signed with a key of ours is verified by what we publish of it.

use super::*;
use crate::{crypto, keys};
use hufu_core::Random;
use jsonwebtoken::{Validation, jwk::Jwk};
use serde_json::json;

struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn signing(algorithm: SigningAlgorithm) -> Signing {
    crypto::install();
    let now = Instant::from_timestamp(1_700_000_000, 0).unwrap();
    Signing::parse(&keys::generate(algorithm, now, &Zeros).unwrap()).unwrap()
}

#[test]
fn rfc7517_what_is_published_verifies_what_was_signed() {
    for algorithm in SigningAlgorithm::ALL {
        let key = signing(algorithm);
        let token = key
            .sign("JWT", &json!({"aud": "rp", "exp": 4_000_000_000_u64}))
            .unwrap();
        let published: Jwk = serde_json::from_value(serde_json::to_value(key.published()).unwrap()).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(format!("{:?}", header.alg), format!("{:?}", key.jws_algorithm()));
        let mut validation = Validation::new(key.jws_algorithm());
        validation.set_audience(&["rp"]);
        let read = |key: &DecodingKey| {
            jsonwebtoken::decode::<serde_json::Value>(&token, key, &validation).map(|read| read.claims)
        };
        assert!(read(key.decoding()).is_ok(), "{algorithm:?}");
        assert!(
            read(&DecodingKey::from_jwk(&published).unwrap()).is_ok(),
            "{algorithm:?}"
        );
        assert!(
            read(signing(algorithm).decoding()).is_err(),
            "{algorithm:?}: another key's"
        );
    }
}

#[test]
fn a_published_key_has_no_private_member() {
    for (algorithm, members) in [
        (
            SigningAlgorithm::Es256,
            &["alg", "crv", "kid", "kty", "use", "x", "y"][..],
        ),
        (SigningAlgorithm::Rs256, &["alg", "e", "kid", "kty", "n", "use"]),
        (SigningAlgorithm::Ps256, &["alg", "e", "kid", "kty", "n", "use"]),
        (SigningAlgorithm::EdDsa, &["alg", "crv", "kid", "kty", "use", "x"]),
    ] {
        let published = serde_json::to_value(signing(algorithm).published()).unwrap();
        let names: Vec<_> = published
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(names, members);
        assert_eq!(published["alg"], algorithm.as_str());
    }
}
