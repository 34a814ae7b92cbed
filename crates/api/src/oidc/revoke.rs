//! Token revocation (RFC 7009).

use super::{
    error::Refused,
    request::{Authorization, Call, FormBody},
    schema,
};
use axum::http::{HeaderName, header};
use hufu_oauth::revocation;

/// Revoke a token
///
/// A refresh token takes its whole grant with it, an access token dies alone.
/// A token that is unknown, dead or another client's is answered the same way, and nothing is done to it.
#[utoipa::path(
    post,
    path = "/t/{tenant}/revoke",
    tag = "Tokens",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = schema::TokenReference, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token is dead now"),
        (status = 400, description = "The request is malformed", body = schema::OAuthError),
        (status = 401, description = "The client is not who it says", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn revoke(
    call: Call,
    authorization: Authorization,
    FormBody(form): FormBody,
) -> Result<[(HeaderName, &'static str); 1], Refused> {
    revocation::revoke(&call.context(), &form, authorization.value()).await?;
    Ok([(header::CACHE_CONTROL, "no-store")])
}
