//! The user's own identities, and linking another.

use super::{
    caller::Caller,
    json::{AccountBody, Body, Private, private},
};
use crate::oidc::{Refused, schema};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use hufu_core::{
    identity::{ExternalIdentity, Identity},
    link::{LinkPhone, LinkPhoneRequest},
    reason::Reason,
    store,
};
use hufu_oauth::{
    error::{ErrorCode, OAuthError},
    wechat,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All identities of the user.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnIdentities {
    /// Oldest first, at most 100.
    identities: Vec<OwnIdentity>,
}

/// One way to be the user.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnIdentity {
    /// The identity's id.
    id: String,
    /// What kind of identity: `wechat` or `phone`.
    kind: &'static str,
    /// Of a phone: the number in E.164, verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    /// Of a person in WeChat: in which app.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_appid: Option<String>,
    /// When it was first proven.
    created_at: DateTime<Utc>,
}

impl From<Identity> for OwnIdentity {
    fn from(identity: Identity) -> Self {
        let (phone_number, wechat_appid) = match &identity.external {
            ExternalIdentity::Phone(phone) => (Some(phone.number.as_str().to_owned()), None),
            ExternalIdentity::Wechat(wechat) => (None, Some(wechat.appid.to_string())),
        };
        Self {
            id: identity.id.to_string(),
            kind: identity.external.kind(),
            phone_number,
            wechat_appid,
            created_at: identity.created_at,
        }
    }
}

/// List the user's own identities
///
/// Oldest first, at most 100.
#[utoipa::path(
    get,
    path = "/t/{tenant}/account/identities",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "All of them", body = OwnIdentities),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn list_own_identities(caller: Caller) -> Result<Private<OwnIdentities>, Refused> {
    let identities = caller.context().issuer.store.identities(caller.user).await?;
    Ok(private(OwnIdentities {
        identities: identities.into_iter().map(Into::into).collect(),
    }))
}

/// A new identity, by its proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewIdentity {
    /// The code of the getPhoneNumber button (`e.detail.code`), not that of `wx.login`.
    #[schema(value_type = String)]
    phone_code: SecretString,
}

impl Body for NewIdentity {
    const RULE: &'static str =
        "the body must be a JSON object of phone_code, the code of the getPhoneNumber button";
}

/// Link an identity to the user
///
/// A phone, by the code of the getPhoneNumber button in the client's own mini-program. The code must be the user's own: WeChat
/// is told whose. A user has one phone; another takes its place.
///
/// Needs a sign-in of the last five minutes (RFC 9470): where that is longer ago, the answer is 401 with
/// `insufficient_user_authentication`.
#[utoipa::path(
    post,
    path = "/t/{tenant}/account/identities",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = NewIdentity,
    responses(
        (status = 200, description = "The user had it already", body = OwnIdentity),
        (status = 201, description = "Linked", body = OwnIdentity),
        (status = 400, description = "`wx_phone_code_invalid`, `phone_taken`, or a malformed body", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead, or the sign-in is over five minutes ago", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 429, description = "Too many calls; see `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "WeChat or the database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn link_identity(
    caller: Caller,
    AccountBody(new): AccountBody<NewIdentity>,
) -> Result<(StatusCode, Private<OwnIdentity>), Refused> {
    caller.require_fresh()?;
    let cx = caller.context();
    let member = caller.wechat().await?;
    let (client, code) = (&caller.client.id, &new.phone_code);
    let phone = wechat::phone(&cx, client, &member.app, &member.openid, code).await?;
    let request = LinkPhoneRequest {
        user: caller.user,
        phone,
        client: caller.client.id.clone(),
        ip: cx.ip,
        now: cx.now,
    };
    let linked = store::write(cx.issuer.store.as_ref(), LinkPhone::prepare(request, cx.random)).await?;
    let (identity, is_new) = linked.map_err(refused)?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, private(identity.into())))
}

fn refused(reason: Reason) -> OAuthError {
    let description = match reason {
        Reason::PhoneTaken => "the phone number belongs to another user",
        _ => "the user may not do this",
    };
    OAuthError::new(ErrorCode::AccessDenied, description).reason(reason)
}
