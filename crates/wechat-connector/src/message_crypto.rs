//! The crypto of pushed messages. The signature covers the ciphertext, and is checked before anything is decrypted; the app
//! that the message is for stands at its end, inside.
//!
//! Source: WeChat's description of 安全模式 (security mode) of message push.

use crate::{aes_cbc, hex::is_hex_of};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use hufu_core::wechat_app::{AppId, PushKeys};
use secrecy::ExposeSecret;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// 43 characters have two bits more than 32 bytes, and WeChat's console draws all of them.
const KEY_TEXT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Messages are padded to multiples of this, and not of AES's own block.
const PADDED_TO: usize = 32;
/// Random bytes that come first.
const SALT: usize = 16;

/// Whether `signature` is that of these parts by the Token: SHA-1 over all of them in their order as texts.
pub(crate) fn is_signed(keys: &PushKeys, parts: &[&str], signature: &str) -> bool {
    let mut parts: Vec<&str> = parts.to_vec();
    parts.push(keys.token.expose_secret());
    parts.sort_unstable();
    let digest = parts
        .into_iter()
        .fold(Sha1::new(), Digest::chain_update)
        .finalize();
    is_hex_of(signature, &digest)
}

/// The message inside, if it was encrypted by this EncodingAESKey for this app.
pub(crate) fn open(keys: &PushKeys, appid: &AppId, encrypt: &str) -> Option<Zeroizing<Vec<u8>>> {
    let key = key(keys)?;
    let (iv, _) = key.split_first_chunk()?;
    let mut data = Zeroizing::new(BASE64_STANDARD.decode(encrypt.trim()).ok()?);
    if !data.len().is_multiple_of(aes_cbc::BLOCK) {
        return None;
    }
    aes_cbc::decrypt_256(&key, iv, &mut data);
    let (is_padded, length) = aes_cbc::unpadded::<PADDED_TO>(&data);
    if !bool::from(is_padded) {
        return None;
    }
    let (count, rest) = data[..length].get(SALT..)?.split_first_chunk()?;
    let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
    let (message, whose) = rest.split_at_checked(count)?;
    (whose == appid.as_str().as_bytes()).then(|| Zeroizing::new(message.to_vec()))
}

fn key(keys: &PushKeys) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(KEY_TEXT.decode(keys.encoding_aes_key.expose_secret()).ok()?);
    let mut key = Zeroizing::new([0; 32]);
    (bytes.len() == key.len()).then(|| {
        key.copy_from_slice(&bytes);
        key
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::hex::hex;
    use aes::{Aes256, Block};
    use cbc::{
        Encryptor,
        cipher::{BlockModeEncrypt, KeyIvInit},
    };

    pub(crate) fn keys() -> PushKeys {
        PushKeys {
            token: "pamtest".into(),
            encoding_aes_key: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into(),
        }
    }

    pub(crate) fn appid() -> AppId {
        AppId::parse("wxb11529c136998cb6").unwrap()
    }

    /// What WeChat does.
    pub(crate) fn seal(keys: &PushKeys, whose: &str, message: &[u8]) -> String {
        let mut data = b"aaaabbbbccccdddd".to_vec();
        data.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        data.extend(message);
        data.extend(whose.as_bytes());
        let padding = 32 - data.len() % 32;
        data.resize(data.len() + padding, u8::try_from(padding).unwrap());
        encrypt(keys, data)
    }

    fn encrypt(keys: &PushKeys, mut data: Vec<u8>) -> String {
        let key = key(keys).unwrap();
        let iv: [u8; 16] = key[..16].try_into().unwrap();
        let mut cipher = Encryptor::<Aes256>::new((&*key).into(), (&iv).into());
        cipher.encrypt_blocks(Block::slice_as_chunks_mut(&mut data).0);
        BASE64_STANDARD.encode(data)
    }

    pub(crate) fn sign(keys: &PushKeys, parts: &[&str]) -> String {
        let mut parts = parts.to_vec();
        parts.push(keys.token.expose_secret());
        parts.sort_unstable();
        hex(&Sha1::digest(parts.concat()))
    }

    const MESSAGE: &str = "我是中文abcd123";
    const ENCRYPT: &str =
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";

    #[test]
    fn a_published_message_is_opened_and_made() {
        let message = open(&keys(), &appid(), ENCRYPT).unwrap();
        assert_eq!(str::from_utf8(&message).unwrap(), MESSAGE);
        assert_eq!(seal(&keys(), appid().as_str(), MESSAGE.as_bytes()), ENCRYPT);
    }

    #[test]
    fn a_message_for_another_app_or_by_another_key_is_not_opened() {
        let other = AppId::parse("wxb11529c136998cb7").unwrap();
        assert!(open(&keys(), &other, ENCRYPT).is_none());
        for whose in ["", "wxb11529c136998cb66", "xwxb11529c136998cb6"] {
            assert!(open(&keys(), &appid(), &seal(&keys(), whose, b"m")).is_none());
        }
        for bad in ["bbcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "", "abc"] {
            let keys = PushKeys {
                encoding_aes_key: bad.into(),
                ..keys()
            };
            assert!(open(&keys, &appid(), ENCRYPT).is_none());
        }
    }

    #[test]
    fn a_key_with_bits_left_over_is_the_same_key() {
        let same = PushKeys {
            encoding_aes_key: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFH".into(),
            ..keys()
        };
        assert!(open(&same, &appid(), ENCRYPT).is_some());
    }

    #[test]
    fn only_paddings_of_1_to_32_equal_bytes_and_true_lengths_are_read() {
        let message = |count: u32, padding: &[u8]| {
            let mut data = b"aaaabbbbccccdddd".to_vec();
            data.extend(count.to_be_bytes());
            data.extend(b"message");
            data.extend(appid().as_str().as_bytes());
            data.extend(padding);
            open(&keys(), &appid(), &encrypt(&keys(), data)).is_some()
        };
        assert!(message(7, &[19; 19]));
        assert!(!message(6, &[19; 19]));
        assert!(!message(8, &[19; 19]));
        assert!(!message(u32::MAX, &[19; 19]));
        let mut wrong = [19; 19];
        wrong[0] = 18;
        assert!(!message(7, &wrong));
        assert!(!message(7, &[0; 19]));
        assert!(!message(7, &[51; 51]));
    }

    #[test]
    fn what_is_too_short_or_no_base64_is_not_opened() {
        for bad in ["", "====", "AAAA", "虎"] {
            assert!(open(&keys(), &appid(), bad).is_none(), "{bad}");
        }
        for blocks in 1..4 {
            let data = vec![16; blocks * 16];
            assert!(open(&keys(), &appid(), &encrypt(&keys(), data)).is_none());
        }
    }

    #[test]
    fn a_signature_is_over_the_parts_in_their_order_as_texts() {
        let signature = hex(&Sha1::digest("12pamtest"));
        for parts in [["1", "2"], ["2", "1"]] {
            assert!(is_signed(&keys(), &parts, &signature));
            assert!(is_signed(&keys(), &parts, &signature.to_uppercase()));
        }
        assert!(!is_signed(&keys(), &["1", "3"], &signature));
        assert!(!is_signed(&keys(), &["1", "2"], ""));
    }
}
