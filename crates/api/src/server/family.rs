//! Errors that no handler makes, in the words of the endpoints that stand at the path: RFC 6749 §5.2 below `/t/` and
//! `/.well-known/`, RFC 9457 elsewhere.

use crate::problem::{Problem, ProblemType};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
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
}

impl Family {
    /// The family of a path.
    pub(crate) fn of(path: &str) -> Self {
        if path.starts_with("/t/") || path.starts_with("/.well-known/") {
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
        }
    }

    /// The path is there, the method is not.
    pub(crate) fn method_not_allowed(self) -> Response {
        let detail = "See the header Allow for the methods of this path.";
        match self {
            Self::OAuth => oauth(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", detail),
            Self::Administration => Problem::new(ProblemType::MethodNotAllowed, detail).into_response(),
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
        }
    }
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

    #[test]
    fn the_path_decides_who_reads_it() {
        assert_eq!(Family::of("/t/demo/token"), Family::OAuth);
        assert_eq!(
            Family::of("/.well-known/oauth-authorization-server/t/demo"),
            Family::OAuth
        );
        assert_eq!(Family::of("/admin/v1/tenants"), Family::Administration);
        assert_eq!(Family::of("/"), Family::Administration);
    }
}
