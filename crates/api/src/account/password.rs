//! The user's password.

use super::{
    caller::Caller,
    json::{AccountBody, Body, Done, done},
};
use crate::oidc::{Refused, schema};
use hufu_core::{account::ChangePassword, identity::Identity, reason::Reason};
use hufu_oauth::login::{busy, new_password, refused};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// At least as many characters as the tenant's setting `password.min_length` says (15 by default), at most 128. There are no
    /// rules of composition; what is tried first, or is easy to guess, is refused.
    #[schema(value_type = String)]
    password: SecretString,
}

impl Body for NewPassword {
    const RULE: &'static str = "the body must be a JSON object of password, a string";
}

/// Set the password
///
/// The password of the user's username. All other sessions end; this one stays. The one before is not asked for: whoever forgot it
/// signs in by phone or WeChat, then sets a new one here.
///
/// Needs a sign-in of the last five minutes (RFC 9470): where that is longer ago, the answer is 401 with
/// `insufficient_user_authentication`.
#[utoipa::path(
    put,
    path = "/t/{tenant}/account/password",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = NewPassword,
    responses(
        (status = 204, description = "Set"),
        (status = 400, description = "`password_unacceptable`, `account_required`, or a malformed body", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead, or the sign-in is over five minutes ago", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "Too many passwords are being hashed, or the database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn set_own_password(
    caller: Caller,
    AccountBody(new): AccountBody<NewPassword>,
) -> Result<Done, Refused> {
    caller.require_fresh()?;
    let cx = caller.context();
    let identities = cx.issuer.store.identities(caller.user).await?;
    let username = identities.iter().find_map(Identity::account);
    let username = username.ok_or_else(|| refused(Reason::AccountRequired.into()))?;
    new_password(&cx, &new.password, Some(username))?;
    let tenant = cx.issuer.tenant.id;
    let hash = cx.passwords.hash(tenant, &new.password).await.map_err(busy)?;
    let by = caller.by();
    caller.change(ChangePassword { by, hash }).await?;
    Ok(done())
}
