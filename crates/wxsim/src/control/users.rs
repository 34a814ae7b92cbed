//! People.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::json::{Json, Problem};
use crate::server::Server;
use crate::world::{User, UserChange, UserSpec};

/// `POST users`
pub(super) async fn create(
    State(server): State<Arc<Server>>,
    Json(spec): Json<UserSpec>,
) -> Result<(StatusCode, Json<User>), Problem> {
    Ok((StatusCode::CREATED, Json(server.world().create_user(&spec)?)))
}

/// `PATCH users/{id}`
pub(super) async fn change(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    Json(change): Json<UserChange>,
) -> Result<Json<User>, Problem> {
    Ok(Json(server.world().change_user(&id, change)?))
}
