//! The token endpoint (RFC 6749 §3.2).

use super::{
    error::Refused,
    request::{Authorization, Call, FormBody},
    schema,
};
use axum::{
    Json,
    http::{HeaderName, header},
};
use hufu_oauth::token::{self, TokenResponse};

/// Exchange a proof for tokens
///
/// The proof is a code of the authorization challenge endpoint, a WeChat login code, a refresh token, or the client's own
/// credentials.
///
/// With a device code, the answer is 400 `authorization_pending` until somebody has decided, `slow_down` where the device asked before
/// `interval` was over, which is five seconds longer from then on; then `access_denied`, `expired_token`, or the tokens.
///
/// Where the tenant wants more of the person than a WeChat login code, the answer is 403 `insufficient_authorization` with an
/// `auth_session`: the login goes on at the authorization challenge endpoint.
///
/// A confidential client authenticates by HTTP Basic, by `client_id` and `client_secret` in the form, or by `client_assertion`
/// (`private_key_jwt`); a public client sends `client_id`. With a proof of possession in the header `DPoP` (RFC 9449), the access
/// token is bound to its key, as is the refresh token of a public client. Every error is the JSON of RFC 6749 §5.2, some with a `reason` that the client can act on.
#[utoipa::path(
    post,
    path = "/t/{tenant}/token",
    tag = "Tokens",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = schema::TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens", body = schema::TokenResponse),
        (status = 400, description = "The request, the grant or the scope is not acceptable", body = schema::OAuthError),
        (status = 401, description = "The client is not who it says", body = schema::OAuthError),
        (status = 403, description = "`insufficient_authorization`: more is needed; go on with `auth_session` at the authorization challenge endpoint", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 429, description = "Too many calls; see `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "WeChat or the database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn token(
    call: Call,
    authorization: Authorization,
    FormBody(form): FormBody,
) -> Result<([(HeaderName, &'static str); 1], Json<TokenResponse>), Refused> {
    let response = token::token(&call.context(), &form, authorization.value()).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(response)))
}
