//! The account as its user sees it, and the profile that the user may write.

use super::{
    caller::Caller,
    json::{AccountBody, Body, Private, private},
};
use crate::oidc::{Refused, schema};
use chrono::{DateTime, Utc};
use hufu_core::{
    Invalid,
    account::UpdateProfile,
    identity::Identity,
    profile::{LanguageTag, Nickname, PictureUrl, Profile},
};
use hufu_oauth::error::OAuthError;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The user's account. What is not known is absent.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnAccount {
    /// The user.
    sub: String,
    /// When the user first signed in.
    created_at: DateTime<Utc>,
    /// The name that goes with the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The verified phone in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "+8613800138000")]
    phone_number: Option<String>,
    /// What the user wants to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    /// Where a picture of the user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// The user's language (RFC 5646).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "zh-CN")]
    locale: Option<String>,
    /// When the user last changed nickname, picture or locale.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<DateTime<Utc>>,
}

impl OwnAccount {
    /// The account of who calls.
    pub(super) fn of(caller: &Caller, identities: &[Identity], profile: &Profile) -> Self {
        let username = identities.iter().find_map(Identity::account);
        let phone = identities.iter().find_map(Identity::phone);
        Self {
            sub: caller.user.to_string(),
            created_at: caller.created_at,
            username: username.map(|name| name.as_str().to_owned()),
            phone_number: phone.map(|phone| phone.number.as_str().to_owned()),
            nickname: profile.nickname.as_ref().map(ToString::to_string),
            picture: profile.picture.as_ref().map(ToString::to_string),
            locale: profile.locale.as_ref().map(ToString::to_string),
            updated_at: profile.updated_at,
        }
    }
}

/// What is to change: `null` removes, what is left out stays (RFC 7396).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfilePatch {
    /// 1 to 64 characters, not blank, without control characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    nickname: Option<Value>,
    /// An `https` URL of at most 2,000 visible ASCII characters. It is kept, never fetched.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    picture: Option<Value>,
    /// A language tag (RFC 5646), at most 35 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "zh-CN")]
    locale: Option<Value>,
}

impl Body for ProfilePatch {
    const RULE: &'static str = "the body must be a JSON object of nickname, picture and locale; what is null is removed, what is left out stays";
    const IS_PATCH: bool = true;
}

/// A member that is there, be it `null`.
fn given<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(input).map(Some)
}

impl ProfilePatch {
    fn apply_to(self, profile: &mut Profile) -> Result<(), OAuthError> {
        change(
            &mut profile.nickname,
            self.nickname,
            Nickname::parse,
            "nickname must be null, or 1 to 64 characters, not blank, without control characters",
        )?;
        change(
            &mut profile.picture,
            self.picture,
            PictureUrl::parse,
            "picture must be null, or an https URL of at most 2,000 visible ASCII characters",
        )?;
        change(
            &mut profile.locale,
            self.locale,
            LanguageTag::parse,
            "locale must be null, or a language tag such as zh-CN",
        )
    }
}

fn change<T>(
    member: &mut Option<T>,
    given: Option<Value>,
    parse: fn(&str) -> Result<T, Invalid>,
    rule: &'static str,
) -> Result<(), OAuthError> {
    let value = match given {
        None => return Ok(()),
        Some(Value::Null) => None,
        Some(value) => {
            let parsed = value.as_str().and_then(|text| parse(text).ok());
            Some(parsed.ok_or(OAuthError::invalid_request(rule))?)
        }
    };
    *member = value;
    Ok(())
}

/// Read the account
#[utoipa::path(
    get,
    path = "/t/{tenant}/account",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The account", body = OwnAccount),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn own_account(caller: Caller) -> Result<Private<OwnAccount>, Refused> {
    let store = &caller.context().issuer.store;
    let identities = store.identities(caller.user).await?;
    let profile = store.profile(caller.user).await?;
    Ok(private(OwnAccount::of(&caller, &identities, &profile)))
}

/// Change the profile
///
/// A JSON merge patch of nickname, picture and locale. None of them is verified. They are told by userinfo to clients with
/// scope `profile`.
#[utoipa::path(
    patch,
    path = "/t/{tenant}/account",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = ProfilePatch,
    responses(
        (status = 200, description = "The account as it is now", body = OwnAccount),
        (status = 400, description = "A member breaks its rule, or is unknown", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn update_own_account(
    caller: Caller,
    AccountBody(patch): AccountBody<ProfilePatch>,
) -> Result<Private<OwnAccount>, Refused> {
    let cx = caller.context();
    let before = cx.issuer.store.profile(caller.user).await?;
    let mut profile = before.clone();
    patch.apply_to(&mut profile)?;
    if profile != before {
        profile.updated_at = Some(cx.now);
        let update = UpdateProfile {
            by: caller.by(),
            profile: profile.clone(),
        };
        caller.change(update).await?;
    }
    let identities = cx.issuer.store.identities(caller.user).await?;
    Ok(private(OwnAccount::of(&caller, &identities, &profile)))
}
