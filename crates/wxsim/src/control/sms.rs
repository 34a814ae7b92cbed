//! The SMS vendors: accounts, and the inbox of all phones.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::json::{Json, Problem, Query};
use crate::server::Server;
use crate::sms::{SmsAccount, SmsAccountSpec, SmsRecord};

/// `?to=&since=`
#[derive(Deserialize)]
pub(super) struct Selection {
    to: Option<String>,
    since: Option<i64>,
}

/// `GET sms`, the oldest first.
pub(super) async fn list(
    State(server): State<Arc<Server>>,
    Query(selection): Query<Selection>,
) -> Json<Vec<SmsRecord>> {
    // An empty parameter selects nothing in particular.
    let to = selection.to.as_deref().filter(|text| !text.is_empty());
    Json(server.sms().inbox().messages(to, selection.since))
}

/// `DELETE sms`
pub(super) async fn clear(State(server): State<Arc<Server>>) -> StatusCode {
    server.sms().clear_inbox();
    StatusCode::NO_CONTENT
}

/// `POST sms/accounts`; an account that is there is replaced.
pub(super) async fn open(
    State(server): State<Arc<Server>>,
    Json(spec): Json<SmsAccountSpec>,
) -> Result<(StatusCode, Json<SmsAccount>), Problem> {
    Ok((StatusCode::CREATED, Json(server.sms().open(spec)?)))
}
