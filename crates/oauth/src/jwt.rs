//! Signing JWTs with a tenant's keys (RFC 7515, RFC 7519).

use crate::error::OAuthError;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
    RsaPublicKeyComponents,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant,
    signing_key::{KeySchedule, SigningAlgorithm, SigningKey},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde::Serialize;

/// A signing key, parsed.
pub(crate) struct Signing {
    algorithm: SigningAlgorithm,
    activates_at: Option<Instant>,
    retires_at: Option<Instant>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    published: PublishedKey,
}

/// A public key as it stands in a JWK Set: nothing private can be in it.
#[derive(Debug, Clone, Serialize)]
pub struct PublishedKey {
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    key_use: &'static str,
    #[serde(flatten)]
    parameters: PublicParameters,
}

/// RFC 7518 §6.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kty")]
enum PublicParameters {
    #[serde(rename = "EC")]
    Ec { crv: &'static str, x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    /// RFC 8037 §2.
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
}

impl Signing {
    /// Parses a key; the error says what is wrong with its row.
    pub(crate) fn parse(key: &SigningKey) -> Result<Self, &'static str> {
        const UNREADABLE: &str = "the key is not the PKCS#8 that its algorithm wants";
        let der = key.pkcs8.expose_secret();
        let (parameters, encoding) = match key.algorithm {
            SigningAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map_err(|_| UNREADABLE)?;
                // SEC 1 §2.3.3, uncompressed: 04, then x and y of 32 bytes.
                let point = pair.public_key().as_ref();
                let (x, y) = point
                    .get(1..)
                    .and_then(|xy| xy.split_at_checked(32))
                    .ok_or(UNREADABLE)?;
                (
                    PublicParameters::Ec {
                        crv: "P-256",
                        x: encode(x),
                        y: encode(y),
                    },
                    EncodingKey::from_ec_der(der),
                )
            }
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
                let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| UNREADABLE)?;
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                (
                    PublicParameters::Rsa {
                        n: encode(&public.n),
                        e: encode(&public.e),
                    },
                    EncodingKey::from_rsa_der(der),
                )
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| UNREADABLE)?;
                (
                    PublicParameters::Okp {
                        crv: "Ed25519",
                        x: encode(pair.public_key().as_ref()),
                    },
                    EncodingKey::from_ed_der(der),
                )
            }
        };
        let decoding = match &parameters {
            PublicParameters::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
            PublicParameters::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
            PublicParameters::Okp { x, .. } => DecodingKey::from_ed_components(x),
        };
        let published = PublishedKey {
            kid: key.kid.to_string(),
            alg: key.algorithm.as_str(),
            key_use: "sig",
            parameters,
        };
        Ok(Self {
            algorithm: key.algorithm,
            activates_at: key.activates_at,
            retires_at: key.retires_at,
            encoding,
            decoding: decoding.map_err(|_| UNREADABLE)?,
            published,
        })
    }

    pub(crate) const fn published(&self) -> &PublishedKey {
        &self.published
    }

    pub(crate) fn kid(&self) -> &str {
        &self.published.kid
    }

    pub(crate) const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    pub(crate) const fn jws_algorithm(&self) -> Algorithm {
        match self.algorithm {
            SigningAlgorithm::Es256 => Algorithm::ES256,
            SigningAlgorithm::Rs256 => Algorithm::RS256,
            SigningAlgorithm::Ps256 => Algorithm::PS256,
            SigningAlgorithm::EdDsa => Algorithm::EdDSA,
        }
    }

    /// Signs `claims`; `typ` is the header's.
    pub(crate) fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, OAuthError> {
        let mut header = Header::new(self.jws_algorithm());
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.published.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(OAuthError::defect)
    }
}

impl KeySchedule for Signing {
    fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }
    fn activates_at(&self) -> Option<Instant> {
        self.activates_at
    }
    fn retires_at(&self) -> Option<Instant> {
        self.retires_at
    }
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
