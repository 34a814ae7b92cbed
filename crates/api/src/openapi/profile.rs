//! The shapes of what users tell about themselves, for the OpenAPI document. The values are core's `profile`.

#![expect(dead_code, reason = "these types are read by the document's generator only")]

use utoipa::ToSchema;

/// Standard claims (OpenID Connect Core §5.1) that users tell about themselves. None is verified, but for `email` where
/// `email_verified` says so.
#[derive(ToSchema)]
pub(crate) struct StandardClaims {
    /// Scope `profile`: at most 128 characters, as the other names.
    #[schema(example = "李明")]
    name: Option<String>,
    /// Scope `profile`.
    given_name: Option<String>,
    /// Scope `profile`.
    family_name: Option<String>,
    /// Scope `profile`.
    middle_name: Option<String>,
    /// Scope `profile`: an `https` or `http` URL.
    profile: Option<String>,
    /// Scope `profile`: an `https` or `http` URL.
    website: Option<String>,
    /// Scope `profile`: `female`, `male` or another word of at most 32 characters.
    gender: Option<String>,
    /// Scope `profile`: `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    #[schema(example = "0000-12-31")]
    birthdate: Option<String>,
    /// Scope `profile`.
    #[schema(example = "Asia/Shanghai")]
    zoneinfo: Option<String>,
    /// Scope `email`.
    #[schema(example = "li.ming@example.com")]
    email: Option<String>,
    /// Scope `email`: whether an operator answers for it.
    email_verified: Option<bool>,
    /// Scope `address`.
    address: Option<Address>,
}

/// A postal address (OpenID Connect Core §5.1.1); each member 1 to 500 characters.
#[derive(ToSchema)]
#[expect(clippy::struct_field_names, reason = "the members are the standard's")]
pub(crate) struct Address {
    /// The whole of it, as on a label.
    formatted: Option<String>,
    /// Street, house, flat.
    street_address: Option<String>,
    /// City.
    locality: Option<String>,
    /// State or province.
    region: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// Country.
    country: Option<String>,
}

/// Claims that a user changes; `null` removes one, what is left out stays.
#[derive(ToSchema)]
pub(crate) struct ProfilePatch {
    /// 1 to 64 characters, not blank, without control characters.
    nickname: Option<String>,
    /// An `https` URL of at most 2,000 visible ASCII characters. It is kept, never fetched.
    picture: Option<String>,
    /// A language tag (RFC 5646), at most 35 characters.
    #[schema(example = "zh-CN")]
    locale: Option<String>,
    /// 1 to 128 characters, as the other names.
    name: Option<String>,
    /// See `name`.
    given_name: Option<String>,
    /// See `name`.
    family_name: Option<String>,
    /// See `name`.
    middle_name: Option<String>,
    /// An `https` or `http` URL.
    profile: Option<String>,
    /// An `https` or `http` URL.
    website: Option<String>,
    /// `female`, `male` or another word of at most 32 characters.
    gender: Option<String>,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    birthdate: Option<String>,
    /// A time zone.
    #[schema(example = "Asia/Shanghai")]
    zoneinfo: Option<String>,
    /// Another address than before is not verified.
    email: Option<String>,
    /// Replaces the whole address.
    address: Option<Address>,
}

/// What a user told of themselves elsewhere.
#[derive(ToSchema)]
pub(crate) struct ImportedProfile {
    /// The claims.
    #[serde(flatten)]
    claims: ProfilePatch,
    /// Whether the operator answers for `email`; `false` by default.
    email_verified: Option<bool>,
}
