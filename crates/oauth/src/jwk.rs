//! Public keys of others (RFC 7517, RFC 7518 §6, RFC 8037): of clients that prove themselves, and of whoever proves possession.
//!
//! EC on P-256, RSA of 2,048 bits and more, Ed25519. A key with a private member is refused: it is not a secret any more. Keys of
//! other types, or for encryption, are passed over where they stand in a set (RFC 7517 §5).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::Invalid;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The longest JWK Set that is read, in bytes.
pub const LONGEST_SET: usize = 64 * 1024;
/// The most keys of a set that are read.
pub const MOST_KEYS: usize = 50;

/// Bits of an RSA modulus. Longer keys only cost time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;

/// RFC 7518 §6.2.2, §6.3.2, §6.4.1.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicJwk {
    kid: Option<String>,
    alg: Option<String>,
    parameters: Parameters,
}

/// The members that make the key, in the one way that they can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Parameters {
    Ec { x: String, y: String },
    Rsa { n: String, e: String },
    Ed25519 { x: String },
}

/// Why a key is not taken.
enum Unusable {
    /// It is of no use here, but may stand beside keys that are.
    PassedOver,
    /// It is wrong.
    Wrong(Invalid),
}

impl From<Invalid> for Unusable {
    fn from(invalid: Invalid) -> Self {
        Self::Wrong(invalid)
    }
}

impl PublicJwk {
    /// Reads one key, which must be of use for signatures.
    pub fn parse(value: &Value) -> Result<Self, Invalid> {
        Self::read(value).map_err(|unusable| match unusable {
            Unusable::PassedOver => Invalid("must be a key for signatures: EC on P-256, RSA or Ed25519"),
            Unusable::Wrong(invalid) => invalid,
        })
    }

    fn read(value: &Value) -> Result<Self, Unusable> {
        let members = value.as_object().ok_or(Invalid("must be a JSON object"))?;
        if PRIVATE.iter().any(|name| members.contains_key(*name)) {
            return Err(
                Invalid("must not have a private or secret member: whoever saw it has the key").into(),
            );
        }
        let is_for_signatures = members.get("use").is_none_or(|what| what == "sig")
            && members.get("key_ops").is_none_or(|operations| {
                operations
                    .as_array()
                    .is_some_and(|operations| operations.iter().any(|what| what == "verify"))
            });
        if !is_for_signatures {
            return Err(Unusable::PassedOver);
        }
        let parameters = match (text(members, "kty")?, text(members, "crv").ok()) {
            ("EC", Some("P-256")) => Parameters::Ec {
                x: of_length(members, "x", 32)?,
                y: of_length(members, "y", 32)?,
            },
            ("OKP", Some("Ed25519")) => Parameters::Ed25519 {
                x: of_length(members, "x", 32)?,
            },
            ("RSA", _) => rsa(members)?,
            _ => return Err(Unusable::PassedOver),
        };
        Ok(Self {
            kid: optional_text(members, "kid")?,
            alg: optional_text(members, "alg")?,
            parameters,
        })
    }

    /// `kid`, where the key has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The SHA-256 thumbprint (RFC 7638 §3).
    pub fn thumbprint(&self) -> [u8; 32] {
        // The required members, in the order of their names, without white space; base64url needs no escapes.
        let json = match &self.parameters {
            Parameters::Ec { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Parameters::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Parameters::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
        };
        Sha256::digest(json).into()
    }

    /// Whether signatures of the algorithm can be checked with the key.
    pub(crate) fn is_for(&self, algorithm: Algorithm) -> bool {
        let name = match (&self.parameters, algorithm) {
            (Parameters::Ec { .. }, Algorithm::ES256) => "ES256",
            (Parameters::Rsa { .. }, Algorithm::PS256) => "PS256",
            (Parameters::Rsa { .. }, Algorithm::RS256) => "RS256",
            (Parameters::Ed25519 { .. }, Algorithm::EdDSA) => "EdDSA",
            _ => return false,
        };
        self.alg.as_deref().is_none_or(|alg| alg == name)
    }

    /// The key as jsonwebtoken takes it.
    pub(crate) fn decoding_key(&self) -> Option<DecodingKey> {
        match &self.parameters {
            Parameters::Ec { x, y } => DecodingKey::from_ec_components(x, y),
            Parameters::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
            Parameters::Ed25519 { x } => DecodingKey::from_ed_components(x),
        }
        .ok()
    }
}

fn rsa(members: &Map<String, Value>) -> Result<Parameters, Invalid> {
    let (n, n_bytes) = number(members, "n")?;
    let (e, e_bytes) = number(members, "e")?;
    let leading = n_bytes.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !RSA_BITS.contains(&(n_bytes.len() * 8 - leading)) {
        return Err(Invalid("an RSA key must have 2,048 to 8,192 bits"));
    }
    let is_odd = e_bytes.last().is_some_and(|byte| byte % 2 == 1);
    if !is_odd || e_bytes == [1] || e_bytes.len() > 4 {
        return Err(Invalid("the exponent of an RSA key must be odd, and 3 to 2^32"));
    }
    Ok(Parameters::Rsa { n, e })
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, Invalid> {
    members
        .get(name)
        .and_then(Value::as_str)
        .ok_or(Invalid("a member that the key needs is missing or not a text"))
}

fn optional_text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, Invalid> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= 256 => Ok(Some(text.clone())),
        Some(_) => Err(Invalid("kid and alg must be texts of at most 256 bytes")),
    }
}

/// Bytes in base64url. The decoder takes but one way of writing them, so equal keys have equal thumbprints.
fn bytes(members: &Map<String, Value>, name: &str) -> Result<(String, Vec<u8>), Invalid> {
    let text = text(members, name)?;
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Invalid("a member of the key is not base64url without padding"))?;
    Ok((text.to_owned(), bytes))
}

fn of_length(members: &Map<String, Value>, name: &str, length: usize) -> Result<String, Invalid> {
    let (text, bytes) = bytes(members, name)?;
    if bytes.len() == length {
        Ok(text)
    } else {
        Err(Invalid("a coordinate of the key must have 32 bytes"))
    }
}

/// RFC 7518 §2, Base64urlUInt: as few bytes as there can be.
fn number(members: &Map<String, Value>, name: &str) -> Result<(String, Vec<u8>), Invalid> {
    let (text, bytes) = bytes(members, name)?;
    if bytes.first().is_none_or(|byte| *byte == 0) {
        return Err(Invalid("n and e must be numbers without leading zeros"));
    }
    Ok((text, bytes))
}

/// A JWK Set (RFC 7517 §5), of which only keys for signatures are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicJwks(Vec<PublicJwk>);

impl PublicJwks {
    /// Reads a document.
    pub fn read(document: &[u8]) -> Result<Self, Invalid> {
        if document.len() > LONGEST_SET {
            return Err(Invalid("must be at most 64 KiB"));
        }
        let value = serde_json::from_slice(document).map_err(|_| Invalid("must be JSON"))?;
        Self::parse(&value)
    }

    /// Reads a set that is JSON already. Fails where a key is wrong: with a private member, too weak, or malformed.
    pub fn parse(value: &Value) -> Result<Self, Invalid> {
        let keys = value.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(Invalid("must be an object with the list \"keys\""))?;
        if keys.len() > MOST_KEYS {
            return Err(Invalid("must have at most 50 keys"));
        }
        let mut read = Vec::new();
        for key in keys {
            match PublicJwk::read(key) {
                Ok(key) => read.push(key),
                Err(Unusable::PassedOver) => {}
                Err(Unusable::Wrong(invalid)) => return Err(invalid),
            }
        }
        Ok(Self(read))
    }

    /// How many keys of the set are of use.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key of the set is of use.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have made a signature: those of that `kid`. Without one, the only key for the algorithm, if there is
    /// but one (OpenID Connect Core §10.1).
    pub(crate) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Vec<&PublicJwk> {
        let fitting = self.0.iter().filter(|key| key.is_for(algorithm));
        if let Some(kid) = kid {
            return fitting.filter(|key| key.kid() == Some(kid)).collect();
        }
        let fitting: Vec<_> = fitting.collect();
        if fitting.len() == 1 { fitting } else { Vec::new() }
    }
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
