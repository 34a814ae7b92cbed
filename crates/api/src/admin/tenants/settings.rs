//! A tenant's settings on the wire. Their ranges are core's; here they are documented.

mod convert;
mod keys;
mod registration;
mod scan;

use self::{
    keys::KeysBody,
    registration::{DynamicRegistrationBody, RegistrationScopeBody},
    scan::{ScanBody, object_or_null},
};
use crate::{openapi::names::IdentityKindName, wire::object};
use hufu_core::{
    attempts::AttemptLimits,
    identity::IdentityKind,
    password::PasswordSettings,
    settings::{AccountSettings, SessionSettings, TokenLifetimes},
    sms::budget::Budget,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    /// The kinds of identity that every user must have: a login that would end without one asks for it first. Each once.
    #[schema(value_type = Vec<IdentityKindName>, max_items = 3)]
    require: Vec<IdentityKind>,
    /// Whether a login needs proofs of two kinds, whichever way it begins.
    #[schema(inline)]
    second_factor: SecondFactorBody,
    /// Whether people sign in in a browser only: then `POST …/authorize-challenge` answers `redirect_to_web`.
    #[schema(default = false)]
    redirect_to_web: bool,
    /// Whether a client must say which documents the person has accepted (parameter `consent`) before any proof of theirs
    /// is looked at.
    #[schema(default = false)]
    require_consent_before_exchange: bool,
    /// Passwords.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    password: PasswordBody,
    /// How often one may fail to sign in by password.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    attempts: AttemptsBody,
    /// Codes by SMS.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    sms: SmsBody,
    /// Sessions. How long one lives is `tokens.refresh_token_ttl` and `tokens.refresh_token_idle_ttl`.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    sessions: SessionsBody,
    /// Accounts.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    account: AccountBody,
    /// How the tenant's pages look.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    branding: BrandingBody,
    /// Signing keys.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    keys: KeysBody,
    /// Whether clients may register themselves at `POST /t/{tenant}/register` (RFC 7591).
    #[schema(inline)]
    dynamic_registration: DynamicRegistrationBody,
    /// The widest scope of a client that registers itself, and the one that it gets where it names none.
    #[schema(default = "openid profile email phone offline_access")]
    dynamic_registration_scope: RegistrationScopeBody,
    /// Sign-in by scan with one of the tenant's mini-programs; null, the default, where it is not offered.
    #[serde(deserialize_with = "object_or_null")]
    #[schema(inline)]
    scan: Option<ScanBody>,
}

/// `never`: one proof is enough. `always`: two of different kinds; a user who has one kind only adds the other at the next
/// login. What WeChat says of a phone is of the same kind as what it says of the person.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SecondFactorBody {
    #[default]
    Never,
    Always,
}

/// Passwords.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct PasswordBody {
    /// The fewest characters of a new password. Fewer than 15 are enough only where `second_factor` is `always` (NIST SP
    /// 800-63B-4 §3.1.1.2).
    #[schema(minimum = 8, maximum = 64, default = 15)]
    min_length: u32,
}

/// How often one may fail to sign in by password or to enter the code of a device, and how much may be begun from one address. An
/// account of its own is slowed down from the sixth failure on, whatever stands here.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "each name says for how long it counts")]
struct AttemptsBody {
    /// Failures from one address, or one /64 of IPv6, in an hour.
    #[schema(minimum = 5, maximum = 100_000, default = 100)]
    address_per_hour: u32,
    /// Failures in the whole tenant in an hour. Beyond that nobody signs in by password.
    #[schema(minimum = 100, maximum = 1_000_000, default = 10_000)]
    tenant_per_hour: u32,
    /// Device codes of public clients and scans that are begun from one address in an hour. Raise it where many people come by one
    /// address.
    #[schema(minimum = 10, maximum = 1_000_000, default = 600)]
    begun_per_hour: u32,
}

/// Codes by SMS.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct SmsBody {
    /// The country calling codes that codes are sent to. None: 86 alone.
    #[schema(max_items = 50, example = json!([86, 852]))]
    countries: Vec<u16>,
    /// How many messages may be sent.
    #[serde(deserialize_with = "object")]
    #[schema(inline)]
    budget: BudgetBody,
}

/// How many messages may be sent. All windows slide. 0 means none at all.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct BudgetBody {
    /// To one number in 60 seconds. This and the next two are what vendors allow at most.
    #[schema(default = 1)]
    phone_per_minute: u32,
    /// To one number in an hour.
    #[schema(default = 5)]
    phone_per_hour: u32,
    /// To one number in 24 hours.
    #[schema(default = 10)]
    phone_per_day: u32,
    /// For one address, or one /64 of IPv6, in an hour.
    #[schema(default = 10)]
    address_per_hour: u32,
    /// For one address in 24 hours.
    #[schema(default = 30)]
    address_per_day: u32,
    /// To one block of 10,000 numbers in an hour.
    #[schema(default = 20)]
    prefix_per_hour: u32,
    /// To one country calling code in 24 hours.
    #[schema(default = 10_000)]
    country_per_day: u32,
    /// To all in 24 hours.
    #[schema(default = 10_000)]
    tenant_per_day: u32,
}

/// Sessions.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct SessionsBody {
    /// How many sessions a user may have at once; a login beyond that ends the eldest. `null`: any number.
    #[schema(minimum = 1, maximum = 100)]
    most_per_user: Option<u32>,
    /// How long a browser's session lives, used or not, in seconds.
    #[schema(minimum = 600, maximum = 2_592_000, default = 2_592_000)]
    browser_ttl: u32,
    /// How long a browser's session may lie unused, in seconds; at most `browser_ttl`.
    #[schema(minimum = 300, maximum = 2_592_000, default = 604_800)]
    browser_idle_ttl: u32,
}

impl Default for SessionsBody {
    fn default() -> Self {
        SessionSettings::default().into()
    }
}

/// Accounts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct AccountBody {
    /// How long an account that its user closed can still be had back by signing in, in seconds.
    #[schema(minimum = 0, maximum = 1_296_000, default = 1_296_000)]
    cooling_off: u32,
}

/// How the tenant's pages look. Hufu fetches none of the URLs; people's browsers do.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct BrandingBody {
    /// The name that people read, where it is not the tenant's own.
    #[schema(min_length = 1, max_length = 100, example = "茶馆")]
    display_name: Option<String>,
    /// A picture, shown 48 pixels high.
    #[schema(format = Uri, pattern = "^https://", max_length = 2000)]
    logo_uri: Option<String>,
    /// The colour of buttons and links. What is written on it is black or white, whichever is easier to read, and where a text has this
    /// colour, it is made darker or lighter until it can be read.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#0b5d66")]
    color: Option<String>,
    /// The privacy policy. Where there is one, or terms, people who register are asked to accept them.
    #[schema(format = Uri, pattern = "^https://", max_length = 2000)]
    policy_uri: Option<String>,
    /// The terms of service.
    #[schema(format = Uri, pattern = "^https://", max_length = 2000)]
    tos_uri: Option<String>,
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

impl Default for PasswordBody {
    fn default() -> Self {
        PasswordSettings::default().into()
    }
}

impl Default for AttemptsBody {
    fn default() -> Self {
        AttemptLimits::default().into()
    }
}

impl Default for BudgetBody {
    fn default() -> Self {
        Budget::default().into()
    }
}

impl Default for AccountBody {
    fn default() -> Self {
        AccountSettings::default().into()
    }
}
