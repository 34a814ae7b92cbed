//! Errors of registration (RFC 7591 §3.2.2): the code, and which member breaks which rule.

use crate::{oidc::error::Refused, problem::Problem};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::store::StoreError;
use serde_json::json;

/// Why a registration is refused.
pub(crate) enum Registering {
    /// As at every other endpoint.
    OAuth(Refused),
    /// A member breaks a rule.
    Metadata {
        /// `invalid_redirect_uri`, `invalid_client_metadata` or `invalid_software_statement`.
        error: &'static str,
        /// Which member, and which rule. Never a value.
        description: String,
    },
}

impl Registering {
    /// `member` breaks `rule`.
    pub(super) fn metadata(member: &str, rule: &str) -> Self {
        let error = match member.split('/').next() {
            Some("redirect_uris") => "invalid_redirect_uri",
            Some("software_statement") => "invalid_software_statement",
            _ => "invalid_client_metadata",
        };
        let description = if member.is_empty() {
            rule.to_owned()
        } else {
            format!("{member}: {rule}")
        };
        Self::Metadata { error, description }
    }
}

/// What a registration breaks, by the first part of it that is wrong.
pub(super) fn register_error(problem: &Problem) -> Registering {
    match problem.errors().first() {
        Some(first) => {
            let member = first.pointer.as_deref().unwrap_or_default();
            Registering::metadata(member.trim_start_matches(['#', '/']), &first.detail)
        }
        None => Registering::metadata("", "the metadata cannot be accepted"),
    }
}

impl From<Refused> for Registering {
    fn from(refused: Refused) -> Self {
        Self::OAuth(refused)
    }
}

impl From<StoreError> for Registering {
    fn from(error: StoreError) -> Self {
        Self::OAuth(error.into())
    }
}

impl IntoResponse for Registering {
    fn into_response(self) -> Response {
        match self {
            Self::OAuth(refused) => refused.into_response(),
            Self::Metadata { error, description } => {
                tracing::debug!(code = error, description, "registration refused");
                let body = Json(json!({"error": error, "error_description": description}));
                (
                    StatusCode::BAD_REQUEST,
                    [(header::CACHE_CONTROL, "no-store")],
                    body,
                )
                    .into_response()
            }
        }
    }
}
