//! Token introspection (RFC 7662).

use super::{
    error::Refused,
    request::{Authorization, Call, FormBody},
    schema,
};
use axum::{
    Json,
    http::{HeaderName, header},
};
use hufu_oauth::introspection::{self, Introspection};

/// Ask whether a token is alive
///
/// And what it says. For confidential clients only.
#[utoipa::path(
    post,
    path = "/t/{tenant}/introspect",
    tag = "Tokens",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = schema::TokenReference, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What the token says, or only `active: false`", body = schema::Introspection),
        (status = 400, description = "The request is malformed", body = schema::OAuthError),
        (status = 401, description = "The client is not who it says, or has no secret", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn introspect(
    call: Call,
    authorization: Authorization,
    FormBody(form): FormBody,
) -> Result<([(HeaderName, &'static str); 1], Json<Introspection>), Refused> {
    let answer = introspection::introspect(&call.context(), &form, authorization.value()).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
