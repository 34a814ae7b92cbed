//! Encrypted data: what a mini-program is given for its server.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::json::{Json, Problem};
use crate::server::Server;
use crate::world::{DataKind, EncryptedData, Tamper};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    appid: String,
    user: String,
    kind: DataKind,
    /// `{"iv":true}`
    #[serde(default)]
    tamper: HashMap<Tamper, bool>,
}

/// What is broken: one thing at most.
fn one(tampers: HashMap<Tamper, bool>) -> Result<Option<Tamper>, Problem> {
    let mut chosen = tampers
        .into_iter()
        .filter_map(|(tamper, is_chosen)| is_chosen.then_some(tamper));
    match (chosen.next(), chosen.next()) {
        (tamper, None) => Ok(tamper),
        _ => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_tamper",
            "one thing at most is broken at a time",
        )),
    }
}

/// `POST encrypted-data`
pub(super) async fn encrypt(
    State(server): State<Arc<Server>>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<EncryptedData>, Problem> {
    let now = server.clock.now();
    let tamper = one(wanted.tamper)?;
    let data = server
        .world()
        .encrypted_data(&wanted.appid, &wanted.user, wanted.kind, tamper, now)?;
    Ok(Json(data))
}
