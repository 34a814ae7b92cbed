//! A tenant's signing keys. Private keys never leave the server.

mod activate;
mod body;
mod create;
mod delete;
mod list;

pub(super) use create::{generated, make};

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Puts the folder's operations on their paths.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_keys, create::create_key))
        .routes(routes!(delete::delete_key))
        .routes(routes!(activate::activate_key))
}
