//! The account as its user sees it, and the profile that the user may write.

use super::{
    caller::Caller,
    json::{AccountBody, Body, Private, private},
};
use crate::{
    oidc::{Refused, schema},
    openapi,
};
use chrono::{DateTime, Utc};
use hufu_core::{
    Invalid,
    account::UpdateProfile,
    identity::Identity,
    profile::{Profile, StandardClaims},
};
use hufu_oauth::error::OAuthError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
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
    /// The other standard claims.
    #[serde(flatten)]
    #[schema(value_type = openapi::profile::StandardClaims)]
    claims: StandardClaims,
    /// When the user last changed one of the claims.
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
            claims: profile.claims.clone(),
            updated_at: profile.updated_at,
        }
    }
}

/// What is to change: `null` removes, what is left out stays (RFC 7396).
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct ProfilePatch(Map<String, Value>);

impl Body for ProfilePatch {
    const RULE: &'static str =
        "the body must be a JSON object of claims; what is null is removed, what is left out stays";
    const IS_PATCH: bool = true;
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
/// A JSON merge patch of the standard claims. None of them is verified. They are told by userinfo to clients with scope
/// `profile`, `email` or `address`.
#[utoipa::path(
    patch,
    path = "/t/{tenant}/account",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = openapi::profile::ProfilePatch,
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
    change(&caller, &patch).await
}

/// Change the profile where PATCH cannot be sent
///
/// The same as `PATCH`: `wx.request` of a mini-program knows no `PATCH`.
#[utoipa::path(
    post,
    path = "/t/{tenant}/account",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = openapi::profile::ProfilePatch,
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
pub(super) async fn post_own_account(
    caller: Caller,
    AccountBody(patch): AccountBody<ProfilePatch>,
) -> Result<Private<OwnAccount>, Refused> {
    change(&caller, &patch).await
}

async fn change(caller: &Caller, patch: &ProfilePatch) -> Result<Private<OwnAccount>, Refused> {
    let cx = caller.context();
    let before = cx.issuer.store.profile(caller.user).await?;
    let mut profile = before.clone();
    for (claim, value) in &patch.0 {
        let refused = |rule: Invalid| OAuthError::invalid_request(rule.0);
        profile.set(claim, value).map_err(refused)?;
    }
    if profile != before {
        profile.updated_at = Some(cx.now);
        let update = UpdateProfile {
            by: caller.by(),
            profile: profile.clone(),
        };
        caller.change(update).await?;
    }
    let identities = cx.issuer.store.identities(caller.user).await?;
    Ok(private(OwnAccount::of(caller, &identities, &profile)))
}
