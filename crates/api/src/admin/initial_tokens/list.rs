//! Lists tokens with which clients register themselves.

use super::body::InitialTokenAnswer;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::Json;

/// List initial access tokens
///
/// In the order of their creation, used up ones too.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/initial-access-tokens",
    tag = "Clients",
    params(TenantPath, PageQuery),
    responses((status = 200, description = "A page", body = Listing<InitialTokenAnswer>))
)]
pub(super) async fn list_initial_tokens(
    access: TenantAccess,
    page: PageQuery,
) -> Result<Json<Listing<InitialTokenAnswer>>, Problem> {
    let tokens = access.rows().initial_tokens(&page.check()?).await?;
    Ok(Json(Listing::of(tokens, |token| {
        InitialTokenAnswer::of(&token, None)
    })))
}
