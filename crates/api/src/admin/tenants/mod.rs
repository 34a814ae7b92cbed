//! Tenants.

mod body;
mod delete;
mod get;
mod list;
mod patch;
mod put;
mod settings;

pub(super) use body::TenantPath;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Puts the folder's operations on their paths.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_tenants))
        .routes(routes!(
            get::get_tenant,
            put::put_tenant,
            patch::patch_tenant,
            delete::delete_tenant
        ))
}
