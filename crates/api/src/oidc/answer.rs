//! What a browser gets for an authorization request: back to the client, or on to a page of ours.

use super::{Browser, Call};
use crate::{
    pages::{self, ErrorKind, ErrorPage, FormPost, Frame},
    server::language,
};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
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
        Answer::Respond(respond) => back(call, respond),
        Answer::SignIn(request) => on("login", request),
        Answer::Register(request) => on("signup", request),
        Answer::Consent(request) => on("consent", request),
        Answer::Page(text) => error_page(call, StatusCode::BAD_REQUEST, text),
    };
    browser.remember(&mut response);
    response
}

/// 303 and not 307, so that no form is ever posted on (RFC 9700 §4.12).
pub(crate) fn see_other(to: &str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Redirect::to(to)).into_response()
}

fn back(call: &Call, respond: &Respond) -> Response {
    match respond.mode {
        ResponseMode::Query => see_other(&respond.url()),
        // OAuth 2.0 Form Post Response Mode.
        ResponseMode::FormPost => {
            let own = |(name, value): &(&'static str, String)| ((*name).to_owned(), value.clone());
            let fields = respond.parameters.iter().map(own).collect();
            let page = FormPost::new(respond.redirect_uri.as_str(), fields);
            pages::page(StatusCode::OK, &frame(call), &page)
        }
    }
}

/// What stands around a page that an endpoint shows. It has no address of its own: a language switch asks the endpoint again.
pub(crate) fn frame(call: &Call) -> Frame {
    Frame::of(&call.issuer.tenant, language::current(), "")
}

/// A page that says what is wrong, to a person who can do nothing about it but tell the app's developer.
pub(crate) fn error_page(call: &Call, status: StatusCode, text: &str) -> Response {
    let kind = match status {
        StatusCode::SERVICE_UNAVAILABLE => ErrorKind::Busy,
        status if status.is_server_error() => ErrorKind::Internal,
        _ => ErrorKind::BadRequest,
    };
    let frame = frame(call);
    pages::page(status, &frame, &ErrorPage::new(&frame, kind, Some(text)))
}

/// What a browser gets where the server itself failed, or a request cannot be read.
pub(crate) fn failed(call: &Call, error: &OAuthError) -> Response {
    tracing::warn!(
        code = error.code.as_str(),
        detail = error.detail,
        "a page could not be shown"
    );
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    error_page(call, status, error.description)
}
