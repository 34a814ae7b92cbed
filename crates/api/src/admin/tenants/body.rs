//! Tenants on the wire.

use crate::{
    base_url::BaseUrl,
    problem::Problem,
    wire::{Fields, object},
};
use chrono::{DateTime, Utc};
use hufu_core::{
    settings::{Registration, Settings, TokenLifetimes, WechatSettings},
    tenant::{DisplayName, Tenant},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a tenant.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(in crate::admin) struct TenantPath {
    /// The tenant's name in URLs.
    #[param(pattern = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", example = "tea-house")]
    tenant: String,
}

/// A tenant as it is to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantRequest {
    /// A name for people to read: no control characters, not only blanks.
    #[schema(min_length = 1, max_length = 100, example = "Tea House")]
    display_name: String,
    /// Policies; what is left out has its default.
    #[serde(default, deserialize_with = "object")]
    settings: SettingsBody,
}

/// A tenant's policies.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = Settings)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SettingsBody {
    /// Who may become a user by signing in for the first time.
    #[schema(inline)]
    registration: RegistrationBody,
    /// How long tokens live.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    tokens: TokensBody,
    /// Whether a person who signs in by WeChat and proves a phone by WeChat is the user who has that phone. Numbers are
    /// given out again, and a WeChat account may have somebody else's: turn it on only where that does no harm.
    #[schema(default = false)]
    link_by_wechat_phone: bool,
    /// What is kept of WeChat.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    wechat: WechatBody,
}

/// What is kept of WeChat.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct WechatBody {
    /// Whether the last two session keys of each person are kept, sealed, so that `POST …/account/wechat/open-data` can
    /// decrypt. Turning it off deletes those that are kept.
    #[schema(default = false)]
    keep_session_key: bool,
}

/// `open`: anyone with a proof of any kind. `phone`: only with a verified phone. `wechat`: only with a WeChat proof.
/// `closed`: nobody.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RegistrationBody {
    #[default]
    Open,
    Phone,
    Wechat,
    Closed,
}

/// Lifetimes in seconds.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "they are named as in the settings")]
struct TokensBody {
    /// Access tokens.
    #[schema(minimum = 60, maximum = 3600, default = 900)]
    access_token_ttl: u32,
    /// ID tokens.
    #[schema(minimum = 60, maximum = 3600, default = 900)]
    id_token_ttl: u32,
    /// A family of refresh tokens and its session, from the login on.
    #[schema(minimum = 3600, maximum = 31_536_000, default = 2_592_000)]
    refresh_token_ttl: u32,
    /// A refresh token that nobody uses. At most `refresh_token_ttl`.
    #[schema(minimum = 600, maximum = 31_536_000, default = 1_209_600)]
    refresh_token_idle_ttl: u32,
}

impl Default for TokensBody {
    fn default() -> Self {
        TokenLifetimes::default().into()
    }
}

/// What a request says of a tenant, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) display_name: DisplayName,
    pub(super) settings: Settings,
}

impl TenantRequest {
    /// All rules of its members.
    pub(super) fn check(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let display_name = fields.keep("/display_name", DisplayName::parse(&self.display_name));
        let settings = Settings::from(self.settings);
        for error in settings.check() {
            let pointer = format!("/settings/{}", error.path.replace('.', "/"));
            fields.refuse(&pointer, error.message);
        }
        fields.finish(display_name.map(|display_name| Wanted {
            display_name,
            settings,
        }))
    }
}

impl From<&Tenant> for TenantRequest {
    fn from(tenant: &Tenant) -> Self {
        Self {
            display_name: tenant.display_name.to_string(),
            settings: tenant.settings.clone().into(),
        }
    }
}

impl From<SettingsBody> for Settings {
    fn from(body: SettingsBody) -> Self {
        Self {
            registration: match body.registration {
                RegistrationBody::Open => Registration::Open,
                RegistrationBody::Phone => Registration::Phone,
                RegistrationBody::Wechat => Registration::Wechat,
                RegistrationBody::Closed => Registration::Closed,
            },
            tokens: TokenLifetimes {
                access_token_ttl: body.tokens.access_token_ttl,
                id_token_ttl: body.tokens.id_token_ttl,
                refresh_token_ttl: body.tokens.refresh_token_ttl,
                refresh_token_idle_ttl: body.tokens.refresh_token_idle_ttl,
            },
            link_by_wechat_phone: body.link_by_wechat_phone,
            wechat: WechatSettings {
                keep_session_key: body.wechat.keep_session_key,
            },
        }
    }
}

impl From<Settings> for SettingsBody {
    fn from(settings: Settings) -> Self {
        // Taken apart in full, so that a new setting cannot be left out here.
        let Settings {
            registration,
            tokens,
            link_by_wechat_phone,
            wechat: WechatSettings { keep_session_key },
        } = settings;
        Self {
            registration: match registration {
                Registration::Open => RegistrationBody::Open,
                Registration::Phone => RegistrationBody::Phone,
                Registration::Wechat => RegistrationBody::Wechat,
                Registration::Closed => RegistrationBody::Closed,
            },
            tokens: tokens.into(),
            link_by_wechat_phone,
            wechat: WechatBody { keep_session_key },
        }
    }
}

impl From<TokenLifetimes> for TokensBody {
    fn from(tokens: TokenLifetimes) -> Self {
        let TokenLifetimes {
            access_token_ttl,
            id_token_ttl,
            refresh_token_ttl,
            refresh_token_idle_ttl,
        } = tokens;
        Self {
            access_token_ttl,
            id_token_ttl,
            refresh_token_ttl,
            refresh_token_idle_ttl,
        }
    }
}

/// A tenant as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tenant)]
pub(super) struct TenantAnswer {
    /// The tenant's name in URLs.
    tenant: String,
    /// The tenant itself: unlike its name, never used again after a deletion.
    #[schema(pattern = "^ten_[0-9a-f]{32}$")]
    id: String,
    /// The issuer of the tenant's tokens.
    #[schema(format = Uri, example = "https://id.example.com/t/tea-house")]
    issuer: String,
    /// A name for people to read.
    display_name: String,
    /// Policies, all of them.
    settings: SettingsBody,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was last replaced or patched.
    updated_at: DateTime<Utc>,
}

impl TenantAnswer {
    /// Shows a tenant.
    pub(super) fn of(tenant: Tenant, base_url: &BaseUrl) -> Self {
        Self {
            issuer: base_url.issuer(&tenant.slug),
            tenant: tenant.slug.to_string(),
            id: tenant.id.to_string(),
            display_name: tenant.display_name.to_string(),
            settings: tenant.settings.into(),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let request: TenantRequest = serde_json::from_str(
            r#"{"display_name":" ","settings":{"tokens":{"access_token_ttl":1,"id_token_ttl":9999}}}"#,
        )
        .unwrap();
        let problem = format!("{:?}", request.check().unwrap_err());
        for pointer in [
            "#/display_name",
            "#/settings/tokens/access_token_ttl",
            "#/settings/tokens/id_token_ttl",
        ] {
            assert!(problem.contains(pointer), "{problem}");
        }
    }

    #[test]
    fn settings_are_the_same_there_and_back() {
        let settings = Settings {
            registration: Registration::Closed,
            tokens: TokenLifetimes {
                access_token_ttl: 61,
                id_token_ttl: 62,
                refresh_token_ttl: 3_601,
                refresh_token_idle_ttl: 601,
            },
            link_by_wechat_phone: true,
            wechat: WechatSettings {
                keep_session_key: true,
            },
        };
        assert_eq!(Settings::from(SettingsBody::from(settings.clone())), settings);
        let wire = serde_json::to_value(SettingsBody::from(settings.clone())).unwrap();
        assert_eq!(wire, serde_json::to_value(settings).unwrap());
    }
}
