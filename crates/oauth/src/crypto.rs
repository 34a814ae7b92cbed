//! jsonwebtoken's crypto, with private keys kept parsed.
//!
//! The stock aws-lc-rs provider parses and checks a key's DER for every signature; for RSA that costs more than the
//! signature itself. [`install`] puts a provider in its place that keeps the parsed pairs, found by the hash of their
//! DER. Everything but signing is the stock provider's.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
        RsaEncoding, RsaKeyPair,
    },
};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, aws_lc},
    errors::{ErrorKind, Result},
    signature::{self, Signer},
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

/// How many parsed pairs are kept: one is some kilobytes.
const KEPT_PAIRS: usize = 4_096;

/// Which pair: an RSA key serves two algorithms.
#[derive(PartialEq, Eq, Hash)]
struct Id {
    pkcs8: [u8; 32],
    algorithm: Algorithm,
}

static PAIRS: LazyLock<RwLock<HashMap<Id, Pair>>> = LazyLock::new(Default::default);

static PROVIDER: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    signer_factory: signer,
    ..aws_lc::DEFAULT_PROVIDER.clone()
});

/// Makes jsonwebtoken use the caching provider, for the whole process. Whoever parses a key calls it; calling it again changes nothing.
pub(crate) fn install() {
    // An error says that a provider is installed already: by an earlier call, since nothing else here installs one.
    let _ = PROVIDER.install_default();
}

/// A parsed private key.
#[derive(Clone)]
enum Pair {
    Es256(Arc<EcdsaKeyPair>),
    Rs256(Arc<RsaKeyPair>),
    Ps256(Arc<RsaKeyPair>),
    EdDsa(Arc<Ed25519KeyPair>),
}

fn sign_rsa(
    pair: &RsaKeyPair,
    padding: &'static dyn RsaEncoding,
    message: &[u8],
) -> std::result::Result<Vec<u8>, signature::Error> {
    let mut signed = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), message, &mut signed)
        .map_err(signature::Error::from_source)?;
    Ok(signed)
}

impl Signer<Vec<u8>> for Pair {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        match self {
            Self::Es256(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signed| signed.as_ref().to_vec())
                .map_err(signature::Error::from_source),
            Self::Rs256(pair) => sign_rsa(pair, &RSA_PKCS1_SHA256, message),
            Self::Ps256(pair) => sign_rsa(pair, &RSA_PSS_SHA256, message),
            Self::EdDsa(pair) => pair
                .try_sign(message)
                .map(|signed| signed.as_ref().to_vec())
                .map_err(signature::Error::from_source),
        }
    }
}

impl JwtSigner for Pair {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256(_) => Algorithm::ES256,
            Self::Rs256(_) => Algorithm::RS256,
            Self::Ps256(_) => Algorithm::PS256,
            Self::EdDsa(_) => Algorithm::EdDSA,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is jsonwebtoken's"
)]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    match algorithm {
        Algorithm::ES256 | Algorithm::RS256 | Algorithm::PS256 | Algorithm::EdDSA => {
            Ok(Box::new(pair(*algorithm, key.as_bytes())?))
        }
        _ => (aws_lc::DEFAULT_PROVIDER.signer_factory)(algorithm, key),
    }
}

fn pair(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Pair> {
    let id = Id {
        pkcs8: Sha256::digest(pkcs8).into(),
        algorithm,
    };
    if let Some(pair) = PAIRS.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return Ok(pair.clone());
    }
    let pair = match algorithm {
        Algorithm::ES256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map(|p| Pair::Es256(Arc::new(p))),
        Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8(pkcs8).map(|p| Pair::EdDsa(Arc::new(p))),
        Algorithm::PS256 => RsaKeyPair::from_pkcs8(pkcs8).map(|p| Pair::Ps256(Arc::new(p))),
        _ => RsaKeyPair::from_pkcs8(pkcs8).map(|p| Pair::Rs256(Arc::new(p))),
    };
    let pair = pair.map_err(|_| ErrorKind::InvalidKeyFormat)?;
    let mut pairs = PAIRS.write().unwrap_or_else(PoisonError::into_inner);
    if pairs.len() >= KEPT_PAIRS {
        pairs.clear();
    }
    pairs.insert(id, pair.clone());
    Ok(pair)
}
