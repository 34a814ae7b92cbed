//! Codes of mini-programs: what a phone does that reads one.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;

use super::json::{Json, Problem};
use crate::Refusal;
use crate::server::Server;
use crate::world::Opened;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scan {
    appid: Option<String>,
    scene: Option<String>,
    /// What is written in the code, instead of both.
    url: Option<String>,
    user: String,
}

/// `POST scan`; a user that nobody has heard of is created.
pub(super) async fn open(
    State(server): State<Arc<Server>>,
    Json(scan): Json<Scan>,
) -> Result<Json<Opened>, Problem> {
    let now = server.clock.now();
    let mut world = server.world();
    let opened = match (scan.appid, scan.scene, scan.url) {
        (Some(appid), Some(scene), None) => world.scan(&appid, &scene, &scan.user, now),
        (None, None, Some(url)) => world.scan_url(&url, &scan.user, now),
        _ => Err(Refusal::UnknownScene),
    };
    Ok(Json(opened?))
}
