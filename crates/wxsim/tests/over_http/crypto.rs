//! The other side of WeChat's cryptography, as a receiver must have it; the simulator has only its own side.

use aes::cipher::consts::U16;
use aes::cipher::{Array, BlockModeDecrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use cbc::Decryptor;
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;

pub(crate) fn bytes_of(base64: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(base64).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble| char::from_digit(u32::from(nibble), 16).unwrap();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

pub(crate) fn sha1_hex(text: &str) -> String {
    hex(&Sha1::digest(text))
}

pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// The signature of a login state: of nothing, with the key's text.
pub(crate) fn login_signature(session_key: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(session_key.as_bytes()).unwrap();
    hex(&mac.finalize().into_bytes())
}

/// Open data in clear. Nothing where it is not whole blocks, or is padded wrongly.
pub(crate) fn open_data(encrypted: &str, session_key: &str, iv: &str) -> Option<String> {
    let mut bytes = bytes_of(encrypted);
    if !bytes.len().is_multiple_of(16) {
        return None;
    }
    let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(&mut bytes);
    Decryptor::<Aes128>::new_from_slices(&bytes_of(session_key), &bytes_of(iv))
        .unwrap()
        .decrypt_blocks(blocks);
    let text = unpadded(bytes, 16)?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// A message in clear, and whose it is. Nothing where it is padded wrongly, or not as long as it says.
pub(crate) fn message(encrypted: &str, encoding_aes_key: &str) -> Option<(String, String)> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let key = GeneralPurpose::new(&STANDARD, config)
        .decode(format!("{encoding_aes_key}="))
        .unwrap();
    let mut bytes = bytes_of(encrypted);
    let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(&mut bytes);
    Decryptor::<Aes256>::new_from_slices(&key, &key[..16])
        .unwrap()
        .decrypt_blocks(blocks);
    let bytes = unpadded(bytes, 32)?;
    let length = u32::from_be_bytes(bytes[16..20].try_into().unwrap()) as usize;
    let (message, appid) = bytes[20..].split_at_checked(length)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Some((text(message), text(appid)))
}

/// Strictly: 1 to `block` bytes, each of which says how many they are.
fn unpadded(mut bytes: Vec<u8>, block: usize) -> Option<Vec<u8>> {
    let last = *bytes.last()?;
    let length = usize::from(last);
    let start = bytes.len().checked_sub(length)?;
    if !(1..=block).contains(&length) || bytes[start..].iter().any(|byte| *byte != last) {
        return None;
    }
    bytes.truncate(start);
    Some(bytes)
}
