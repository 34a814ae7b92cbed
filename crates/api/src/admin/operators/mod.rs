//! Operators' tokens.

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
        .routes(routes!(list::list_operators, create::create_operator))
        .routes(routes!(delete::revoke_operator))
}
