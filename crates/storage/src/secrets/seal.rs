//! Sealing: AES-256-GCM (NIST SP 800-38D) with a random nonce.

use super::Place;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hufu_core::{Random, random, store::StoreError};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// The first byte of everything sealed, so that another scheme can stand beside this one.
const VERSION: u8 = 1;

/// A key that seals and opens.
///
/// A random 96-bit nonce is safe for 2^32 values under one key (SP 800-38D §8.3). A tenant seals a handful, two more at each
/// login where it keeps session keys, and one at each step of a login that takes several: that is a thousand million logins.
pub(crate) struct SealKey(LessSafeKey);

impl SealKey {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, bytes).expect("an AES-256 key is 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// `VERSION ‖ nonce ‖ ciphertext ‖ tag`.
    pub(crate) fn seal(
        &self,
        place: &Place<'_>,
        plain: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        let nonce = random::bytes::<NONCE_LEN>(random);
        let mut text = plain.to_vec();
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.associated_data()),
                &mut text,
            )
            .map_err(|_| StoreError::Defect(format!("{}.{} cannot be sealed", place.table, place.column)))?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len() + tag.as_ref().len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Gives back what was sealed for this very place, or [`StoreError::Corrupt`].
    pub(crate) fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let corrupt = || place.corrupt("does not open: another key sealed it, or it was changed or moved");
        let (nonce, text) = sealed
            .strip_prefix(&[VERSION])
            .and_then(|rest| rest.split_at_checked(NONCE_LEN))
            .ok_or_else(corrupt)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| corrupt())?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .0
            .open_in_place(nonce, Aad::from(place.associated_data()), &mut text)
            .map_err(|_| corrupt())?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// [`SealKey::seal`] of a text.
    pub(crate) fn seal_text(
        &self,
        place: &Place<'_>,
        text: &SecretString,
        random: &dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        self.seal(place, text.expose_secret().as_bytes(), random)
    }

    /// [`SealKey::open`] of a text.
    pub(crate) fn open_text(&self, place: &Place<'_>, sealed: &[u8]) -> Result<SecretString, StoreError> {
        let plain = self.open(place, sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| place.corrupt("is not text"))?;
        Ok(SecretString::from(text))
    }

    /// [`SealKey::seal`] of JSON.
    pub(crate) fn seal_json(
        &self,
        place: &Place<'_>,
        value: &impl Serialize,
        random: &dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = serde_json::to_vec(value)
            .map(Zeroizing::new)
            .map_err(|error| StoreError::Defect(format!("{}.{}: {error}", place.table, place.column)))?;
        self.seal(place, &plain, random)
    }

    /// [`SealKey::open`] of JSON.
    pub(crate) fn open_json<T: DeserializeOwned>(
        &self,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<T, StoreError> {
        let plain = self.open(place, sealed)?;
        // What serde says of it may repeat some of it.
        serde_json::from_slice(&plain).map_err(|_| place.corrupt("is not the JSON that belongs there"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hufu_core::id::TenantId;
    use uuid::Uuid;

    struct Fixed;
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(3);
        }
    }

    fn place(row: &str) -> Place<'_> {
        Place {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            table: "wechat_apps",
            column: "secret",
            row,
        }
    }

    fn sealed() -> Vec<u8> {
        SealKey::new(&[1; 32])
            .seal(&place("wx1"), b"secret", &Fixed)
            .unwrap()
    }

    #[test]
    fn what_is_sealed_opens_at_its_place() {
        let opened = SealKey::new(&[1; 32]).open(&place("wx1"), &sealed()).unwrap();
        assert_eq!(opened.as_slice(), b"secret");
        assert!(!sealed().windows(6).any(|part| part == b"secret"));
    }

    #[test]
    fn another_key_does_not_open_it() {
        assert!(SealKey::new(&[2; 32]).open(&place("wx1"), &sealed()).is_err());
    }

    #[test]
    fn a_moved_value_does_not_open() {
        let here = place("wx1");
        let elsewhere = [
            place("wx2"),
            Place {
                tenant: TenantId::from_uuid(Uuid::from_u128(2)),
                ..here
            },
            Place {
                table: "signing_keys",
                ..here
            },
            Place {
                column: "pkcs8",
                ..here
            },
        ];
        for place in elsewhere {
            let error = SealKey::new(&[1; 32]).open(&place, &sealed()).unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        }
    }

    #[test]
    fn neighbouring_names_do_not_run_into_one_another() {
        let here = place("wx1");
        let shifted = Place {
            table: "wechat_appss",
            column: "ecret",
            ..here
        };
        assert_ne!(here.associated_data(), shifted.associated_data());
    }

    #[test]
    fn a_cut_or_changed_value_does_not_open() {
        let key = SealKey::new(&[1; 32]);
        let whole = sealed();
        for length in 0..whole.len() {
            assert!(key.open(&place("wx1"), &whole[..length]).is_err(), "{length}");
        }
        for byte in 0..whole.len() {
            let mut changed = whole.clone();
            changed[byte] ^= 1;
            assert!(key.open(&place("wx1"), &changed).is_err(), "{byte}");
        }
    }
}
