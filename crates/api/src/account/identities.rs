//! The user's own identities.

use super::{
    caller::Caller,
    json::{Private, private},
};
use crate::oidc::{Refused, schema};
use chrono::{DateTime, Utc};
use hufu_core::identity::Identity;
use serde::Serialize;
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
    /// What kind of identity: `wechat`, `phone` or `account`.
    kind: &'static str,
    /// Of a phone: the number in E.164, verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    /// Of a phone: who verified it: `sms`, `operator`, or WeChat by the app with this appid.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_by: Option<String>,
    /// Of an account: its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Of a person in WeChat: in which app.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_appid: Option<String>,
    /// When it was first proven.
    created_at: DateTime<Utc>,
}

impl From<Identity> for OwnIdentity {
    fn from(identity: Identity) -> Self {
        let phone = identity.phone();
        Self {
            id: identity.id.to_string(),
            kind: identity.external.kind().as_str(),
            phone_number: phone.map(|phone| phone.number.as_str().to_owned()),
            verified_by: phone.map(|phone| phone.verifier.as_str().to_owned()),
            username: identity.account().map(|username| username.as_str().to_owned()),
            wechat_appid: identity.wechat().map(|wechat| wechat.appid.to_string()),
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
