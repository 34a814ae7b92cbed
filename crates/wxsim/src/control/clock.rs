//! The clock.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::json::{Json, Problem};
use crate::server::Server;

/// `{"advance":seconds}` or `{"set":unix_seconds}`
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Move {
    Advance(u64),
    Set(i64),
}

#[derive(Serialize)]
pub(super) struct Time {
    now: i64,
}

/// `GET clock`
pub(super) async fn show(State(server): State<Arc<Server>>) -> Json<Time> {
    Json(Time {
        now: server.clock.now(),
    })
}

/// `POST clock`
pub(super) async fn change(
    State(server): State<Arc<Server>>,
    Json(step): Json<Move>,
) -> Result<Json<Time>, Problem> {
    let now = match step {
        Move::Advance(seconds) => server.clock.advance(seconds)?,
        Move::Set(unix_seconds) => server.clock.set(unix_seconds)?,
    };
    Ok(Json(Time { now }))
}
