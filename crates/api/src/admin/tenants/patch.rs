//! Changes parts of a tenant.

use super::body::{TenantAnswer, TenantPath, TenantRequest};
use crate::{admin::access::TenantAccess, app::App, problem::Problem, wire::PatchBody};
use axum::{Json, extract::State};
use hufu_core::{change::Change, tenant::Tenant};
use std::sync::Arc;

/// Change parts of a tenant
///
/// A JSON merge patch (RFC 7396): what is left out stays, `null` restores the default.
#[utoipa::path(
    patch,
    path = "/admin/v1/tenants/{tenant}",
    tag = "Tenants",
    params(TenantPath),
    request_body(content = TenantRequest, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed", body = TenantAnswer))
)]
pub(super) async fn patch_tenant(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    patch: PatchBody,
) -> Result<Json<TenantAnswer>, Problem> {
    let current = access.tenant();
    let wanted = patch.apply_to(&TenantRequest::from(current))?.check()?;
    let tenant = Tenant {
        display_name: wanted.display_name,
        settings: wanted.settings,
        updated_at: access.now_after(current.updated_at),
        ..current.clone()
    };
    let change = Change::Tenant {
        tenant: tenant.clone(),
        based_on: Some(current.updated_at),
    };
    access.change(&app, "tenant", change).await?;
    Ok(Json(TenantAnswer::of(tenant, &app.base_url)))
}
