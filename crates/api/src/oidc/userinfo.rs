//! Userinfo (OpenID Connect Core §5.3).

use super::{
    error::Refused,
    request::{Authorization, Call, FormBody},
    schema,
};
use axum::{
    Json,
    http::{HeaderName, header},
};
use hufu_oauth::{
    access_token::Credential,
    error::OAuthError,
    userinfo::{self, UserInfo},
};

type Answer = Result<([(HeaderName, &'static str); 1], Json<UserInfo>), Refused>;

/// Read the claims about a token's user
#[utoipa::path(
    get,
    path = "/t/{tenant}/userinfo",
    tag = "Tokens",
    security(("access_token" = ["openid"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The claims", body = schema::UserInfo),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `openid`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn userinfo_get(call: Call, authorization: Authorization) -> Answer {
    answer(&call, authorization.credential()).await
}

/// Read the claims about a token's user, by POST
///
/// The token may also come in the form as `access_token` (RFC 6750 §2.2).
#[utoipa::path(
    post,
    path = "/t/{tenant}/userinfo",
    tag = "Tokens",
    security(("access_token" = ["openid"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = Option<schema::AccessTokenInForm>, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The claims", body = schema::UserInfo),
        (status = 400, description = "The request is malformed, or has two tokens", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `openid`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn userinfo_post(
    call: Call,
    authorization: Authorization,
    FormBody(form): FormBody,
) -> Answer {
    match (authorization.credential(), form.get("access_token")) {
        (Some(_), Some(_)) => Err(OAuthError::invalid_request(
            "the access token may come in one way only (RFC 6750 section 2)",
        )
        .into()),
        (header, in_form) => answer(&call, header.or(in_form.map(Credential::Bearer))).await,
    }
}

async fn answer(call: &Call, credential: Option<Credential<'_>>) -> Answer {
    let info = userinfo::userinfo(&call.context(), credential).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(info)))
}
