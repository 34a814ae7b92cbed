//! The port that makes a proof count once, whichever node it is shown to: of possession of a key (DPoP, RFC 9449 §11.1) and of
//! a client (`private_key_jwt`, RFC 7523 §3).

use super::{Act, Result, Unit};
use crate::{Instant, client::ClientId};
use async_trait::async_trait;
use sha2::{Digest, Sha256};

/// A proof that counts once, by a digest of what makes it that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof([u8; 32]);

impl Proof {
    /// A proof of possession: `jti` is distinct among the proofs of one key, whose thumbprint is `jkt`.
    pub fn of_possession(jkt: &[u8; 32], jti: &str) -> Self {
        Self::of(b"dpop", jkt, jti)
    }

    /// A client's proof of itself: `jti` is distinct among those of one client.
    pub fn of_client(client: &ClientId, jti: &str) -> Self {
        Self::of(b"client assertion", client.as_str().as_bytes(), jti)
    }

    fn of(kind: &[u8], whose: &[u8], jti: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [kind, whose, jti.as_bytes()] {
            // With their lengths, so that no two lists of parts are one text.
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// The bytes to store.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is used once.
#[async_trait]
pub trait ReplayUnit: Send {
    /// Whether nobody showed the proof before; it is remembered until `until`, after which it must be refused for its age.
    async fn first_use(&mut self, proof: Proof, until: Instant) -> Result<bool>;
}

/// Uses a proof.
#[derive(Debug, Clone, Copy)]
pub struct UseOnce {
    /// Which.
    pub proof: Proof,
    /// How long it is remembered.
    pub until: Instant,
}

#[async_trait]
impl Act for UseOnce {
    /// Whether it was the first use.
    type Output = bool;

    async fn run(&self, unit: &mut dyn Unit) -> Result<bool> {
        unit.first_use(self.proof, self.until).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_differ_by_kind_holder_and_jti() {
        let client = |id: &str, jti: &str| Proof::of_client(&ClientId::parse(id).unwrap(), jti);
        assert_eq!(client("web", "1"), client("web", "1"));
        assert_ne!(client("web", "1"), client("web", "2"));
        assert_ne!(client("web1", ""), client("web", "1"));
        let key = |byte: u8| Proof::of_possession(&[byte; 32], "1");
        assert_ne!(key(1), key(2));
        let letters = ClientId::parse(&"a".repeat(32)).unwrap();
        assert_ne!(Proof::of_client(&letters, "1"), key(b'a'));
    }
}
