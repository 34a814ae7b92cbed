//! Pushed messages: how WeChat signs what it sends to an app's own server, and how it encrypts it in safe mode.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;

use super::{cbc, sha1_hex};

/// 43 characters hold 32 bytes and two bits more, which WeChat ignores.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);
/// Messages are padded to blocks of so many bytes, two of AES's.
const PADDED_TO: u8 = 32;

/// The key that an EncodingAESKey stands for.
pub(crate) struct MessageKey([u8; 32]);

impl MessageKey {
    /// 43 letters and digits of base64.
    pub(crate) fn parse(encoding_aes_key: &str) -> Option<Self> {
        if encoding_aes_key.len() != 43 {
            return None;
        }
        let bytes = LENIENT.decode(format!("{encoding_aes_key}=")).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// AES-256-CBC of `random ‖ length ‖ message ‖ appid`, in base64. `spoil` may change the last 32 bytes before they
    /// are encrypted; the padding is at their end.
    pub(crate) fn encrypt(
        &self,
        random: &[u8; 16],
        message: &str,
        appid: &str,
        spoil: impl FnOnce(&mut [u8]),
    ) -> String {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let mut bytes = [
            random.as_slice(),
            &length.to_be_bytes(),
            message.as_bytes(),
            appid.as_bytes(),
        ]
        .concat();
        cbc::pad(&mut bytes, PADDED_TO);
        let last = bytes.len().saturating_sub(usize::from(PADDED_TO));
        spoil(&mut bytes[last..]);
        let mut iv = [0; cbc::BLOCK];
        iv.copy_from_slice(&self.0[..cbc::BLOCK]);
        cbc::encrypt_256(&self.0, &iv, &mut bytes);
        BASE64_STANDARD.encode(bytes)
    }
}

/// SHA-1 of the parts, sorted and put together, in hex. In clear the parts are token, timestamp and nonce; in safe mode
/// the encrypted message is the fourth.
pub(crate) fn signature<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    sha1_hex(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::vectors::text;

    #[test]
    fn published_ciphertext_is_reproduced() {
        let field = |name| text(&format!("/message_crypto_aes_256_cbc_pad32/0/{name}"));
        let key = MessageKey::parse(&field("encoding_aes_key")).unwrap();
        let random = field("random16").into_bytes().try_into().unwrap();
        assert_eq!(
            key.encrypt(&random, &field("message"), &field("appid"), |_| {}),
            field("encrypt")
        );
    }

    #[test]
    fn key_has_43_characters_of_base64() {
        for text in ["", "a", &"a".repeat(42), &"a".repeat(44), &"!".repeat(43)] {
            assert!(MessageKey::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn signature_does_not_depend_on_the_order_of_its_parts() {
        assert_eq!(signature(["b", "a", "c"]), signature(["c", "b", "a"]));
        assert_eq!(
            signature(["b", "a", "c"]),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
    }
}
