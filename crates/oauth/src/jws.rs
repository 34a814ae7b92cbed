//! JWTs that others signed (RFC 7515 §7.1, RFC 7519): read, and checked against a key. Nothing in them counts before that.
//!
//! The header says which algorithm was used; which ones may be is decided here, and whether the key is one of that algorithm.
//! `jku`, `x5u` and `x5c` are not looked at (RFC 8725 §3.10), and whoever wants an extension understood (`crit`) is refused.

use crate::{crypto, jwk::PublicJwk};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::client::Client;
use jsonwebtoken::Algorithm;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The algorithms that others may sign with: all asymmetric, so that a public key never serves as a secret.
pub(crate) const ALLOWED: [(&str, Algorithm); 4] = [
    ("ES256", Algorithm::ES256),
    ("PS256", Algorithm::PS256),
    ("EdDSA", Algorithm::EdDSA),
    ("RS256", Algorithm::RS256),
];

/// The names of [`ALLOWED`], for metadata.
pub(crate) fn supported() -> Vec<&'static str> {
    ALLOWED.iter().map(|(name, _)| *name).collect()
}

/// Whether the client may sign with the algorithm: FAPI 2.0 knows no RS256 (Security Profile §5.4).
pub(crate) fn is_for(client: &Client, algorithm: Algorithm) -> bool {
    algorithm != Algorithm::RS256 || !client.details.is_fapi()
}

/// A JWT in compact form, its signature not looked at yet.
#[derive(Debug)]
pub(crate) struct Unverified<'a> {
    header: Map<String, Value>,
    algorithm: Algorithm,
    payload: Vec<u8>,
    message: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Reads a JWT of at most `longest` bytes; the error says what is wrong, for the log.
    pub(crate) fn read(text: &'a str, longest: usize) -> Result<Self, &'static str> {
        if text.len() > longest {
            return Err("the JWT is too long");
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("not a JWT of three parts");
        };
        let message = &text[..header.len() + 1 + payload.len()];
        let header = decode(header).ok_or("the header is not base64url")?;
        let header: Map<String, Value> =
            serde_json::from_slice(&header).map_err(|_| "the header is not a JSON object")?;
        if header.contains_key("crit") {
            return Err("crit names an extension that is not known");
        }
        let name = header.get("alg").and_then(Value::as_str);
        let algorithm = ALLOWED.iter().find(|(allowed, _)| Some(*allowed) == name);
        Ok(Self {
            algorithm: algorithm.ok_or("alg is not one that is allowed")?.1,
            payload: decode(payload).ok_or("the payload is not base64url")?,
            header,
            message,
            signature,
        })
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// A member of the header.
    pub(crate) fn header(&self, name: &str) -> Option<&Value> {
        self.header.get(name)
    }

    /// The claims, whoever signed them.
    pub(crate) fn claims<T: DeserializeOwned>(&self) -> Result<T, &'static str> {
        serde_json::from_slice(&self.payload).map_err(|_| "a claim is missing or of another type")
    }

    /// Whether `key` is one of the algorithm and made the signature.
    pub(crate) fn is_signed_by(&self, key: &PublicJwk) -> bool {
        crypto::install();
        key.is_for(self.algorithm)
            && key.decoding_key().is_some_and(|key| {
                jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), &key, self.algorithm)
                    .unwrap_or(false)
            })
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}
