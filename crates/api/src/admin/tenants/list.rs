//! Lists tenants.

use super::body::TenantAnswer;
use crate::{
    admin::access::PlatformCaller,
    app::App,
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// List tenants
///
/// In the order of their names. For operators of the whole installation.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants",
    tag = "Tenants",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Listing<TenantAnswer>))
)]
pub(super) async fn list_tenants(
    State(app): State<Arc<App>>,
    _: PlatformCaller,
    page: PageQuery,
) -> Result<Json<Listing<TenantAnswer>>, Problem> {
    let tenants = app.store.tenants(&page.check()?).await?;
    Ok(Json(Listing::of(tenants, |tenant| {
        TenantAnswer::of(tenant, &app.base_url)
    })))
}
