//! The errors of administration: RFC 9457 `application/problem+json`.
//!
//! [`ProblemType`] is the closed list of types, each with its stable URI, title and status. A [`Problem`] is one
//! occurrence. A problem is rendered in one place, where the id of the request is added.

mod kind;
mod store;

pub use kind::ProblemType;

use crate::server::request_id;
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// One occurrence of a problem.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: ProblemType,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<u32>,
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The member of the body, as a JSON Pointer in a URI fragment (RFC 6901 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "#/settings/tokens/access_token_ttl")]
    pub pointer: Option<String>,
    /// The parameter of the path or the query, where it is not the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The rule that it breaks. Never the value.
    pub detail: String,
}

impl FieldError {
    /// An error in a member of the body: `pointer` such as `/settings/tokens`, empty for the whole body.
    pub fn at(pointer: &str, detail: impl Into<String>) -> Self {
        Self {
            pointer: Some(format!("#{pointer}")),
            parameter: None,
            detail: detail.into(),
        }
    }

    /// An error in a parameter of the path or the query.
    pub fn of_parameter(name: &str, detail: impl Into<String>) -> Self {
        Self {
            pointer: None,
            parameter: Some(name.to_owned()),
            detail: detail.into(),
        }
    }
}

/// The body of an error answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// What kind of problem: a URN of a closed, documented list. The only member to decide by.
    #[serde(rename = "type")]
    #[schema(value_type = ProblemType)]
    kind: &'static str,
    /// The same for people; always the same for one type.
    title: &'static str,
    /// The status code of the answer.
    status: u16,
    /// What is wrong this time.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(required = false)]
    detail: Cow<'static, str>,
    /// The id of the request, as in the header `X-Request-Id` and in the server's log.
    request_id: String,
    /// All parts of the request that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of that type; `detail` says what is wrong this time, and may be empty.
    pub fn new(kind: ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Parts of the request break rules: all that do.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let count = errors.len();
        let noun = if count == 1 { "part" } else { "parts" };
        let detail = format!("{count} {noun} of the request cannot be accepted; see errors.");
        Self {
            errors,
            ..Self::new(ProblemType::InvalidRequest, detail)
        }
    }

    /// No such thing, or none that this operator may see.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(ProblemType::NotFound, format!("There is no such {what}."))
    }

    /// Tells when to try again, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// All parts of the request that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The type.
    pub fn kind(&self) -> ProblemType {
        self.kind
    }
}

/// An error of the body says which rule it breaks; one of the path or the query, that it cannot be read.
impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        match &error.parameter {
            None => Self::invalid(vec![error]),
            Some(name) => {
                let detail = format!("{name} {}.", error.detail);
                Self {
                    errors: vec![error],
                    ..Self::new(ProblemType::MalformedRequest, detail)
                }
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: self.kind.uri(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail,
            request_id: request_id::current(),
            errors: self.errors,
        };
        let bytes = serde_json::to_vec(&body).expect("a problem has only strings and numbers");
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.kind == ProblemType::Unauthorized {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(r#"Bearer realm="hufu administration""#),
            );
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
