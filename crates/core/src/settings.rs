//! A tenant's settings: all optional, each with its default here.
//!
//! A setting that this version does not obey is refused, not stored: a policy that is silently ignored is worse than
//! none.

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
        ];
        ranges
            .into_iter()
            .filter(|(_, value, low, high)| !(low..=high).contains(&value))
            .map(|(path, _, low, high)| SettingError {
                path,
                message: format!("must be {low} to {high} seconds"),
            })
            .collect()
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
