//! The pushed authorization request endpoint (RFC 9126).

use super::{
    error::Refused,
    request::{Authorization, Call, FormBody},
    schema,
};
use axum::{
    Json,
    http::{HeaderName, StatusCode, header},
};
use hufu_oauth::authorize::{self, PushedResponse};

/// Push an authorization request
///
/// The client authenticates as at the token endpoint and sends the members of its authorization request. The browser then brings
/// `client_id` and `request_uri` alone to the authorization endpoint, within five minutes.
#[utoipa::path(
    post,
    path = "/t/{tenant}/par",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = schema::AuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 201, description = "Where the request is kept", body = schema::PushedResponse),
        (status = 400, description = "The request is not acceptable", body = schema::OAuthError),
        (status = 401, description = "The client is not who it says", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn par(
    call: Call,
    authorization: Authorization,
    FormBody(form): FormBody,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<PushedResponse>), Refused> {
    let response = authorize::push(&call.context(), &form, authorization.value()).await?;
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(response)))
}
