//! Creates or replaces a tenant.

use super::body::{TenantAnswer, TenantPath, TenantRequest, Wanted};
use crate::{
    admin::access::{Caller, TenantAccess},
    app::App,
    problem::Problem,
    wire::{JsonBody, New},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::{
    change::Change,
    event::EventKind,
    id::TenantId,
    operator::OperatorScope,
    signing_key::SigningKey,
    tenant::{Tenant, TenantSlug},
};
use serde_json::json;
use std::sync::Arc;

/// Create or replace a tenant
///
/// A new tenant has signing keys of ES256 and RS256 at once; those of other algorithms come with the first client that wants
/// them. Only operators of the whole installation create tenants.
#[utoipa::path(
    put,
    path = "/admin/v1/tenants/{tenant}",
    tag = "Tenants",
    params(TenantPath),
    request_body = TenantRequest,
    responses(
        (status = 200, description = "Replaced", body = TenantAnswer),
        (status = 201, description = "Created", body = TenantAnswer, headers(("Location" = String)))
    )
)]
pub(super) async fn put_tenant(
    State(app): State<Arc<App>>,
    caller: Caller,
    New(slug): New<TenantSlug>,
    JsonBody(request): JsonBody<TenantRequest>,
) -> Result<Response, Problem> {
    let found = caller.tenant(&app, &slug).await?;
    if found.is_none() && caller.scope() != OperatorScope::Platform {
        return Err(Problem::not_found("tenant"));
    }
    let wanted = request.check()?;
    if found.is_none()
        && let Some(created) = create(&app, &caller, &slug, &wanted).await?
    {
        return Ok(created);
    }
    // Where it was missing, someone else has created it just now: then this is the later of two requests.
    let found = match found {
        Some(access) => Some(access),
        None => caller.tenant(&app, &slug).await?,
    };
    let access = found.ok_or_else(|| Problem::not_found("tenant"))?;
    replace(&app, &access, wanted).await
}

async fn replace(app: &App, access: &TenantAccess, wanted: Wanted) -> Result<Response, Problem> {
    let tenant = Tenant {
        display_name: wanted.display_name,
        settings: wanted.settings,
        updated_at: access.now_after(access.tenant().updated_at),
        ..access.tenant().clone()
    };
    let change = Change::Tenant {
        tenant: tenant.clone(),
        based_on: None,
    };
    access.change(app, "tenant", change).await?;
    Ok(Json(TenantAnswer::of(tenant, &app.base_url)).into_response())
}

/// `None` where there is a tenant of that name already.
async fn create(
    app: &Arc<App>,
    caller: &Caller,
    slug: &TenantSlug,
    wanted: &Wanted,
) -> Result<Option<Response>, Problem> {
    let _turn = app.key_turn.lock().await;
    // Whoever had the turn before may have created it.
    if caller.tenant(app, slug).await?.is_some() {
        return Ok(None);
    }
    let now = caller.now();
    let tenant = Tenant {
        id: TenantId::generate(now, &*app.random),
        slug: slug.clone(),
        display_name: wanted.display_name.clone(),
        settings: wanted.settings.clone(),
        created_at: now,
        updated_at: now,
    };
    let keys = first_keys(app.clone(), now, tenant.settings.keys.rotation_period).await?;
    let detail = json!({"display_name": tenant.display_name, "settings": tenant.settings});
    let event = caller
        .audit(app)
        .event(EventKind::TenantCreated, tenant.slug.as_str(), detail);
    if !app.store.create_tenant(&tenant, &keys, &event).await? {
        return Ok(None);
    }
    app.issuers.forget(&tenant.slug).await;
    let location = format!("{}/admin/v1/tenants/{}", app.base_url, tenant.slug);
    let body = Json(TenantAnswer::of(tenant, &app.base_url));
    let created = (StatusCode::CREATED, [(header::LOCATION, location)], body);
    Ok(Some(created.into_response()))
}

async fn first_keys(
    app: Arc<App>,
    now: hufu_core::Instant,
    rotation_period: u32,
) -> Result<Vec<SigningKey>, Problem> {
    crate::admin::keys::generated(move || hufu_oauth::keys::first(now, rotation_period, &*app.random)).await
}
