//! The authorization challenge endpoint (draft-ietf-oauth-first-party-apps).

use super::{
    error::Refused,
    request::{Authorization, Call, FormBody},
    schema,
};
use axum::{
    Json,
    http::{HeaderName, header},
};
use hufu_oauth::login::challenge::{self, ChallengeResponse};

/// Sign a person in without a browser
///
/// Takes proofs in any order, one or more a step, and ends in an `authorization_code` for the token endpoint (without
/// `redirect_uri`, with `code_verifier`). Until then each step is answered with 400 `insufficient_authorization`, a new `auth_session`
/// that the next step must come with, and in `next` what may be proven. An answer without `auth_session` leaves the one that
/// the client has as it was. A login takes ten minutes at most.
///
/// | proof | members |
/// | --- | --- |
/// | WeChat | `js_code` |
/// | a phone, by a code | `phone` (the code is sent), then `otp` |
/// | a phone, by WeChat | `phone_code`, with `js_code` or after it |
/// | an account | `username`, `password` |
/// | a new account | `prompt=create`, `username`, `password` |
///
/// For first-party clients that are registered for `authorization_code`. PKCE with `S256` is required.
#[utoipa::path(
    post,
    path = "/t/{tenant}/authorize-challenge",
    tag = "Tokens",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = schema::ChallengeRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The login is complete", body = schema::ChallengeResponse),
        (status = 400, description = "The login goes on (`insufficient_authorization`), the `auth_session` is no good (`invalid_session`), or the proof or the request is not acceptable", body = schema::OAuthError),
        (status = 401, description = "The client is not who it says", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 429, description = "Too many tries or codes; see `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "WeChat, the SMS vendor or the database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn authorize_challenge(
    call: Call,
    authorization: Authorization,
    FormBody(form): FormBody,
) -> Result<([(HeaderName, &'static str); 1], Json<ChallengeResponse>), Refused> {
    let response = challenge::challenge(&call.context(), &form, authorization.value()).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(response)))
}
