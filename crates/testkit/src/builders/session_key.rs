//! Session keys.

use super::Mint;
use hufu_core::wechat_session::{KeptKey, SessionKey};

/// The base64 of sixteen bytes that `number` tells apart from others.
pub fn session_key(number: u64) -> SessionKey {
    // The last of 22 digits has two bits of its own only.
    SessionKey::parse(format!("{number:0>21}A==").into()).expect("24 digits are the base64 of 16 bytes")
}

impl Mint {
    /// [`session_key`], obtained now.
    pub fn kept_key(&self, number: u64) -> KeptKey {
        KeptKey {
            key: session_key(number),
            obtained_at: self.now(),
        }
    }
}
