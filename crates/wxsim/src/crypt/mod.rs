//! WeChat's ciphers and signatures, and the signatures of the SMS vendors, as pure functions. Each is held against values
//! that its maker or users published.

pub(crate) mod acs3;
pub(crate) mod api_security;
mod cbc;
pub(crate) mod message;
pub(crate) mod open_data;
pub(crate) mod tc3;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Lowercase hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    text
}

fn sha1_hex(parts: &[&str]) -> String {
    let mut digest = Sha1::new();
    for part in parts {
        digest.update(part.as_bytes());
    }
    hex(&digest.finalize())
}

/// Hex of SHA-256.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Hex of HMAC-SHA256.
pub(crate) fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    hex(&hmac_sha256(key, message))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod vectors {
    //! Published values.

    use serde_json::Value;

    /// A member of the fixture, by JSON pointer.
    pub(super) fn at(pointer: &str) -> Value {
        let all: Value = serde_json::from_str(include_str!("../../tests/vectors.json")).unwrap();
        all.pointer(pointer)
            .cloned()
            .unwrap_or_else(|| panic!("no {pointer}"))
    }

    /// The same, of a text.
    pub(super) fn text(pointer: &str) -> String {
        at(pointer).as_str().unwrap().to_owned()
    }
}
