//! API security mode of an app.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::json::{Json, Problem};
use crate::crypt::api_security::ApiSecurityKeys;
use crate::server::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Developer {
    public_key: String,
}

/// `POST apps/{appid}/api-security`
pub(super) async fn turn_on(
    State(server): State<Arc<Server>>,
    Path(appid): Path<String>,
    Json(developer): Json<Developer>,
) -> Result<Json<ApiSecurityKeys>, Problem> {
    Ok(Json(server.turn_on_api_security(&appid, &developer.public_key)?))
}

/// `DELETE apps/{appid}/api-security`
pub(super) async fn turn_off(
    State(server): State<Arc<Server>>,
    Path(appid): Path<String>,
) -> Result<StatusCode, Problem> {
    server.turn_off_api_security(&appid)?;
    Ok(StatusCode::NO_CONTENT)
}
