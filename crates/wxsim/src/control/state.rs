//! All that the simulator holds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::Reveal;
use super::json::{Json, Query};
use crate::server::{Server, StateReport};

/// `GET state`
pub(super) async fn show(
    State(server): State<Arc<Server>>,
    Query(reveal): Query<Reveal>,
) -> Json<StateReport> {
    Json(server.state(reveal.secrets))
}

/// `POST reset`
pub(super) async fn reset(State(server): State<Arc<Server>>) -> StatusCode {
    server.reset();
    StatusCode::NO_CONTENT
}
