//! The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0 §2).

use super::{
    Browser,
    answer::{error_page, failed, frame, see_other},
    request::Call,
};
use crate::pages;
use axum::{body::Bytes, extract::RawQuery, http::StatusCode, response::Response};
use hufu_oauth::{
    form::Form,
    logout::{self, Logout},
};

/// What the form of the page that asks is about, for its `csrf`.
pub(crate) const CONFIRMATION: &str = "logout";

/// Sign a person out
///
/// With an ID token as `id_token_hint` the person goes back to `post_logout_redirect_uri`; without one nobody is redirected, and a
/// person who is signed in may be asked.
#[utoipa::path(
    get,
    path = "/t/{tenant}/logout",
    tag = "Issuer",
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("id_token_hint" = Option<String>, Query, description = "An ID token of the client's, expired or not"),
        ("client_id" = Option<String>, Query, description = "To which client the hint was issued"),
        ("post_logout_redirect_uri" = Option<String>, Query, description = "One of those registered, byte for byte"),
        ("state" = Option<String>, Query, description = "Comes back as it was sent"),
    ),
    responses(
        (status = 200, description = "A page: signed out, or a question", content_type = "text/html"),
        (status = 303, description = "To `post_logout_redirect_uri`, signed out"),
        (status = 400, description = "A page: nothing was done", content_type = "text/html"),
        (status = 404, description = "No such tenant", body = super::schema::OAuthError),
    )
)]
pub(super) async fn logout_get(call: Call, browser: Browser, RawQuery(query): RawQuery) -> Response {
    take(&call, &browser, query.unwrap_or_default().as_bytes()).await
}

/// Sign a person out, by a form
#[utoipa::path(
    post,
    path = "/t/{tenant}/logout",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = super::schema::LogoutRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A page: signed out, or a question", content_type = "text/html"),
        (status = 303, description = "To `post_logout_redirect_uri`, signed out"),
        (status = 400, description = "A page: nothing was done", content_type = "text/html"),
        (status = 404, description = "No such tenant", body = super::schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = super::schema::OAuthError),
    )
)]
pub(super) async fn logout_post(call: Call, browser: Browser, body: Bytes) -> Response {
    match browser.ask_again(&format!("{}/logout", call.path()), &body) {
        Some(url) => see_other(&url),
        None => take(&call, &browser, &body).await,
    }
}

async fn take(call: &Call, browser: &Browser, parameters: &[u8]) -> Response {
    let form = match Form::parse(parameters) {
        Ok(form) => form,
        Err(error) => return error_page(call, StatusCode::BAD_REQUEST, error.description),
    };
    let cx = call.context();
    let is_confirmed = form
        .get("csrf")
        .is_some_and(|csrf| browser.visitor.browser.is_csrf(CONFIRMATION, csrf));
    let outcome = if is_confirmed {
        match browser.visitor.signed_in(&cx).await {
            Ok(Some(signed_in)) => logout::confirm(&cx, &signed_in).await.map(|()| Logout::SignedOut),
            Ok(None) => Ok(Logout::SignedOut),
            Err(error) => Err(error),
        }
    } else {
        logout::logout(&cx, &form, &browser.visitor).await
    };
    let mut response = match outcome {
        Ok(Logout::Redirect(to)) => see_other(&to),
        Ok(Logout::SignedOut) => {
            let frame = frame(call);
            let sign_in = Some(frame.link("/me"));
            pages::page(StatusCode::OK, &frame, &pages::SignedOut { sign_in })
        }
        Ok(Logout::Confirm) => return question(call, browser).await,
        Ok(Logout::Page(text)) => return error_page(call, StatusCode::BAD_REQUEST, text),
        Err(error) => return failed(call, &error),
    };
    browser.sign_out(&mut response);
    response
}

/// Asks the person who is signed in.
async fn question(call: &Call, browser: &Browser) -> Response {
    let (cx, frame) = (call.context(), frame(call));
    let person = match browser.visitor.signed_in(&cx).await {
        Ok(Some(signed_in)) => pages::person(&cx, signed_in.user.id, &frame).await.map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    let page = match person {
        Ok(person) => pages::Logout {
            form: pages::Form::to(&frame, "/logout", &browser.visitor.browser.csrf(CONFIRMATION)),
            client: None,
            person,
            stay: frame.link("/me"),
            target: None,
        },
        Err(error) => return failed(call, &error),
    };
    let mut response = pages::page(StatusCode::OK, &frame, &page);
    browser.remember(&mut response);
    response
}
