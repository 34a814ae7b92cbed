//! JSON bodies of the account API, and answers that no cache may keep.

use crate::{oidc::Refused, server::Family};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_oauth::error::OAuthError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A JSON object that says what it takes, for a body that is none.
pub(super) trait Body: DeserializeOwned {
    /// What the body must be.
    const RULE: &'static str;
    /// Whether it may be sent as a JSON merge patch (RFC 7396), too.
    const IS_PATCH: bool = false;
}

/// A JSON body.
pub(super) struct AccountBody<T>(pub(super) T);

impl<S: Send + Sync, T: Body> FromRequest<S> for AccountBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if !is_json(&request, T::IS_PATCH) {
            return Err(invalid("the content type must be application/json"));
        }
        let bytes = read(request, state).await?;
        object(&bytes).map(Self).ok_or_else(|| invalid(T::RULE))
    }
}

/// No body, or an empty JSON object.
pub(super) struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let bytes = read(request, state).await?;
        if bytes.is_empty() || object(&bytes).is_some_and(|members: Map<String, Value>| members.is_empty()) {
            Ok(Self)
        } else {
            Err(invalid("the body must be empty, or an empty JSON object"))
        }
    }
}

fn is_json(request: &Request, is_patch: bool) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || is_patch && essence.eq_ignore_ascii_case("application/merge-patch+json")
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Response> {
    Bytes::from_request(request, state)
        .await
        .map_err(|error: BytesRejection| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Family::OAuth.body_too_large()
            } else {
                invalid("the body ended too early")
            }
        })
}

fn object<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    // serde takes a list for a struct, too.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(bytes).ok()).flatten()
}

fn invalid(description: &'static str) -> Response {
    Refused(OAuthError::invalid_request(description)).into_response()
}

/// An answer with somebody's data.
pub(super) type Private<T> = ([(HeaderName, &'static str); 1], Json<T>);

/// Keeps an answer out of caches.
pub(super) fn private<T>(body: T) -> Private<T> {
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}

/// The answer to what was done and has nothing to tell.
pub(super) type Done = (StatusCode, [(HeaderName, &'static str); 1]);

/// 204, out of caches too.
pub(super) fn done() -> Done {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")])
}

/// 404, for a thing that the user does not have.
pub(super) fn missing(description: &'static str) -> Response {
    let error = OAuthError::invalid_request(description);
    (StatusCode::NOT_FOUND, private(error.body())).into_response()
}
