//! Lists clients.

use super::body::ClientAnswer;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::Json;

/// List a tenant's clients
///
/// In the order of their ids.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/clients",
    tag = "Clients",
    params(TenantPath, PageQuery),
    responses((status = 200, description = "A page", body = Listing<ClientAnswer>))
)]
pub(super) async fn list_clients(
    access: TenantAccess,
    page: PageQuery,
) -> Result<Json<Listing<ClientAnswer>>, Problem> {
    let clients = access.rows().clients(&page.check()?).await?;
    Ok(Json(Listing::of(clients, |client| {
        ClientAnswer::of(client, None)
    })))
}
