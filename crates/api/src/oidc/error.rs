//! OAuth errors as HTTP answers (RFC 6749 §5.2, RFC 6750 §3).

use crate::{
    server::{language, request_id},
    texts,
};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::store::StoreError;
use hufu_oauth::error::{ErrorBody, ErrorCode, OAuthError};

/// An OAuth error on its way out. What only the log may know is logged here, once.
pub(crate) struct Refused(pub(crate) OAuthError);

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(error) = self;
        log(&error);
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let locale = language::current();
        let body = ErrorBody {
            message: error.reason.map(|reason| texts::message(reason, locale)),
            ..error.body()
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        if error.reason.is_some() {
            let tag = HeaderValue::from_static(locale.as_str());
            headers.insert(header::CONTENT_LANGUAGE, tag);
            headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = error.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if error.wants_proof {
            // The codes are of a closed list, and none needs escaping.
            let challenge = format!(
                "DPoP error=\"{}\", algs=\"ES256 PS256 EdDSA RS256\"",
                error.code.as_str()
            );
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
        } else if let Some(challenge) = challenge(error.code) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

const fn challenge(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::InvalidClient => Some("Basic realm=\"token endpoint\", charset=\"UTF-8\""),
        ErrorCode::InvalidToken => Some("Bearer error=\"invalid_token\""),
        ErrorCode::InsufficientUserAuthentication => {
            Some("Bearer error=\"insufficient_user_authentication\", max_age=\"300\"")
        }
        ErrorCode::InsufficientScope => Some("Bearer error=\"insufficient_scope\""),
        _ => None,
    }
}

fn log(error: &OAuthError) {
    let (code, reason) = (
        error.code.as_str(),
        error.reason.map(hufu_core::reason::Reason::as_str),
    );
    let detail = error.detail.as_deref();
    match error.code {
        ErrorCode::ServerError => {
            tracing::error!(
                code,
                reason,
                detail,
                request.id = request_id::current(),
                "request failed"
            );
        }
        ErrorCode::TemporarilyUnavailable => {
            tracing::warn!(code, reason, detail, "request could not be served");
        }
        _ => tracing::debug!(code, reason, detail, "request refused"),
    }
}
