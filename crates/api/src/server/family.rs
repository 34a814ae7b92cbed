//! Errors that no handler makes, in the words of the endpoints that stand at the path: RFC 6749 §5.2 below `/t/` and
//! `/.well-known/`, RFC 9457 elsewhere; a page where a browser asks for one.

use super::language;
use crate::{
    pages::{self, ErrorKind},
    problem::{Problem, ProblemType},
};
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Who reads the errors at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// A client of OAuth.
    OAuth,
    /// An operator.
    Administration,
    /// A person with a browser.
    Person,
}

impl Family {
    /// The family of a path; of one where pages are, only where the request is a browser's that wants to show something.
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let path = uri.path();
        let accept = headers
            .get(header::ACCEPT)
            .map_or(&b""[..], HeaderValue::as_bytes);
        let html = b"text/html";
        if pages::is_at(path) && accept.windows(html.len()).any(|part| part == html) {
            Self::Person
        } else if path.starts_with("/t/") || path.starts_with("/.well-known/") {
            Self::OAuth
        } else {
            Self::Administration
        }
    }

    /// No such path.
    pub(crate) fn not_found(self) -> Response {
        match self {
            Self::OAuth => oauth(
                StatusCode::NOT_FOUND,
                "invalid_request",
                "There is no such endpoint.",
            ),
            Self::Administration => {
                Problem::new(ProblemType::NotFound, "There is nothing at this path.").into_response()
            }
            Self::Person => page(ErrorKind::NotFound),
        }
    }

    /// The path is there, the method is not.
    pub(crate) fn method_not_allowed(self) -> Response {
        let detail = "See the header Allow for the methods of this path.";
        match self {
            Self::OAuth => oauth(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", detail),
            Self::Administration => Problem::new(ProblemType::MethodNotAllowed, detail).into_response(),
            Self::Person => {
                let mut response = page(ErrorKind::NotFound);
                *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
                response
            }
        }
    }

    /// The body is longer than any request needs. It is not read, so the connection cannot be used again.
    pub(crate) fn body_too_large(self) -> Response {
        let mut response = match self {
            Self::OAuth => oauth(
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                "The body is over 64 KiB.",
            ),
            Self::Administration => Problem::new(ProblemType::BodyTooLarge, "").into_response(),
            Self::Person => page(ErrorKind::TooLarge),
        };
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
        response
    }

    /// The request took too long.
    pub(crate) fn timeout(self) -> Response {
        match self {
            Self::OAuth => {
                let mut response = oauth(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "temporarily_unavailable",
                    "The answer took too long.",
                );
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                response
            }
            Self::Administration => Problem::new(ProblemType::Timeout, "")
                .retry_after(1)
                .into_response(),
            Self::Person => {
                let mut response = page(ErrorKind::Busy);
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                response
            }
        }
    }

    /// A handler panicked.
    pub(crate) fn internal(self) -> Response {
        match self {
            Self::OAuth => oauth(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "A defect of Hufu; its log says more under the request's id.",
            ),
            Self::Administration => Problem::new(ProblemType::Internal, "").into_response(),
            Self::Person => page(ErrorKind::Internal),
        }
    }
}

fn page(kind: ErrorKind) -> Response {
    pages::error(&pages::Frame::bare(language::current(), ""), kind, None)
}

fn oauth(status: StatusCode, error: &'static str, description: &'static str) -> Response {
    let body = Json(json!({"error": error, "error_description": description}));
    let mut response = (status, body).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(path: &'static str, accept: &'static str) -> Family {
        let headers = [(header::ACCEPT, HeaderValue::from_static(accept))];
        Family::of(&Uri::from_static(path), &headers.into_iter().collect())
    }

    #[test]
    fn the_path_decides_who_reads_it() {
        for accept in ["*/*", "application/json", "text/html"] {
            assert_eq!(family("/t/demo/token", accept), Family::OAuth);
            assert_eq!(
                family("/.well-known/oauth-authorization-server/t/demo", accept),
                Family::OAuth
            );
            assert_eq!(family("/admin/v1/tenants", accept), Family::Administration);
            assert_eq!(family("/", accept), Family::Administration);
        }
    }

    #[test]
    fn where_pages_are_a_browser_is_answered_by_one() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for path in [
            "/t/demo/login",
            "/t/demo/login/code?request=1",
            "/t/demo/consent",
            "/t/demo/me",
        ] {
            assert_eq!(family(path, browser), Family::Person, "{path}");
            assert_eq!(family(path, "*/*"), Family::OAuth, "{path}");
        }
        assert_eq!(family("/t/demo/account/sessions", browser), Family::OAuth);
        assert_eq!(family("/t/demo/logins", browser), Family::OAuth);
        assert_eq!(family("/t//login", browser), Family::Person);
    }

    #[test]
    fn every_error_has_a_page() {
        let family = Family::Person;
        for (response, status) in [
            (family.not_found(), 404),
            (family.method_not_allowed(), 405),
            (family.body_too_large(), 413),
            (family.timeout(), 503),
            (family.internal(), 500),
        ] {
            assert_eq!(response.status(), status);
            assert_eq!(
                response.headers()[header::CONTENT_TYPE],
                "text/html; charset=utf-8"
            );
            assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        }
    }
}
