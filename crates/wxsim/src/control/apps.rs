//! Apps and the open-platform accounts that they are bound to.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::json::{Json, Problem};
use crate::server::Server;
use crate::world::{App, AppChange, AppSpec};

/// An app's credentials.
#[derive(Serialize)]
pub(super) struct Credentials {
    appid: String,
    secret: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_secret: Option<String>,
}

impl From<App> for Credentials {
    fn from(app: App) -> Self {
        Self {
            appid: app.id().to_owned(),
            secret: app.secret().to_owned(),
            next_secret: app.next_secret().map(str::to_owned),
        }
    }
}

/// `POST apps`
pub(super) async fn create(
    State(server): State<Arc<Server>>,
    Json(spec): Json<AppSpec>,
) -> Result<(StatusCode, Json<Credentials>), Problem> {
    let app = server.world().create_app(spec)?;
    Ok((StatusCode::CREATED, Json(app.into())))
}

/// `PATCH apps/{appid}`
pub(super) async fn change(
    State(server): State<Arc<Server>>,
    Path(appid): Path<String>,
    Json(change): Json<AppChange>,
) -> Result<Json<Credentials>, Problem> {
    let app = server.world().change_app(&appid, change)?;
    Ok(Json(app.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOpenAccount {
    id: Option<String>,
}

#[derive(Serialize)]
pub(super) struct OpenAccountId {
    id: String,
}

/// `POST open-accounts`; without an `id` it gets one.
pub(super) async fn create_open_account(
    State(server): State<Arc<Server>>,
    Json(new): Json<NewOpenAccount>,
) -> Result<(StatusCode, Json<OpenAccountId>), Problem> {
    let account = match new.id {
        Some(id) => server.world().create_open_account(&id)?,
        None => server.world().create_nameless_open_account(),
    };
    Ok((
        StatusCode::CREATED,
        Json(OpenAccountId {
            id: account.id().to_owned(),
        }),
    ))
}
