//! The installation's master key: seals the tenants' data keys, and gives other keys of the installation.

use super::SealKey;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::{Engine, prelude::BASE64_STANDARD};
use hufu_core::{Random, random};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use thiserror::Error;
use zeroize::Zeroize;

const LENGTH: usize = 32;

/// 256 random bits, written as base64 (RFC 4648 §4) in its file.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Arc<SecretBox<[u8; LENGTH]>>,
    id: Arc<str>,
}

/// The text is not a master key. Says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a master key is 32 bytes in base64, as `openssl rand -base64 32` prints them")]
pub struct InvalidMasterKey;

impl MasterKey {
    /// Reads the base64 form; white space around it does not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidMasterKey> {
        let mut bytes = SecretBox::new(Box::new([0; LENGTH]));
        let mut decoded = BASE64_STANDARD
            .decode(text.trim())
            .map_err(|_| InvalidMasterKey)?;
        let fits = <[u8; LENGTH]>::try_from(decoded.as_slice());
        decoded.zeroize();
        *secrecy::ExposeSecretMut::expose_secret_mut(&mut bytes) = fits.map_err(|_| InvalidMasterKey)?;
        Ok(Self::of(bytes))
    }

    /// A new key.
    pub fn generate(random: &dyn Random) -> Self {
        Self::of(SecretBox::new(Box::new(random::bytes(random))))
    }

    fn of(bytes: SecretBox<[u8; LENGTH]>) -> Self {
        let hash = Sha256::new()
            .chain_update(b"hufu master key id\0")
            .chain_update(bytes.expose_secret())
            .finalize();
        let id = hash[..8]
            .iter()
            .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        Self {
            bytes: Arc::new(bytes),
            id: id.into(),
        }
    }

    /// Which key it is: 16 hexadecimal digits of a hash. Not secret; it stands beside what the key sealed.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The base64 form, for its file.
    pub fn reveal(&self) -> SecretString {
        SecretString::from(BASE64_STANDARD.encode(self.bytes.expose_secret()))
    }

    /// Another key of the installation, the same on all its nodes: HKDF-SHA256 (RFC 5869) of this one, with `label` as its info.
    /// Neither tells anything of the other, nor of one with another label. It changes with the master key.
    #[expect(clippy::missing_panics_doc, reason = "one block of HKDF is never too long")]
    pub fn derive(&self, label: &str) -> [u8; LENGTH] {
        let mut key = [0; LENGTH];
        Salt::new(HKDF_SHA256, b"hufu master key derivation")
            .extract(self.bytes.expose_secret())
            .expand(&[label.as_bytes()], HKDF_SHA256)
            .and_then(|output| output.fill(&mut key))
            .expect("one block of HKDF is never too long");
        key
    }

    pub(crate) fn seal_key(&self) -> SealKey {
        SealKey::new(self.bytes.expose_secret())
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// The master key and, while it is being replaced, the one before it.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    /// Seals what is new, opens what it sealed.
    pub current: MasterKey,
    /// Only opens what it sealed, until all of that is wrapped anew.
    pub previous: Option<MasterKey>,
}

impl MasterKeys {
    /// One key, none before it.
    pub const fn only(current: MasterKey) -> Self {
        Self {
            current,
            previous: None,
        }
    }

    /// The key with that id, where it is one of these.
    pub(crate) fn by_id(&self, id: &str) -> Option<&MasterKey> {
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_key_reads_back_what_it_reveals() {
        let key = MasterKey::generate(&Fixed(7));
        let read = MasterKey::parse(&format!(" {}\n", key.reveal().expose_secret())).unwrap();
        assert_eq!(read.id(), key.id());
        assert_ne!(read.id(), MasterKey::generate(&Fixed(8)).id());
    }

    #[test]
    fn anything_but_32_bytes_is_refused() {
        for text in [
            "",
            "hunter2",
            &BASE64_STANDARD.encode([1; 31]),
            &BASE64_STANDARD.encode([1; 33]),
        ] {
            assert_eq!(MasterKey::parse(text).err(), Some(InvalidMasterKey), "{text}");
        }
    }

    #[test]
    fn a_derived_key_is_the_same_everywhere_and_apart_from_all_others() {
        let key = MasterKey::generate(&Fixed(7));
        // Python: hkdf.hkdf(SHA256, ikm=bytes([7]*32), salt=b"hufu master key derivation", info=b"one", length=32)
        let expected = [
            0x07, 0x34, 0xd1, 0x4c, 0xf1, 0x1c, 0x54, 0x72, 0xa8, 0xca, 0x26, 0x53, 0xfc, 0x3d, 0x6c, 0xe8,
            0x60, 0x2d, 0x68, 0xd4, 0x7d, 0xfe, 0xb6, 0x4a, 0x9c, 0x44, 0x52, 0xd5, 0x2c, 0x6f, 0x12, 0xed,
        ];
        assert_eq!(key.derive("one"), expected);
        let elsewhere = MasterKey::parse(key.reveal().expose_secret()).unwrap();
        assert_eq!(elsewhere.derive("one"), expected);
        assert_ne!(key.derive("two"), expected);
        assert_ne!(MasterKey::generate(&Fixed(8)).derive("one"), expected);
        assert_ne!(expected, [7; LENGTH]);
    }

    #[test]
    fn debug_shows_the_id_only() {
        let key = MasterKey::generate(&Fixed(7));
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
    }
}
