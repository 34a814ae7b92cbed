//! Signing keys, as far as a store is concerned: the private key is any bytes.

use super::Mint;
use hufu_core::signing_key::{KeyId, SigningAlgorithm, SigningKey};
use secrecy::SecretSlice;

/// A key id that is known to be well-formed.
pub fn kid(text: &str) -> KeyId {
    KeyId::parse(text).expect("a test's key id is well-formed")
}

impl Mint {
    /// An ES256 key that signs from now on and has no end. Its private key is random bytes: it cannot sign.
    pub fn signing_key(&self, kid: &str) -> SigningKey {
        let now = self.now();
        SigningKey {
            kid: super::kid(kid),
            algorithm: SigningAlgorithm::Es256,
            pkcs8: SecretSlice::from(hufu_core::random::bytes::<138>(&self.random).to_vec()),
            created_at: now,
            activates_at: Some(now),
            retires_at: None,
            rotates_at: None,
        }
    }
}
