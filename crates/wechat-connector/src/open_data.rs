//! Open data: what a mini-program gets encrypted with the person's session key. One error for every cause, and the same work
//! for every key whatever fails: CBC without authentication tells a sender who can tell errors apart what is inside.

use crate::{aes_cbc, base64_text, hex::is_hex_of, strict_json};
use hufu_core::{
    connector::{OpenDataRefused, SealedData, SignedData},
    wechat_app::AppId,
    wechat_session::SessionKey,
};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// The longest texts that are looked at, in bytes. WeChat's are under 2 KiB.
const LONGEST_TEXT: usize = 16 * 1024;
/// The longest initialization vector, in bytes of base64 with whatever got between. WeChat's have 24.
const LONGEST_IV: usize = 64;

/// Opens the data with the first of the keys that opens it and has signed it.
pub(crate) fn open(
    appid: &AppId,
    keys: &[SessionKey],
    sealed: &SealedData,
) -> Result<Map<String, Value>, OpenDataRefused> {
    let signed = sealed.signed.as_ref();
    let is_too_long = sealed.encrypted_data.len() > LONGEST_TEXT
        || sealed.iv.len() > LONGEST_IV
        || signed.is_some_and(|signed| signed.raw_data.len() > LONGEST_TEXT);
    if is_too_long {
        return Err(OpenDataRefused);
    }
    let is_whole = |length: usize| length > 0 && length.is_multiple_of(aes_cbc::BLOCK);
    let ciphertext = base64_text::decode(&sealed.encrypted_data, is_whole).ok_or(OpenDataRefused)?;
    let iv = base64_text::decode(&sealed.iv, |length| length == aes_cbc::BLOCK)
        .and_then(|iv| iv.try_into().ok())
        .ok_or(OpenDataRefused)?;
    // All keys are tried, even after one that opens it.
    let mut opened = None;
    for key in keys {
        let by_this = open_with(key, appid, &iv, &ciphertext, signed);
        opened = opened.or(by_this);
    }
    opened.ok_or(OpenDataRefused)
}

/// Does all of its work before it gives up.
fn open_with(
    key: &SessionKey,
    appid: &AppId,
    iv: &[u8; aes_cbc::BLOCK],
    ciphertext: &[u8],
    signed: Option<&SignedData>,
) -> Option<Map<String, Value>> {
    let mut data = Zeroizing::new(ciphertext.to_vec());
    aes_cbc::decrypt_128(&key.bytes(), iv, &mut data);
    let (is_padded, length) = aes_cbc::unpadded::<{ aes_cbc::BLOCK }>(&data);
    let text = str::from_utf8(&data[..length]).unwrap_or_default();
    let object = strict_json::object(text);
    let is_ours = object.as_ref().is_some_and(|object| is_of(object, appid));
    let is_signed = signed.is_none_or(|signed| is_signed_by(key, signed));
    object.filter(|_| bool::from(is_padded) & is_ours & is_signed)
}

/// Whether the watermark names the app.
fn is_of(object: &Map<String, Value>, appid: &AppId) -> bool {
    let named = object
        .get("watermark")
        .and_then(|watermark| watermark.get("appid"));
    named.and_then(Value::as_str) == Some(appid.as_str())
}

/// SHA-1 over the text, byte for byte, and the *text* of the key.
fn is_signed_by(key: &SessionKey, signed: &SignedData) -> bool {
    let digest = Sha1::new()
        .chain_update(&signed.raw_data)
        .chain_update(key.text())
        .finalize();
    is_hex_of(&signed.signature, &digest)
}

#[cfg(test)]
#[path = "open_data_tests.rs"]
mod tests;
