//! WeChat apps: an appid with its secret. An appid belongs to one tenant at a time, in the whole installation.

use crate::{Instant, Invalid, text::text_newtype};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

text_newtype!(
    /// An appid as WeChat gives it out: `wx` and 16 lower-case hexadecimal digits.
    AppId,
    |text: &str| -> Result<(), Invalid> {
        let hex = text.strip_prefix("wx").unwrap_or_default();
        if hex.len() == 16 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(())
        } else {
            Err(Invalid("must be wx and 16 lower-case hexadecimal digits"))
        }
    }
);

text_newtype!(
    /// The open-platform account inside which a unionid has meaning: a name that the operator chooses, the same for all
    /// apps bound to one account. 1 to 64 of letters, digits, `.`, `_` and `-`.
    UnionScope,
    |text: &str| -> Result<(), Invalid> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 64 letters, digits, '.', '_' or '-'"))
        }
    }
);

/// What kind of WeChat app it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WechatAppKind {
    /// A mini-program (小程序): `wx.login` gives codes for `jscode2session`.
    MiniProgram,
}

impl WechatAppKind {
    /// The name in the API and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MiniProgram => "mini_program",
        }
    }

    /// Reads [`WechatAppKind::as_str`] back.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "mini_program" => Ok(Self::MiniProgram),
            _ => Err(Invalid("must be mini_program")),
        }
    }
}

/// What is shown to WeChat to prove that we act for an app.
#[derive(Debug, Clone)]
pub struct WechatCredential {
    /// Which app.
    pub appid: AppId,
    /// Its AppSecret: 32 hexadecimal digits. Sealed at rest, never returned.
    pub secret: SecretString,
    /// The AppSecret that will follow it. It is tried where WeChat refuses the current one, and takes its place at the first
    /// success.
    pub next_secret: Option<SecretString>,
    /// The keys of API security mode, where the app's owner turned that on.
    pub api_security: Option<ApiSecurity>,
}

impl WechatCredential {
    /// A credential of nothing but appid and secret.
    pub const fn new(appid: AppId, secret: SecretString) -> Self {
        Self {
            appid,
            secret,
            next_secret: None,
            api_security: None,
        }
    }
}

/// The keys of an app's API security mode (console page 开发设置 > API安全): AES256_GCM with RSAwithSHA256. Sealed at rest as a
/// whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiSecurity {
    /// The serial number of the symmetric key.
    pub symmetric_sn: String,
    /// The symmetric key: 32 bytes, base64.
    #[serde(serialize_with = "for_sealing")]
    pub symmetric_key: SecretString,
    /// Our RSA private key, PEM (PKCS #8 or PKCS #1). Its public half is what the console was given.
    #[serde(serialize_with = "for_sealing")]
    pub private_key: SecretString,
    /// The serial number of WeChat's certificate.
    pub platform_serial: String,
    /// WeChat's certificate, PEM: its answers are signed by that.
    pub platform_certificate: String,
}

/// How WeChat's message push to an app is secured (console page 开发设置 > 消息推送, mode 安全模式). Sealed at rest as a whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushKeys {
    /// The Token: 3 to 32 letters and digits.
    #[serde(serialize_with = "for_sealing")]
    pub token: SecretString,
    /// The EncodingAESKey: 43 letters and digits.
    #[serde(serialize_with = "for_sealing")]
    pub encoding_aes_key: SecretString,
}

/// Only the store serializes these, and seals what comes of it.
fn for_sealing<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// Checks the shape of an AppSecret without keeping it. The message never repeats any of it.
pub fn check_secret(secret: &str) -> Result<(), Invalid> {
    if secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(Invalid(
            "must be the 32 letters and digits that the WeChat console shows as AppSecret",
        ))
    }
}

/// Checks the shape of the keys of a message push, without keeping them.
pub fn check_push_keys(keys: &PushKeys) -> Result<(), (&'static str, Invalid)> {
    let plain = |text: &SecretString, lengths: std::ops::RangeInclusive<usize>| {
        let text = text.expose_secret();
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !plain(&keys.token, 3..=32) {
        return Err((
            "token",
            Invalid("must be the 3 to 32 letters and digits of the console's Token"),
        ));
    }
    if !plain(&keys.encoding_aes_key, 43..=43) {
        return Err((
            "encoding_aes_key",
            Invalid("must be the 43 letters and digits of the console's EncodingAESKey"),
        ));
    }
    Ok(())
}

/// A WeChat app of a tenant.
#[derive(Debug, Clone)]
pub struct WechatApp {
    /// The appid with its secret.
    pub credential: WechatCredential,
    /// What kind of app.
    pub kind: WechatAppKind,
    /// Inside which open-platform account its unionids have meaning; without one, unionids link nothing.
    pub union_scope: Option<UnionScope>,
    /// How messages that WeChat pushes for the app are told from others'; without them, none is accepted.
    pub push: Option<PushKeys>,
    /// When the tenant got it.
    pub created_at: Instant,
    /// When it was last replaced.
    pub updated_at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appids_are_wx_and_sixteen_hexadecimal_digits() {
        assert!(AppId::parse("wxde30000000000001").is_ok());
        for bad in [
            "",
            "wx",
            "wxde3000000000000",
            "wxde300000000000011",
            "WXde30000000000001",
            "wxDE30000000000001",
            "gh_0123456789abcdef",
        ] {
            assert!(AppId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn r54_a_refused_secret_is_not_repeated() {
        let message = check_secret("hunter2").unwrap_err().to_string();
        assert!(!message.contains("hunter2"));
    }
}
