//! Giving an identity up.

use super::caller::Caller;
use crate::{
    oidc::{Refused, schema},
    server::Family,
};
use axum::{
    extract::{Path, rejection::PathRejection},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::{
    id::{EventId, IdentityId},
    store,
    unlink::{Unlink, Unlinked},
};
use hufu_oauth::login::refused;

/// Unlink an identity from the user
///
/// The last one by which the user can sign in stays: a phone counts only where the tenant can send codes. All other sessions end,
/// and this one too where nothing that it was proven by is left.
///
/// Needs a sign-in of the last five minutes (RFC 9470).
#[utoipa::path(
    delete,
    path = "/t/{tenant}/account/identities/{identity}",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("identity" = String, Path, description = "The identity's id"),
    ),
    responses(
        (status = 204, description = "It is nobody's any more"),
        (status = 400, description = "`last_identity` or `identity_required`", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead, or the sign-in is over five minutes ago", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant, or the user has no such identity", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn unlink_identity(
    caller: Caller,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<([(HeaderName, &'static str); 1], StatusCode), Response> {
    let fail = |error: hufu_oauth::error::OAuthError| Refused(error).into_response();
    caller.require_fresh().map_err(fail)?;
    let unknown = || Family::OAuth.not_found();
    let Path((_, identity)) = path.map_err(|_| unknown())?;
    let identity = IdentityId::parse(&identity).map_err(|_| unknown())?;
    let cx = caller.context();
    let act = Unlink {
        user: caller.user,
        session: caller.session,
        amr: caller.amr.clone(),
        identity,
        settings: cx.issuer.tenant.settings.clone(),
        event: EventId::generate(cx.now, cx.random),
        ip: cx.ip,
        now: cx.now,
    };
    let unlinked = store::write(cx.issuer.store.as_ref(), act)
        .await
        .map_err(|error| fail(error.into()))?;
    match unlinked {
        Unlinked::Done => Ok(([(header::CACHE_CONTROL, "no-store")], StatusCode::NO_CONTENT)),
        Unlinked::Missing => Err(unknown()),
        Unlinked::Refused(reason) => Err(fail(refused(reason.into()))),
    }
}
