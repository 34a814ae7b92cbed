//! JSON in and out of the control plane, and its errors.

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::Refusal;

/// A body of the type `T`, or a [`Problem`] that says what is wrong with it.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A query of the type `T`, or a [`Problem`] that says what is wrong with it.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(super) struct Query<T>(pub(super) T);

/// `{"error":"unknown_app","message":"no app has the appid …"}`
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::UnknownApp(_)
            | Refusal::UnknownUser(_)
            | Refusal::UnknownOpenAccount(_)
            | Refusal::UnknownScene => StatusCode::NOT_FOUND,
            Refusal::AppExists(_)
            | Refusal::UserExists(_)
            | Refusal::OpenAccountExists(_)
            | Refusal::NeverLoggedIn { .. }
            | Refusal::NoNextSecret(_)
            | Refusal::NoPush(_)
            | Refusal::NothingSent(_)
            | Refusal::TooManyFaults(_) => StatusCode::CONFLICT,
            Refusal::NoPlatformKey => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::InvalidAppid(_)
            | Refusal::EmptySecret
            | Refusal::InvalidName
            | Refusal::InvalidRiskRank(_)
            | Refusal::InvalidRotation
            | Refusal::InvalidPhone(_)
            | Refusal::TooManyPhones(_)
            | Refusal::InvalidPush(_)
            | Refusal::InvalidPublicKey
            | Refusal::InvalidSmsAccount(_)
            | Refusal::ClockOutOfRange
            | Refusal::InvalidFault(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, refusal.code(), refusal.to_string())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), "invalid_json", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), "invalid_query", rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            message: String,
        }
        (
            self.status,
            axum::Json(Body {
                error: self.error,
                message: self.message,
            }),
        )
            .into_response()
    }
}
