//! Makes signing keys.

use aws_lc_rs::{
    encoding::AsDer,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant, Random, random,
    signing_key::{KeyId, SigningAlgorithm, SigningKey},
};
use secrecy::SecretSlice;
use thiserror::Error;

/// The crypto library would not make a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a signing key could not be made")]
pub struct KeyGenerationFailed;

/// Makes a key of `algorithm` that signs from `activates_at` on. RSA has 2,048 bits and takes about 70 ms of CPU: call
/// this where blocking is allowed.
pub fn generate(
    algorithm: SigningAlgorithm,
    now: Instant,
    activates_at: Instant,
    random: &dyn Random,
) -> Result<SigningKey, KeyGenerationFailed> {
    let kid = BASE64_URL_SAFE_NO_PAD.encode(random::uuid_v7(now, random).as_bytes());
    Ok(SigningKey {
        kid: KeyId::parse(&kid).map_err(|_| KeyGenerationFailed)?,
        algorithm,
        pkcs8: SecretSlice::from(pkcs8(algorithm).ok_or(KeyGenerationFailed)?),
        created_at: now,
        activates_at,
        retires_at: None,
    })
}

fn pkcs8(algorithm: SigningAlgorithm) -> Option<Vec<u8>> {
    let der = match algorithm {
        SigningAlgorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .ok()?
            .to_pkcs8v1()
            .ok()?
            .as_ref()
            .to_vec(),
        SigningAlgorithm::Rs256 => AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(
            &RsaKeyPair::generate(KeySize::Rsa2048).ok()?,
        )
        .ok()?
        .as_ref()
        .to_vec(),
    };
    Some(der)
}
