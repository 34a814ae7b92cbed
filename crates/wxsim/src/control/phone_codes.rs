//! Phone codes: what the buttons for a phone number do on a phone.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::json::{Json, Problem};
use crate::server::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tap {
    appid: String,
    user: String,
    /// The user's first number where it is absent.
    phone: Option<String>,
    /// Which of the two buttons it was. WeChat charges for them differently, and answers alike.
    #[serde(default, rename = "realtime")]
    _realtime: bool,
}

#[derive(Serialize)]
pub(super) struct Minted {
    code: String,
}

/// `POST phone-codes`; a user that nobody has heard of is created.
pub(super) async fn mint(
    State(server): State<Arc<Server>>,
    Json(tap): Json<Tap>,
) -> Result<Json<Minted>, Problem> {
    let now = server.clock.now();
    let code = server
        .world()
        .mint_phone_code(&tap.appid, &tap.user, tap.phone.as_deref(), now)?;
    Ok(Json(Minted { code }))
}
