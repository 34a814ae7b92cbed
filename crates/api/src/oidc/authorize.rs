//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2.1).

use super::{
    Browser,
    answer::{answer, error_page, failed, see_other},
    request::Call,
};
use axum::{body::Bytes, extract::RawQuery, http::StatusCode, response::Response};
use hufu_oauth::{authorize, form::Form};

/// Begin signing a person in
///
/// The browser comes here from the client and goes back to it with a code, by way of the pages where people sign in and say what
/// the client may do. Errors go back by redirect where client and redirect URI are known, to a page where they are not.
#[utoipa::path(
    get,
    path = "/t/{tenant}/authorize",
    tag = "Issuer",
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("client_id" = Option<String>, Query, description = "RFC 6749 section 4.1.1"),
        ("redirect_uri" = Option<String>, Query, description = "One of those registered, byte for byte"),
        ("response_type" = Option<String>, Query, description = "`code`"),
        ("response_mode" = Option<String>, Query, description = "`query` (the default) or `form_post`"),
        ("scope" = Option<String>, Query, description = "Space-separated; at most what the client is registered for"),
        ("state" = Option<String>, Query, description = "Comes back as it was sent"),
        ("nonce" = Option<String>, Query, description = "Comes back in the ID token"),
        ("code_challenge" = Option<String>, Query, description = "The SHA-256 of the code verifier in base64url (RFC 7636 section 4.2)"),
        ("code_challenge_method" = Option<String>, Query, description = "`S256`"),
        ("prompt" = Option<String>, Query, description = "`none`, or of `login consent select_account create`"),
        ("max_age" = Option<String>, Query, description = "How long ago the person may have proved who they are, in seconds"),
        ("id_token_hint" = Option<String>, Query, description = "An ID token of the only user that will do"),
        ("login_hint" = Option<String>, Query, description = "What the person may type first"),
        ("acr_values" = Option<String>, Query, description = "The classes of authentication that the client prefers"),
        ("ui_locales" = Option<String>, Query, description = "The languages that the person prefers"),
        ("claims" = Option<String>, Query, description = "Claims by name (OpenID Connect Core section 5.5)"),
        ("resource" = Option<String>, Query, description = "What tokens shall be for (RFC 8707); may be repeated"),
        ("dpop_jkt" = Option<String>, Query, description = "The thumbprint of the key that may redeem the code (RFC 9449 section 10)"),
        ("request_uri" = Option<String>, Query, description = "What the pushed authorization request endpoint gave; then `client_id` alone comes beside it"),
    ),
    responses(
        (status = 200, description = "With `response_mode=form_post`: a form for the redirect URI", content_type = "text/html"),
        (status = 303, description = "To the redirect URI, with `code` or `error`, `state` and `iss` in the query; or to a page where the person signs in"),
        (status = 400, description = "Unknown client or redirect URI: a page, never a redirect", content_type = "text/html"),
        (status = 404, description = "No such tenant", body = super::schema::OAuthError),
        (status = 503, description = "The database is away", content_type = "text/html"),
    )
)]
pub(super) async fn authorize_get(call: Call, browser: Browser, RawQuery(query): RawQuery) -> Response {
    take(&call, &browser, query.unwrap_or_default().as_bytes()).await
}

/// Begin signing a person in, by a form
#[utoipa::path(
    post,
    path = "/t/{tenant}/authorize",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = super::schema::AuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "With `response_mode=form_post`: a form for the redirect URI", content_type = "text/html"),
        (status = 303, description = "As for GET; or to the same request as a GET, so that the browser sends its cookies"),
        (status = 400, description = "Unknown client or redirect URI: a page, never a redirect", content_type = "text/html"),
        (status = 404, description = "No such tenant", body = super::schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = super::schema::OAuthError),
        (status = 503, description = "The database is away", content_type = "text/html"),
    )
)]
pub(super) async fn authorize_post(call: Call, browser: Browser, body: Bytes) -> Response {
    match browser.ask_again(&format!("{}/authorize", call.path()), &body) {
        Some(url) => see_other(&url),
        None => take(&call, &browser, &body).await,
    }
}

async fn take(call: &Call, browser: &Browser, parameters: &[u8]) -> Response {
    let form = match Form::parse_loosely(parameters) {
        Ok(form) => form,
        Err(error) => return error_page(call, StatusCode::BAD_REQUEST, error.description),
    };
    match authorize::begin(&call.context(), &form, &browser.visitor).await {
        Ok(found) => answer(call, browser, &found),
        Err(error) => failed(call, &error),
    }
}
