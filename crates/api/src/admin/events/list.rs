//! Lists a tenant's events.

use super::body::EventAnswer;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::Json;

/// List a tenant's audit events
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/events",
    tag = "Events",
    params(TenantPath, PageQuery),
    responses((status = 200, description = "A page", body = Listing<EventAnswer>))
)]
pub(super) async fn list_events(
    access: TenantAccess,
    page: PageQuery,
) -> Result<Json<Listing<EventAnswer>>, Problem> {
    let events = access.rows().events(&page.check()?).await?;
    Ok(Json(Listing::of(events, Into::into)))
}
