//! Closing the account (GB/T 35273-2020 §8.5: by the user alone, without more than signing in, and within fifteen days).

use super::{
    caller::Caller,
    json::{NoBody, Private, private},
};
use crate::oidc::{Refused, schema};
use chrono::{DateTime, Utc};
use hufu_core::account::CloseAccount;
use serde::Serialize;
use utoipa::ToSchema;

/// An account that will be deleted.
#[derive(Serialize, ToSchema)]
pub(super) struct ClosedAccount {
    /// When. Until then, signing in keeps the account.
    closes_at: DateTime<Utc>,
}

/// Close the account
///
/// All sessions end now, this one too. The account is deleted with all that is kept of the user when the tenant's setting
/// `account.cooling_off` is over (15 days by default); signing in before that keeps it. Afterwards, the same phone and the same
/// WeChat account may register anew, as another user.
///
/// Needs a sign-in of the last five minutes (RFC 9470): where that is longer ago, the answer is 401 with
/// `insufficient_user_authentication`. It takes no body, or an empty JSON object.
#[utoipa::path(
    post,
    path = "/t/{tenant}/account/close",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "It is closed", body = ClosedAccount),
        (status = 400, description = "The body has something in it", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead, or the sign-in is over five minutes ago", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn close_own_account(caller: Caller, _: NoBody) -> Result<Private<ClosedAccount>, Refused> {
    caller.require_fresh()?;
    let close = CloseAccount {
        by: caller.by(),
        cooling_off: caller.context().issuer.tenant.settings.account.cooling_off,
    };
    let closes_at = caller.change(close).await?;
    Ok(private(ClosedAccount { closes_at }))
}
