//! Reads a tenant.

use super::body::{TenantAnswer, TenantPath};
use crate::{admin::access::TenantAccess, app::App, problem::Problem};
use axum::{Json, extract::State};
use std::sync::Arc;

/// Read a tenant
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}",
    tag = "Tenants",
    params(TenantPath),
    responses((status = 200, description = "The tenant", body = TenantAnswer))
)]
pub(super) async fn get_tenant(
    State(app): State<Arc<App>>,
    access: TenantAccess,
) -> Result<Json<TenantAnswer>, Problem> {
    Ok(Json(TenantAnswer::of(access.tenant().clone(), &app.base_url)))
}
