//! Login codes: what `wx.login` does on a phone.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::json::{Json, Problem};
use crate::server::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    appid: String,
    user: String,
}

#[derive(Serialize)]
pub(super) struct Minted {
    code: String,
}

/// `POST codes`; a user that nobody has heard of is created.
pub(super) async fn mint(
    State(server): State<Arc<Server>>,
    Json(login): Json<Login>,
) -> Result<Json<Minted>, Problem> {
    let now = server.clock.now();
    let code = server.world().mint_login_code(&login.appid, &login.user, now)?;
    Ok(Json(Minted { code }))
}
