//! Deletes a tenant.

use super::body::TenantPath;
use crate::{
    admin::access::{Caller, PlatformCaller},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{extract::State, http::StatusCode};
use hufu_core::{event::EventKind, tenant::TenantSlug};
use serde_json::json;
use std::sync::Arc;

/// Delete a tenant
///
/// With all that it has: users, clients, WeChat apps, keys, events, and the operator tokens that are limited to it. Its
/// tokens are dead at once. For operators of the whole installation.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}",
    tag = "Tenants",
    params(TenantPath),
    responses((status = 204, description = "Deleted"))
)]
pub(super) async fn delete_tenant(
    State(app): State<Arc<App>>,
    PlatformCaller(caller): PlatformCaller,
    Named(slug): Named<TenantSlug>,
) -> Result<StatusCode, Problem> {
    delete(&app, &caller, &slug).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete(app: &App, caller: &Caller, slug: &TenantSlug) -> Result<(), Problem> {
    let unknown = || Problem::not_found("tenant");
    let access = caller.tenant(app, slug).await?.ok_or_else(unknown)?;
    let detail = json!({"display_name": access.tenant().display_name, "id": access.id().to_string()});
    let event = caller
        .audit(app)
        .event(EventKind::TenantDeleted, slug.as_str(), detail);
    let deleted = app.store.delete_tenant(access.id(), &event).await?;
    app.issuers.forget(slug).await;
    if deleted { Ok(()) } else { Err(unknown()) }
}
