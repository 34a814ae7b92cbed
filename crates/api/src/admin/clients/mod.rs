//! Clients, with the metadata of RFC 7591 §2.

pub(crate) mod body;
mod delete;
mod get;
mod list;
mod patch;
mod put;
pub(crate) mod registration;
mod rotate_secret;
pub(crate) mod write;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What to say of a client where it is missing.
const WHAT: &str = "client";

/// Puts the folder's operations on their paths.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_clients))
        .routes(routes!(
            get::get_client,
            put::put_client,
            patch::patch_client,
            delete::delete_client
        ))
        .routes(routes!(rotate_secret::rotate_client_secret))
}
