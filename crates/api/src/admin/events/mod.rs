//! Audit events: of each tenant, and of the platform.

mod body;
mod list;
mod list_platform;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Puts the folder's operations on their paths.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_events))
        .routes(routes!(list_platform::list_platform_events))
}
