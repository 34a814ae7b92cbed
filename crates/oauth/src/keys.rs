//! Makes signing keys.

use aws_lc_rs::{
    encoding::AsDer,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant, Random, random,
    signing_key::{KeyId, SigningAlgorithm, SigningKey, rotation},
};
use secrecy::SecretSlice;
use thiserror::Error;

/// The crypto library would not make a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a signing key could not be made")]
pub struct KeyGenerationFailed;

/// Makes a key of `algorithm` that waits to sign. RSA has 2,048 bits and takes about 70 ms of CPU: call this where blocking
/// is allowed.
pub fn generate(
    algorithm: SigningAlgorithm,
    now: Instant,
    random: &dyn Random,
) -> Result<SigningKey, KeyGenerationFailed> {
    let kid = BASE64_URL_SAFE_NO_PAD.encode(random::uuid_v7(now, random).as_bytes());
    Ok(SigningKey {
        kid: KeyId::parse(&kid).map_err(|_| KeyGenerationFailed)?,
        algorithm,
        pkcs8: SecretSlice::from(pkcs8(algorithm).ok_or(KeyGenerationFailed)?),
        created_at: now,
        activates_at: None,
        retires_at: None,
        rotates_at: None,
    })
}

/// A tenant's first keys, one of each of [`SigningAlgorithm::FIRST`]. They sign at once, since nobody can have an older JWKS,
/// and are succeeded every `rotation_period` seconds, or by an operator where that is 0.
pub fn first(
    now: Instant,
    rotation_period: u32,
    random: &dyn Random,
) -> Result<Vec<SigningKey>, KeyGenerationFailed> {
    let signing = |key: SigningKey| SigningKey {
        activates_at: Some(now),
        rotates_at: rotation::rotates_at(now, rotation_period),
        ..key
    };
    let keys = SigningAlgorithm::FIRST.into_iter();
    keys.map(|algorithm| generate(algorithm, now, random).map(signing))
        .collect()
}

fn pkcs8(algorithm: SigningAlgorithm) -> Option<Vec<u8>> {
    let der = match algorithm {
        SigningAlgorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .ok()?
            .to_pkcs8v1()
            .ok()?
            .as_ref()
            .to_vec(),
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(
                &RsaKeyPair::generate(KeySize::Rsa2048).ok()?,
            )
            .ok()?
            .as_ref()
            .to_vec()
        }
        SigningAlgorithm::EdDsa => Ed25519KeyPair::generate()
            .ok()?
            .to_pkcs8()
            .ok()?
            .as_ref()
            .to_vec(),
    };
    Some(der)
}
