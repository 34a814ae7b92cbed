//! Lists users.

use super::body::UserAnswer;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::Json;

/// List a tenant's users
///
/// In the order in which they first signed in or were imported.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/users",
    tag = "Users",
    params(TenantPath, PageQuery),
    responses((status = 200, description = "A page", body = Listing<UserAnswer>))
)]
pub(super) async fn list_users(
    access: TenantAccess,
    page: PageQuery,
) -> Result<Json<Listing<UserAnswer>>, Problem> {
    let users = access.rows().users(&page.check()?).await?;
    Ok(Json(Listing::of(users, Into::into)))
}
