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

/// A JSON object that says what it takes, for a body that is none.
pub(super) trait Body: DeserializeOwned {
    /// What the body must be.
    const RULE: &'static str;
}

/// A JSON body.
pub(super) struct AccountBody<T>(pub(super) T);

impl<S: Send + Sync, T: Body> FromRequest<S> for AccountBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let refused = || Refused(OAuthError::invalid_request(T::RULE)).into_response();
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            let description = "the content type must be application/json";
            return Err(Refused(OAuthError::invalid_request(description)).into_response());
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error: BytesRejection| {
                if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    Family::OAuth.body_too_large()
                } else {
                    refused()
                }
            })?;
        // serde takes a list for a struct, too.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(refused());
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|_| refused())
    }
}

/// An answer with somebody's data.
pub(super) type Private<T> = ([(HeaderName, &'static str); 1], Json<T>);

/// Keeps an answer out of caches.
pub(super) fn private<T>(body: T) -> Private<T> {
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}
