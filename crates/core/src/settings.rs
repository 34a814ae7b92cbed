//! A tenant's settings: all optional, each with its default here.
//!
//! A setting that this version does not obey is refused, not stored: a policy that is silently ignored is worse than
//! none.

mod scan;

pub use scan::{EnvVersion, ScanSettings};

use crate::{
    attempts::AttemptLimits,
    branding::Branding,
    identity::IdentityKind,
    password::{self, PasswordSettings},
    registration::DynamicRegistration,
    scope::{self, Scope},
    sms::{CallingCode, budget::Budget},
};
use serde::{Deserialize, Serialize};

/// What a tenant may choose. Unknown members are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Who may become a user by signing in.
    pub registration: Registration,
    /// How long tokens live.
    pub tokens: TokenLifetimes,
    /// Whether a person who signs in by WeChat and proves a phone by WeChat is the user who has that phone. `false` by
    /// default: numbers are given out again, and a WeChat account may have somebody else's.
    pub link_by_wechat_phone: bool,
    /// What is kept of WeChat.
    pub wechat: WechatSettings,
    /// The kinds of identity that every user must have: a login that would end without one asks for it first. None by
    /// default.
    pub require: Vec<IdentityKind>,
    /// Whether a login needs proofs of two kinds, whichever way it begins.
    pub second_factor: SecondFactor,
    /// Whether people sign in in a browser only: then `POST /authorize-challenge` answers `redirect_to_web`. `false` by default.
    pub redirect_to_web: bool,
    /// Whether a client must say which documents the person has accepted (parameter `consent`) before any proof of theirs is
    /// looked at. `false` by default.
    pub require_consent_before_exchange: bool,
    /// Passwords.
    pub password: PasswordSettings,
    /// How often one may fail to sign in by password.
    pub attempts: AttemptLimits,
    /// Codes by SMS.
    pub sms: SmsSettings,
    /// Sessions.
    pub sessions: SessionSettings,
    /// Accounts.
    pub account: AccountSettings,
    /// How the tenant's pages look.
    pub branding: Branding,
    /// Signing keys.
    pub keys: KeySettings,
    /// Whether clients may register themselves.
    pub dynamic_registration: DynamicRegistration,
    /// The widest scope of a client that registers itself, and the one that it gets where it names none.
    pub dynamic_registration_scope: RegistrationScope,
    /// Sign-in by scan with the tenant's mini-program. None by default: then it is not offered.
    pub scan: Option<ScanSettings>,
}

/// The widest scope of clients that register themselves, as text: `openid profile email phone offline_access` by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistrationScope(pub String);

impl Default for RegistrationScope {
    fn default() -> Self {
        Self("openid profile email phone offline_access".into())
    }
}

impl RegistrationScope {
    /// The scope. `None` where the text is none of known names, which [`Settings::check`] refuses.
    pub fn scope(&self) -> Option<Scope> {
        let scope = Scope::parse(&self.0).ok()?;
        let is_known = scope.names().all(|name| scope::KNOWN.contains(&name));
        is_known.then_some(scope)
    }
}

/// Signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// How long a key signs before its successor is made by itself, in seconds: 86,400 (a day) to 31,536,000 (365 days), or
    /// 0 for never; 7,776,000 (90 days) by default.
    pub rotation_period: u32,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            rotation_period: 90 * 86_400,
        }
    }
}

/// Whether a login needs proofs of two kinds. What WeChat says of a phone is of the same kind as what it says of the person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// One is enough. The default.
    #[default]
    Never,
    /// Two, whichever comes first. A user who has one kind only adds the other at the next login.
    Always,
}

/// Codes by SMS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsSettings {
    /// The country calling codes that codes are sent to, such as `[86, 852]`; at most 50. Empty by default, which is 86 alone.
    pub countries: Vec<CallingCode>,
    /// How many messages may be sent.
    pub budget: Budget,
}

/// Sessions. How long one without a browser lives, used or not, is `tokens.refresh_token_ttl` and
/// `tokens.refresh_token_idle_ttl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// How many sessions a user may have at once: 1 to 100. A login beyond that ends the eldest. No limit by default.
    pub most_per_user: Option<u32>,
    /// How long a browser's session lives, used or not, in seconds: 600 to 2,592,000 (30 days, the most that NIST SP 800-63B-4
    /// allows at AAL1), which is the default.
    pub browser_ttl: u32,
    /// How long a browser's session may lie unused, in seconds: 300 up to `browser_ttl`; 604,800 (7 days) by default.
    pub browser_idle_ttl: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            most_per_user: None,
            browser_ttl: 30 * 86_400,
            browser_idle_ttl: 7 * 86_400,
        }
    }
}

/// Accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSettings {
    /// How long an account that its user closed can still be had back by signing in, in seconds: 0 to 1,296,000 (15 days), which is
    /// the default.
    pub cooling_off: u32,
}

/// The longest that Chinese practice allows between closing an account and its deletion: 15 days.
const LONGEST_COOLING_OFF: u32 = 15 * 86_400;

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            cooling_off: LONGEST_COOLING_OFF,
        }
    }
}

/// What a tenant keeps of WeChat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WechatSettings {
    /// Whether the last two session keys of each person are kept, sealed, so that open data can be decrypted. `false` by
    /// default; those that are kept are deleted when it becomes so.
    pub keep_session_key: bool,
}

/// Who may become a user of the tenant by signing in for the first time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anyone with a proof of any kind. The default.
    #[default]
    Open,
    /// Only with a verified phone; a WeChat proof alone does not register.
    Phone,
    /// Only with a WeChat proof.
    Wechat,
    /// Nobody: users are there already.
    Closed,
}

/// Lifetimes in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenLifetimes {
    /// Access tokens: 60 to 3,600; 900 by default.
    pub access_token_ttl: u32,
    /// ID tokens: 60 to 3,600; 900 by default.
    pub id_token_ttl: u32,
    /// A family of refresh tokens, and the session that it belongs to, from the login on: 3,600 to 31,536,000
    /// (365 days); 2,592,000 (30 days) by default.
    pub refresh_token_ttl: u32,
    /// A refresh token that nobody uses: 600 up to `refresh_token_ttl`; 1,209,600 (14 days) by default.
    pub refresh_token_idle_ttl: u32,
}

impl Default for TokenLifetimes {
    fn default() -> Self {
        Self {
            access_token_ttl: 900,
            id_token_ttl: 900,
            refresh_token_ttl: 30 * 86_400,
            refresh_token_idle_ttl: 14 * 86_400,
        }
    }
}

/// The longest life that any token signed by a tenant's key can have, in seconds, whatever its settings: the upper
/// bound of both `access_token_ttl` and `id_token_ttl`.
pub const LONGEST_SIGNED_TTL: u32 = 3_600;

/// A setting outside its range: its JSON path and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// Such as `tokens.access_token_ttl`.
    pub path: &'static str,
    /// The rule that it breaks.
    pub message: String,
}

impl Settings {
    /// All settings outside their ranges.
    pub fn check(&self) -> Vec<SettingError> {
        let ttl = &self.tokens;
        let ranges = [
            (
                "tokens.access_token_ttl",
                ttl.access_token_ttl,
                60,
                LONGEST_SIGNED_TTL,
            ),
            ("tokens.id_token_ttl", ttl.id_token_ttl, 60, LONGEST_SIGNED_TTL),
            (
                "tokens.refresh_token_ttl",
                ttl.refresh_token_ttl,
                3_600,
                31_536_000,
            ),
            (
                "tokens.refresh_token_idle_ttl",
                ttl.refresh_token_idle_ttl,
                600,
                ttl.refresh_token_ttl.max(600),
            ),
            (
                "sessions.browser_ttl",
                self.sessions.browser_ttl,
                600,
                30 * 86_400,
            ),
            (
                "sessions.browser_idle_ttl",
                self.sessions.browser_idle_ttl,
                300,
                self.sessions.browser_ttl.max(300),
            ),
        ];
        let mut errors: Vec<_> = ranges
            .into_iter()
            .filter(|(_, value, low, high)| !(low..=high).contains(&value))
            .map(|(path, _, low, high)| SettingError {
                path,
                message: format!("must be {low} to {high} seconds"),
            })
            .collect();
        let mut rule = |holds: bool, path, message: &str| {
            if !holds {
                let message = message.to_owned();
                errors.push(SettingError { path, message });
            }
        };
        rule(
            self.account.cooling_off <= LONGEST_COOLING_OFF,
            "account.cooling_off",
            "must be 0 to 1296000 seconds",
        );
        rule(
            matches!(self.keys.rotation_period, 0 | 86_400..=31_536_000),
            "keys.rotation_period",
            "must be 86400 to 31536000 seconds, or 0 for never",
        );
        rule(
            self.dynamic_registration_scope.scope().is_some(),
            "dynamic_registration_scope",
            "must be of account, address, email, offline_access, openid, phone, profile and wechat",
        );
        rule(
            self.sessions
                .most_per_user
                .is_none_or(|most| (1..=100).contains(&most)),
            "sessions.most_per_user",
            "must be 1 to 100, or null",
        );
        rule(
            self.sms.countries.len() <= 50
                && self.sms.countries.iter().all(|code| (1..=999).contains(&code.0)),
            "sms.countries",
            "must be at most 50 country calling codes, such as 86",
        );
        rule(
            (1..self.require.len()).all(|i| !self.require[..i].contains(&self.require[i])),
            "require",
            "must name each kind of identity once at most",
        );
        rule(
            self.password.min_length >= password::SOLE_FACTOR_LENGTH
                || self.second_factor == SecondFactor::Always,
            "password.min_length",
            "must be at least 15 unless second_factor is always",
        );
        errors.extend(self.password.check());
        errors.extend(self.attempts.check());
        errors.extend(self.branding.check());
        errors.extend(self.scan.as_ref().into_iter().flat_map(ScanSettings::check));
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_their_ranges() {
        assert!(Settings::default().check().is_empty());
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        let settings = Settings {
            tokens: TokenLifetimes {
                access_token_ttl: 59,
                ..TokenLifetimes::default()
            },
            ..Settings::default()
        };
        let paths: Vec<_> = settings.check().into_iter().map(|e| e.path).collect();
        assert_eq!(paths, ["tokens.access_token_ttl"]);
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(serde_json::from_str::<Settings>(r#"{"tokens":{"acess_token_ttl":60}}"#).is_err());
    }
}
