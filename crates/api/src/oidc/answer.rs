//! What a browser gets for an authorization request: back to the client, or on to a page of ours.

use super::{Browser, Call};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use hufu_core::client::ResponseMode;
use hufu_oauth::{
    authorize::{Answer, Respond},
    error::OAuthError,
};

/// Renders an answer.
pub(crate) fn answer(call: &Call, browser: &Browser, answer: &Answer) -> Response {
    let on = |page: &str, request| see_other(&format!("{}/{page}?request={request}", call.path()));
    let mut response = match answer {
        Answer::Respond(respond) => back(respond),
        Answer::SignIn(request) => on("login", request),
        Answer::Register(request) => on("signup", request),
        Answer::Consent(request) => on("consent", request),
        Answer::Page(text) => error_page(StatusCode::BAD_REQUEST, text),
    };
    browser.remember(&mut response);
    response
}

/// 303 and not 307, so that no form is ever posted on (RFC 9700 §4.12).
pub(crate) fn see_other(to: &str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(to)).into_response()
}

fn back(respond: &Respond) -> Response {
    match respond.mode {
        ResponseMode::Query => see_other(&respond.url()),
        ResponseMode::FormPost => form_post(respond),
    }
}

/// OAuth 2.0 Form Post Response Mode.
fn form_post(respond: &Respond) -> Response {
    let mut fields = String::new();
    for (name, value) in &respond.parameters {
        fields.push_str(&format!(
            r#"<input type="hidden" name="{}" value="{}">"#,
            escaped(name),
            escaped(value)
        ));
    }
    let html = format!(
        r#"<!doctype html><html lang="en"><title>Continue</title><form method="post" action="{}">{fields}<button>Continue</button></form></html>"#,
        escaped(respond.redirect_uri.as_str()),
    );
    let mut response = Html(html).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A page that says what is wrong, to a person who can do nothing about it but tell the app's developer.
pub(crate) fn error_page(status: StatusCode, text: &'static str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    (status, headers, text).into_response()
}

/// What a browser gets where the server itself failed, or a request cannot be read.
pub(crate) fn failed(error: &OAuthError) -> Response {
    tracing::warn!(
        code = error.code.as_str(),
        detail = error.detail,
        "a page could not be shown"
    );
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    error_page(status, error.description)
}
