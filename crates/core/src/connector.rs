//! Connectors: they turn a proof into an identity, and know nothing of users, tokens or endpoints of ours.

use crate::{
    Instant, Invalid,
    identity::{OpenId, UnionId},
    phone::PhoneNumber,
    reason::Reason,
    wechat_app::{ApiSecurity, AppId, PushKeys, WechatCredential},
    wechat_push::{Delivery, PushMessage, PushRefused},
    wechat_session::SessionKey,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

/// Proves a person by WeChat, and an app's credential too; and reads what only an app's keys make readable.
///
/// Each call is one request to WeChat within its budget, plus one for an access token where that is needed and none is at hand.
/// Where WeChat has not answered for an app again and again, it is not asked at all for a while: [`Fate::Unavailable`].
#[async_trait]
pub trait WechatConnector: Send + Sync {
    /// Exchanges a login code of `wx.login`. The code is sent to WeChat at most once, within three seconds; once more only
    /// where WeChat refused the app's secret without looking at the code, and the app has a next one.
    async fn finish(
        &self,
        app: &WechatCredential,
        js_code: &SecretString,
    ) -> Result<WechatProof, ConnectorError>;

    /// Exchanges a code of the getPhoneNumber button for the number. WeChat is told whose code it must be, so that nobody
    /// can show another's.
    async fn phone(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        phone_code: &SecretString,
    ) -> Result<PhoneNumber, ConnectorError>;

    /// Asks WeChat whether the credential's current secret is right, by a live `stable_token` call.
    async fn prove(&self, app: &WechatCredential) -> Result<(), ConnectorError>;

    /// Asks WeChat whether `key` is still the person's session key (`checksession`).
    async fn check_session(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        key: &SessionKey,
    ) -> Result<bool, ConnectorError>;

    /// Has WeChat replace the person's session key (`resetusersessionkey`): the old one is dead.
    async fn reset_session_key(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        key: &SessionKey,
    ) -> Result<SessionKey, ConnectorError>;

    /// The person's last encryption keys (`getuserencryptkey`), newest first: what the mini-program has from
    /// `wx.getUserCryptoManager`, and nothing that would open open data.
    async fn encrypt_keys(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        key: &SessionKey,
    ) -> Result<Vec<UserEncryptKey>, ConnectorError>;

    /// The picture of a code that opens a page of the app (`getwxacodeunlimit`).
    async fn mini_program_code(
        &self,
        app: &WechatCredential,
        code: MiniProgramCode<'_>,
    ) -> Result<Picture, ConnectorError>;

    /// Opens open data of the app with whichever of `keys` opens it. One error for every cause, and the same work.
    fn open_data(
        &self,
        appid: &AppId,
        keys: &[SessionKey],
        sealed: &SealedData,
    ) -> Result<serde_json::Map<String, serde_json::Value>, OpenDataRefused>;

    /// Checks and reads a message that claims to be pushed by WeChat.
    fn read_push(
        &self,
        appid: &AppId,
        keys: &PushKeys,
        delivery: &Delivery<'_>,
        now: Instant,
    ) -> Result<PushMessage, PushRefused>;

    /// Checks the signature of WeChat's question whether the push URL is ours.
    fn check_push_url(
        &self,
        keys: &PushKeys,
        delivery: &Delivery<'_>,
        now: Instant,
    ) -> Result<(), PushRefused>;

    /// Whether the keys of API security mode can be used: the member that cannot, and why.
    fn check_api_security(&self, keys: &ApiSecurity) -> Result<(), (&'static str, Invalid)>;
}

/// What WeChat says of the person behind a login code.
#[derive(Debug, Clone)]
pub struct WechatProof {
    /// Who, in the app.
    pub openid: OpenId,
    /// Who, in the app's open-platform account.
    pub unionid: Option<UnionId>,
    /// The person's session key as it is now.
    pub session_key: SessionKey,
}

/// What a code of a mini-program opens.
#[derive(Debug, Clone, Copy)]
pub struct MiniProgramCode<'a> {
    /// What the page gets: at most 32 characters of those that WeChat takes.
    pub scene: &'a str,
    /// The page, without a slash before it and without a query.
    pub page: &'a str,
    /// `release`, `trial` or `develop`.
    pub env_version: &'static str,
    /// Whether the page must be published.
    pub check_path: bool,
}

/// A picture of at most 1 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `image/png` or `image/jpeg`, by what the bytes begin with.
    pub media_type: &'static str,
}

/// One of a person's encryption keys.
#[derive(Debug, Clone)]
pub struct UserEncryptKey {
    /// Its number.
    pub version: i64,
    /// AES-128, base64.
    pub encrypt_key: SecretString,
    /// The initialization vector: 16 characters of text.
    pub iv: SecretString,
    /// When it was made.
    pub created_at: Instant,
    /// Seconds that it is valid for.
    pub expires_in: u32,
}

/// Whether a text can be a code of `wx.login` or of the getPhoneNumber button at all: 1 to 128 visible ASCII characters. WeChat's
/// have 32 and 64.
pub fn is_code(code: &SecretString) -> bool {
    let code = code.expose_secret();
    (1..=128).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic())
}

/// Open data as the mini-program got it.
#[derive(Clone, Default)]
pub struct SealedData {
    /// The ciphertext, base64. Blanks and line breaks do no harm: a blank stands for the `+` that a form took away.
    pub encrypted_data: String,
    /// The initialization vector, base64.
    pub iv: String,
    /// `rawData` with its `signature`, to be checked too.
    pub signed: Option<SignedData>,
}

/// What `wx.getUserProfile` and the like give beside the ciphertext.
#[derive(Clone)]
pub struct SignedData {
    /// The text, byte for byte.
    pub raw_data: String,
    /// Hexadecimal SHA-1 of text and session key.
    pub signature: String,
}

/// The data cannot be opened, is not what it should be, is not this app's, or is not signed by the key that opens it. Which of
/// them is not said: it would help whoever tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the data cannot be opened by the session keys that are kept")]
pub struct OpenDataRefused;

/// Why there is no proof. `fate` is for the caller to act on; the rest is for logs and the audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fate:?} (upstream code {upstream_code:?}, rid {rid:?})")]
pub struct ConnectorError {
    /// What follows.
    pub fate: Fate,
    /// The upstream's own error code.
    pub upstream_code: Option<i64>,
    /// The upstream's id of the request, to quote to its support.
    pub rid: Option<String>,
    /// What the tenant's operator can do and where, for the event log. There for every [`Fate::Misconfigured`], and for
    /// other fates that an operator can end sooner.
    pub advice: Option<&'static str>,
}

impl ConnectorError {
    /// Whether WeChat refused the app's secret (40001 invalid credential, 40125 invalid appsecret). It says so before it looks
    /// at anything else that was sent.
    pub fn refuses_secret(&self) -> bool {
        self.fate == Fate::Misconfigured && matches!(self.upstream_code, Some(40_001 | 40_125))
    }
}

/// What follows from a connector's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The proof is not accepted, and the same one never will be.
    Rejected(Reason),
    /// The person is not let in, whatever the proof.
    Denied(Reason),
    /// The upstream cannot answer now. Nothing was decided.
    Unavailable {
        /// When to try again, in seconds.
        retry_after: u32,
    },
    /// Too many calls for this person.
    RateLimited {
        /// When to try again, in seconds.
        retry_after: u32,
    },
    /// The tenant's operator must act.
    Misconfigured,
    /// Our own request was wrong: a defect of Hufu.
    Defect,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_1_to_128_visible_ascii_characters() {
        let is_code = |text: &str| is_code(&SecretString::from(text));
        assert!(is_code("0b1n1EGa1o4bNG0sBsFa1b3Tf83n1EGv"));
        assert!(is_code(&"x".repeat(128)));
        for bad in ["", " ", "a b", "a\n", "虎", "a\u{7f}", &"x".repeat(129)] {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
