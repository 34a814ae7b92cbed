//! Open data: what WeChat gives a mini-program in a form that only the app's own server can read.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::World;
use crate::Refusal;
use crate::crypt::open_data::{Padding, decoded, encrypt, raw_data_signature};
use crate::crypt::sha256_hex;

/// What everybody is called since autumn 2022, and what everybody looks like.
const NICKNAME: &str = "微信用户";
const AVATAR: &str = "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132";
/// The owner of data that is not for this app.
const ANOTHER_APPID: &str = "wx0000000000000000";
/// Seconds by which [`Tamper::Age`] makes data older: a day.
const OLD: i64 = 24 * 3600;
/// How many bytes [`Tamper::Truncate`] takes away.
const CUT: usize = 5;
/// Seconds for which an encrypt key is the latest.
const ENCRYPT_KEY_TTL: i64 = 3600;
/// How many encrypt keys WeChat tells.
const ENCRYPT_KEYS: i64 = 3;

/// What is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataKind {
    /// What `wx.getUserInfo` gives. Everybody has the same name and the same picture, as everybody has today.
    UserInfo,
    /// What the button for a phone number gives beside its code.
    Phone,
}

/// What is broken about the data; all else is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tamper {
    /// It is encrypted under another key.
    Key,
    /// It comes with an initial vector that is not its own.
    Iv,
    /// It is padded wrongly, though the last byte is right wherever the padding has two.
    Pad,
    /// Its watermark names another app.
    Appid,
    /// Its last five bytes are missing.
    Truncate,
    /// Its watermark is a day old.
    Age,
}

/// Encrypted data, as a mini-program is given it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptedData {
    /// In base64.
    pub encrypted_data: String,
    /// The initial vector, in base64.
    pub iv: String,
    /// The harmless part of the data, in clear; empty for a phone number.
    pub raw_data: String,
    /// Of `raw_data`; empty for a phone number.
    pub signature: String,
}

/// One of the keys that a mini-program and its server share without sending them to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserEncryptKey {
    /// 16 bytes in base64.
    pub encrypt_key: String,
    /// Larger is later.
    pub version: i64,
    /// Seconds for which it is the latest; 0 where it no longer is.
    pub expire_in: i64,
    /// The initial vector: 16 characters, which are its bytes.
    pub iv: String,
    /// Unix seconds.
    pub create_time: i64,
}

#[derive(Serialize)]
struct Watermark<'a> {
    timestamp: i64,
    appid: &'a str,
}

/// The harmless part: `rawData`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    nick_name: &'static str,
    gender: u8,
    language: &'static str,
    city: &'static str,
    province: &'static str,
    country: &'static str,
    avatar_url: &'static str,
}

const PROFILE: Profile = Profile {
    nick_name: NICKNAME,
    gender: 0,
    language: "",
    city: "",
    province: "",
    country: "",
    avatar_url: AVATAR,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserInfo<'a> {
    open_id: String,
    #[serde(flatten)]
    profile: Profile,
    #[serde(skip_serializing_if = "Option::is_none")]
    union_id: Option<String>,
    watermark: Watermark<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhoneData<'a> {
    phone_number: String,
    pure_phone_number: &'a str,
    country_code: &'a str,
    watermark: Watermark<'a>,
}

impl World {
    /// Data of a user who has logged in, under the session key in force.
    pub(crate) fn encrypted_data(
        &mut self,
        appid: &str,
        user: &str,
        kind: DataKind,
        tamper: Option<Tamper>,
        now: i64,
    ) -> Result<EncryptedData, Refusal> {
        self.known_app(appid)?;
        let never_logged_in = || Refusal::NeverLoggedIn {
            appid: appid.into(),
            user: user.into(),
        };
        let session_key = self.session_key(appid, user).ok_or_else(never_logged_in)?;
        let made_at = if tamper == Some(Tamper::Age) {
            now - OLD
        } else {
            now
        };
        let owner = if tamper == Some(Tamper::Appid) {
            ANOTHER_APPID
        } else {
            appid
        };
        let watermark = Watermark {
            timestamp: made_at,
            appid: owner,
        };
        let plaintext = self.plaintext(appid, user, kind, watermark)?;
        let serial = self.draw();
        let key = match tamper {
            Some(Tamper::Key) => self.lots.bytes("another-key", serial),
            _ => decoded(&session_key).ok_or_else(never_logged_in)?,
        };
        let padding = match tamper {
            Some(Tamper::Pad) => Padding::Wrong,
            _ => Padding::Right,
        };
        let iv = self.lots.bytes("iv", serial);
        let mut encrypted_data = encrypt(&plaintext, &key, &iv, padding);
        if tamper == Some(Tamper::Truncate) {
            encrypted_data = truncated(&encrypted_data);
        }
        if matches!(tamper, None | Some(Tamper::Iv | Tamper::Age)) {
            self.minted_data.insert(sha256_hex(&encrypted_data), made_at);
        }
        let shown_iv: [u8; 16] = match tamper {
            Some(Tamper::Iv) => self.lots.bytes("another-iv", serial),
            _ => iv,
        };
        let (raw_data, signature) = match kind {
            DataKind::UserInfo => {
                let raw_data = written(&PROFILE);
                let signature = raw_data_signature(&raw_data, &session_key);
                (raw_data, signature)
            }
            DataKind::Phone => (String::new(), String::new()),
        };
        Ok(EncryptedData {
            encrypted_data,
            iv: BASE64_STANDARD.encode(shown_iv),
            raw_data,
            signature,
        })
    }

    /// When WeChat made the encrypted data of this hash, if it did so within the last three days.
    pub(crate) fn data_created_at(&self, hash: &str, now: i64) -> Option<i64> {
        self.minted_data.created_at(&hash.to_ascii_lowercase(), now)
    }

    /// The latest encrypt key and those before it, the latest first. There is a new one every full hour.
    pub(crate) fn encrypt_keys(&self, appid: &str, user: &str, now: i64) -> Vec<UserEncryptKey> {
        let latest = now.div_euclid(ENCRYPT_KEY_TTL);
        (0..ENCRYPT_KEYS)
            .map(|age| {
                let version = latest - age;
                let (encrypt_key, iv) = self.lots.encrypt_key(appid, user, version);
                let create_time = version * ENCRYPT_KEY_TTL;
                UserEncryptKey {
                    encrypt_key,
                    version,
                    expire_in: (create_time + ENCRYPT_KEY_TTL - now).max(0),
                    iv,
                    create_time,
                }
            })
            .collect()
    }

    fn plaintext(
        &self,
        appid: &str,
        user: &str,
        kind: DataKind,
        watermark: Watermark<'_>,
    ) -> Result<String, Refusal> {
        Ok(match kind {
            DataKind::UserInfo => written(&UserInfo {
                open_id: self.lots.openid(appid, user),
                profile: PROFILE,
                union_id: self
                    .known_app(appid)?
                    .open_account()
                    .map(|account| self.lots.unionid(account, user)),
                watermark,
            }),
            DataKind::Phone => {
                let phone = self.phone(user)?;
                written(&PhoneData {
                    phone_number: phone.full_number(),
                    pure_phone_number: &phone.pure_number,
                    country_code: phone.country_code,
                    watermark,
                })
            }
        })
    }
}

/// JSON, members in the order of the struct's fields.
fn written(data: &impl Serialize) -> String {
    serde_json::to_string(data).expect("structs of texts and numbers can be written as JSON")
}

fn truncated(base64: &str) -> String {
    let mut bytes = BASE64_STANDARD.decode(base64).unwrap_or_default();
    bytes.truncate(bytes.len().saturating_sub(CUT));
    BASE64_STANDARD.encode(bytes)
}
