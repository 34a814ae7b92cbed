//! Tokens with which clients register themselves.

mod body;
mod create;
mod delete;
mod list;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Puts the folder's operations on their paths.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_initial_tokens, create::create_initial_token))
        .routes(routes!(delete::delete_initial_token))
}
