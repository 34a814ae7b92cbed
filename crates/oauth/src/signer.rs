//! Whoever holds a private key, for the tests of what others sign.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant,
    client::{Client, ClientAuthentication, ClientDetails, ClientId, SecurityProfile},
    scope::Scope,
    signing_key::SigningAlgorithm,
};
use serde_json::{Value, json};

/// Bytes as they stand in a JWT.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The tests' instant: 2026-11-22.
pub(crate) fn now() -> Instant {
    Instant::from_timestamp(1_795_305_600, 0).unwrap()
}

/// Signs a message.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A private key with its algorithm.
pub(crate) struct Holder {
    name: &'static str,
    sign: Sign,
    /// The public half.
    pub(crate) jwk: Value,
}

impl Holder {
    pub(crate) fn es256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        Self {
            name: "ES256",
            jwk: json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)}),
            sign: Box::new(move |message| {
                let signed = pair.sign(&SystemRandom::new(), message).unwrap();
                signed.as_ref().to_vec()
            }),
        }
    }

    pub(crate) fn eddsa() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Self {
            name: "EdDSA",
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key())}),
            sign: Box::new(move |message| pair.sign(message).as_ref().to_vec()),
        }
    }

    pub(crate) fn rs256() -> Self {
        Self::rsa("RS256", &RSA_PKCS1_SHA256)
    }

    pub(crate) fn ps256() -> Self {
        Self::rsa("PS256", &RSA_PSS_SHA256)
    }

    fn rsa(name: &'static str, padding: &'static dyn RsaEncoding) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        Self {
            name,
            jwk: json!({"kty": "RSA", "n": encode(&public.n), "e": encode(&public.e)}),
            sign: Box::new(move |message| {
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut signed)
                    .unwrap();
                signed
            }),
        }
    }

    /// A JWT with these members of the header, `alg` added where they have none.
    pub(crate) fn sign(&self, mut header: Value, claims: &Value) -> String {
        if header.get("alg").is_none() {
            header["alg"] = self.name.into();
        }
        let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        format!("{message}.{}", encode((self.sign)(message.as_bytes())))
    }
}

/// A client that proves itself by a key.
pub(crate) fn client(profile: SecurityProfile) -> Client {
    Client {
        id: ClientId::parse("web").unwrap(),
        name: None,
        authentication: ClientAuthentication::None,
        grant_types: vec![],
        redirect_uris: vec![],
        scope: Scope::default(),
        id_token_signed_response_alg: SigningAlgorithm::Es256,
        first_party: false,
        wechat_appid: None,
        details: ClientDetails {
            security_profile: profile,
            ..ClientDetails::default()
        },
        registration_token: None,
        created_at: now(),
        updated_at: now(),
    }
}
