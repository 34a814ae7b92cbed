//! Apps, as told to the simulator and as shown: an appid, its secrets, and who may call for it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::session_key::SessionKeyRotation;
use super::{Patch, QuotaLimits};
use crate::Refusal;
use crate::push::{Push, PushReport};

/// An app, as told to the simulator. Only the appid is needed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSpec {
    /// `wx` and 16 lowercase hex digits.
    pub appid: String,
    /// Derived from the seed where absent: 32 lowercase hex digits.
    #[serde(default)]
    pub secret: Option<String>,
    /// The secret that will be in force once it is activated.
    #[serde(default)]
    pub next_secret: Option<String>,
    /// The open-platform account it is bound to; its users have a unionid only then.
    #[serde(default)]
    pub open_account: Option<String>,
    /// The addresses that may fetch access tokens; absent means all of them.
    #[serde(default)]
    pub ip_allow: Option<Vec<IpAddr>>,
    /// The secret is frozen: access tokens are refused with 40243.
    #[serde(default)]
    pub frozen: bool,
    /// It belongs to a person, not to an organisation: phone numbers are refused with 48001.
    #[serde(default)]
    pub personal: bool,
    /// WeChat has verified who owns it; phone numbers are refused with 48001 otherwise. True where absent.
    #[serde(default = "yes")]
    pub verified: bool,
    /// When a login mints a new session key.
    #[serde(default)]
    pub session_key_rotation: SessionKeyRotation,
    /// How often it may call.
    #[serde(default)]
    pub quotas: QuotaLimits,
    /// Where its events are sent; without it they cannot be.
    #[serde(default)]
    pub push: Option<Push>,
    /// The pages that are published; absent means every page.
    #[serde(default)]
    pub pages: Option<Vec<String>>,
}

fn yes() -> bool {
    true
}

impl Default for AppSpec {
    /// All but the appid.
    fn default() -> Self {
        Self {
            appid: String::new(),
            secret: None,
            next_secret: None,
            open_account: None,
            ip_allow: None,
            frozen: false,
            personal: false,
            verified: true,
            session_key_rotation: SessionKeyRotation::default(),
            quotas: QuotaLimits::default(),
            push: None,
            pages: None,
        }
    }
}

/// What to change about an app; what is absent stays.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppChange {
    /// A new secret; the old one stops working at once.
    pub secret: Option<String>,
    /// A new secret drawn from the seed; ignored where `secret` is given.
    pub rotate_secret: bool,
    /// See [`AppSpec::next_secret`].
    pub next_secret: Option<String>,
    /// A next secret drawn from the seed, in place of the one there may be; ignored where `next_secret` is given.
    pub prepare_secret: bool,
    /// The next secret comes into force; the old one stops working at once. Refused where there is no next one.
    pub activate_secret: bool,
    /// See [`AppSpec::frozen`].
    pub frozen: Option<bool>,
    /// See [`AppSpec::personal`].
    pub personal: Option<bool>,
    /// See [`AppSpec::verified`].
    pub verified: Option<bool>,
    /// Binds to an open-platform account, or unbinds with `null`.
    pub open_account: Patch<String>,
    /// See [`AppSpec::ip_allow`]; `null` admits every address again.
    pub ip_allow: Patch<Vec<IpAddr>>,
    /// See [`AppSpec::session_key_rotation`].
    pub session_key_rotation: Option<SessionKeyRotation>,
    /// All limits at once; those left out return to WeChat's own.
    pub quotas: Option<QuotaLimits>,
    /// See [`AppSpec::push`]; all settings at once, or `null` for none.
    pub push: Patch<Push>,
}

/// An app's credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct App {
    pub(super) appid: Arc<str>,
    pub(super) secret: String,
    pub(super) next_secret: Option<String>,
}

impl App {
    /// The appid.
    pub fn id(&self) -> &str {
        &self.appid
    }

    /// The secret in force when this value was made.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The secret that waited to be activated when this value was made.
    pub fn next_secret(&self) -> Option<&str> {
        self.next_secret.as_deref()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("App").field(&self.appid).finish()
    }
}

impl AsRef<str> for App {
    fn as_ref(&self) -> &str {
        &self.appid
    }
}

/// An app, as shown.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent facts, each with a name in JSON"
)]
#[derive(Clone, Debug, Serialize)]
pub struct AppReport {
    /// The appid.
    pub appid: String,
    /// Only where it was asked for.
    pub secret: Option<String>,
    /// Only where it was asked for, and there is one.
    pub next_secret: Option<String>,
    /// See [`AppSpec::open_account`].
    pub open_account: Option<String>,
    /// See [`AppSpec::ip_allow`].
    pub ip_allow: Option<Vec<IpAddr>>,
    /// See [`AppSpec::frozen`].
    pub frozen: bool,
    /// See [`AppSpec::personal`].
    pub personal: bool,
    /// See [`AppSpec::verified`].
    pub verified: bool,
    /// See [`AppSpec::session_key_rotation`].
    pub session_key_rotation: SessionKeyRotation,
    /// See [`AppSpec::quotas`].
    pub quotas: QuotaLimits,
    /// See [`AppSpec::push`].
    pub push: Option<PushReport>,
    /// Whether API security mode is on.
    pub api_security: bool,
    /// How many users ever logged in.
    pub users: usize,
}

pub(super) fn check_appid(appid: &str) -> Result<(), Refusal> {
    let digits = appid.strip_prefix("wx").unwrap_or_default();
    let is_sound = digits.len() == 16
        && digits
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if is_sound {
        Ok(())
    } else {
        Err(Refusal::InvalidAppid(appid.into()))
    }
}

pub(super) fn checked_secret(secret: String) -> Result<String, Refusal> {
    if secret.is_empty() {
        Err(Refusal::EmptySecret)
    } else {
        Ok(secret)
    }
}
