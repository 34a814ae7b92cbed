//! Open data: what WeChat encrypts and signs with a user's session key.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{cbc, hmac_sha256_hex, sha1_hex};

/// Whether the padding is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Right,
    /// The last byte is right and another is not, where there is another: who looks at the last alone sees nothing.
    Wrong,
}

/// AES-128-CBC under PKCS#7, in base64.
pub(crate) fn encrypt(plaintext: &str, key: &[u8; 16], iv: &[u8; 16], padding: Padding) -> String {
    let mut bytes = plaintext.as_bytes().to_vec();
    let first_of_padding = bytes.len();
    cbc::pad(&mut bytes, 16);
    if padding == Padding::Wrong
        && let Some(byte) = bytes.get_mut(first_of_padding)
    {
        *byte ^= 0x55;
    }
    cbc::encrypt_128(key, iv, &mut bytes);
    BASE64_STANDARD.encode(bytes)
}

/// The signature of `rawData`: SHA-1 of it and of the session key's text, in hex.
pub(crate) fn raw_data_signature(raw_data: &str, session_key: &str) -> String {
    sha1_hex(&[raw_data, session_key])
}

/// The signature of a login state: HMAC-SHA256 of a body, keyed with the session key's text, in hex.
pub(crate) fn login_state_signature(body: &str, session_key: &str) -> String {
    hmac_sha256_hex(session_key.as_bytes(), body.as_bytes())
}

/// The 16 bytes that a session key's text, or an initial vector's, stands for.
pub(crate) fn decoded(text: &str) -> Option<[u8; 16]> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::sha256_hex;
    use crate::crypt::vectors::{at, text};

    #[test]
    fn published_ciphertexts_are_reproduced() {
        for name in ["A_official", "C_own_phone"] {
            let field = |field| text(&format!("/open_data_aes_128_cbc/{name}/{field}"));
            let [key, iv] = ["session_key", "iv"].map(|name| decoded(&field(name)).unwrap());
            let plaintext = field("plaintext");
            assert_eq!(
                encrypt(&plaintext, &key, &iv, Padding::Right),
                field("encrypted_data")
            );
            assert_ne!(
                encrypt(&plaintext, &key, &iv, Padding::Wrong),
                field("encrypted_data")
            );
        }
        assert_eq!(
            sha256_hex(&text("/open_data_aes_128_cbc/C_own_phone/encrypted_data")),
            text("/open_data_aes_128_cbc/C_own_phone/sha256_of_base64_text")
        );
    }

    #[test]
    fn published_signatures_are_reproduced() {
        for row in at("/raw_data_sha1").as_array().unwrap() {
            let field = |name: &str| row[name].as_str().unwrap();
            assert_eq!(
                raw_data_signature(field("raw_data"), field("session_key")),
                field("signature")
            );
        }
        for row in at("/login_state_hmac_sha256").as_array().unwrap() {
            let field = |name: &str| row[name].as_str().unwrap();
            assert_eq!(
                login_state_signature(field("body"), field("session_key_text_is_key")),
                field("signature")
            );
        }
    }
}
