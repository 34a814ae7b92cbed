//! The page for what did not work.

use super::super::{frame::Frame, render::Page, texts};
use crate::server::request_id;
use axum::http::StatusCode;
use hufu_core::locale::Locale;
use serde::Serialize;

/// What did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// An application sent a request that is not right.
    BadRequest,
    /// What the page belonged to is over, or the form was not one of ours.
    Expired,
    /// A form was posted that no page of ours in this browser has.
    Forbidden,
    /// There is no such page.
    NotFound,
    /// The body is too long.
    TooLarge,
    /// The answer takes too long, or the database is away.
    Busy,
    /// A defect.
    Internal,
}

/// An error, for the person; and what an application's developer must know.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorPage {
    title: &'static str,
    text: &'static str,
    /// For a developer, in English, such as `Invalid redirect_uri`.
    said: Option<String>,
    request_id: String,
    /// Where to begin anew.
    pub(crate) home: Option<String>,
}

impl ErrorPage {
    /// The page for a kind of error.
    pub(crate) fn new(frame: &Frame, kind: ErrorKind, said: Option<&str>) -> Self {
        let t = texts::Error::of(frame.locale);
        let (title, text) = match kind {
            ErrorKind::BadRequest => (t.bad_request, t.bad_request_text),
            ErrorKind::Expired => (t.expired, t.expired_text),
            ErrorKind::Forbidden => (t.forbidden, t.forbidden_text),
            ErrorKind::NotFound => (t.not_found, t.not_found_text),
            ErrorKind::TooLarge => (t.too_large, t.too_large_text),
            ErrorKind::Busy => (t.busy, t.busy_text),
            ErrorKind::Internal => (t.internal, t.internal_text),
        };
        Self {
            title,
            text,
            said: said.map(str::to_owned),
            request_id: request_id::current(),
            home: None,
        }
    }
}

impl ErrorKind {
    /// The status that goes with it.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::Expired => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error";
    type Texts = texts::Error;

    fn texts(locale: Locale) -> &'static texts::Error {
        texts::Error::of(locale)
    }
}

#[cfg(test)]
impl ErrorPage {
    pub(in crate::pages) fn sample(frame: &Frame, kind: ErrorKind) -> Self {
        let said = (kind == ErrorKind::BadRequest).then_some("Invalid redirect_uri");
        Self {
            request_id: "01920000000070008000000000000001".to_owned(),
            home: (kind == ErrorKind::Expired).then(|| frame.link("/me")),
            ..Self::new(frame, kind, said)
        }
    }
}
