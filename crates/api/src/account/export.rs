//! All that is kept of the user, to take away (Personal Information Protection Law of China, article 45).

use super::{
    caller::Caller,
    consents::OwnConsent,
    json::{Private, private},
    profile::OwnAccount,
    sessions::OwnSession,
};
use crate::oidc::{Refused, schema};
use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use hufu_core::identity::{ExternalIdentity, Identity};
use serde::Serialize;
use utoipa::ToSchema;

/// All that is kept of the user.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountExport {
    /// When this was put together.
    exported_at: DateTime<Utc>,
    /// The user, with the profile.
    account: OwnAccount,
    /// How the user signs in. Oldest first.
    identities: Vec<ExportedIdentity>,
    /// Where the user is signed in. Newest first, at most 100.
    sessions: Vec<OwnSession>,
    /// What the user did about the tenant's documents. Newest first, at most 100.
    consents: Vec<OwnConsent>,
}

/// One way to be the user, with what WeChat calls the person.
#[derive(Serialize, ToSchema)]
struct ExportedIdentity {
    /// The identity's id.
    id: String,
    /// What kind of identity: `wechat`, `phone` or `account`.
    kind: &'static str,
    /// Of a username with a password: the name. Of the password only a hash is kept, which is told to nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// Of a phone: the number in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    /// Of a phone: who verified it: `sms`, `operator`, or WeChat by the app with this appid.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_by: Option<String>,
    /// Of a person in WeChat: in which app.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_appid: Option<String>,
    /// Of a person in WeChat: who, in that app.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_openid: Option<String>,
    /// Of a person in WeChat: who, in the app's open-platform account.
    #[serde(skip_serializing_if = "Option::is_none")]
    wechat_unionid: Option<String>,
    /// When it was first proven.
    created_at: DateTime<Utc>,
}

impl From<&Identity> for ExportedIdentity {
    fn from(identity: &Identity) -> Self {
        let mut exported = Self {
            id: identity.id.to_string(),
            kind: identity.external.kind().as_str(),
            username: None,
            phone_number: None,
            verified_by: None,
            wechat_appid: None,
            wechat_openid: None,
            wechat_unionid: None,
            created_at: identity.created_at,
        };
        match &identity.external {
            ExternalIdentity::Account(username) => exported.username = Some(username.as_str().to_owned()),
            ExternalIdentity::Phone(phone) => {
                exported.phone_number = Some(phone.number.as_str().to_owned());
                exported.verified_by = Some(phone.verifier.as_str().to_owned());
            }
            ExternalIdentity::Wechat(wechat) => {
                exported.wechat_appid = Some(wechat.appid.to_string());
                exported.wechat_openid = Some(wechat.openid.to_string());
                exported.wechat_unionid = wechat.unionid.as_ref().map(ToString::to_string);
            }
        }
        exported
    }
}

/// Saves an answer to a file, where it is opened in a browser.
const ATTACHED: [(HeaderName, &str); 1] = [(
    header::CONTENT_DISPOSITION,
    "attachment; filename=\"account.json\"",
)];

/// Export the account
///
/// All that is kept of the user, as one document: profile, identities, sessions with their grants, consents. No hash of a password
/// or token is in it, and no key.
///
/// Needs a sign-in of the last five minutes (RFC 9470): where that is longer ago, the answer is 401 with
/// `insufficient_user_authentication`.
#[utoipa::path(
    get,
    path = "/t/{tenant}/account/export",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The document, as an attachment `account.json`", body = AccountExport),
        (status = 401, description = "The access token is missing or dead, or the sign-in is over five minutes ago", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn export_own_account(
    caller: Caller,
) -> Result<([(HeaderName, &'static str); 1], Private<AccountExport>), Refused> {
    caller.require_fresh()?;
    Ok((ATTACHED, private(AccountExport::of(&caller).await?)))
}

impl AccountExport {
    async fn of(caller: &Caller) -> Result<Self, Refused> {
        let cx = caller.context();
        let store = &cx.issuer.store;
        let identities = store.identities(caller.user).await?;
        let profile = store.profile(caller.user).await?;
        let consents = store.consents(caller.user).await?;
        Ok(Self {
            exported_at: cx.now,
            account: OwnAccount::of(caller, &identities, &profile),
            identities: identities.iter().map(Into::into).collect(),
            sessions: OwnSession::all(caller).await?,
            consents: consents.into_iter().map(Into::into).collect(),
        })
    }
}

/// The document, as the account's page gives it.
pub(crate) async fn export(caller: &Caller) -> Result<Response, Refused> {
    Ok((ATTACHED, private(AccountExport::of(caller).await?)).into_response())
}
