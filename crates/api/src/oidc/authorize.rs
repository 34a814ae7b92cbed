//! The authorization endpoint (RFC 6749 §3.1). It knows whom it may answer by redirect; it issues no codes yet.

use super::request::{Call, FormBody};
use axum::{
    extract::RawQuery,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use hufu_oauth::{
    authorize::{self, Refusal},
    form::Form,
};

/// Refuse an authorization request
///
/// By redirect where client and redirect URI are known, by a page where they are not. This version issues no codes yet.
#[utoipa::path(
    get,
    path = "/t/{tenant}/authorize",
    tag = "Issuer",
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("client_id" = Option<String>, Query, description = "RFC 6749 section 4.1.1"),
        ("redirect_uri" = Option<String>, Query, description = "One of those registered, byte for byte"),
        ("response_type" = Option<String>, Query, description = "`code`, for which this version issues nothing yet"),
        ("state" = Option<String>, Query, description = "Comes back as it was sent"),
    ),
    responses(
        (status = 303, description = "To the redirect URI, with `error`, `state` and `iss` in the query"),
        (status = 400, description = "Unknown client or redirect URI: a page, never a redirect", content_type = "text/plain"),
        (status = 404, description = "No such tenant", body = super::schema::OAuthError),
        (status = 503, description = "The database is away", content_type = "text/plain"),
    )
)]
pub(super) async fn authorize_get(call: Call, RawQuery(query): RawQuery) -> Response {
    match Form::parse(query.unwrap_or_default().as_bytes()) {
        Ok(form) => answer(&call, &form).await,
        Err(error) => page(StatusCode::BAD_REQUEST, error.description),
    }
}

/// Refuse an authorization request that comes as a form
#[utoipa::path(
    post,
    path = "/t/{tenant}/authorize",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = super::schema::AuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "To the redirect URI, with `error`, `state` and `iss` in the query"),
        (status = 400, description = "Unknown client or redirect URI: a page, never a redirect", content_type = "text/plain"),
        (status = 404, description = "No such tenant", body = super::schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = super::schema::OAuthError),
        (status = 503, description = "The database is away", content_type = "text/plain"),
    )
)]
pub(super) async fn authorize_post(call: Call, FormBody(form): FormBody) -> Response {
    answer(&call, &form).await
}

async fn answer(call: &Call, form: &Form) -> Response {
    match authorize::refuse(&call.context(), form).await {
        Ok(Refusal::Page(text)) => page(StatusCode::BAD_REQUEST, text),
        // 303 and not 307, so that no form is ever posted on (RFC 9700 §4.12).
        Ok(Refusal::Redirect(to)) => {
            ([(header::CACHE_CONTROL, "no-store")], Redirect::to(to.as_str())).into_response()
        }
        Err(error) => {
            tracing::warn!(
                detail = error.detail,
                "an authorization request could not be read"
            );
            page(StatusCode::SERVICE_UNAVAILABLE, error.description)
        }
    }
}

fn page(status: StatusCode, text: &'static str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    (status, headers, text).into_response()
}
