//! Lists signing keys.

use super::body::KeyAnswer;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::Listing,
};
use axum::Json;
use hufu_core::signing_key::state;

/// List a tenant's signing keys
///
/// All that are in the JWKS, oldest first.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/keys",
    tag = "Signing keys",
    params(TenantPath),
    responses((status = 200, description = "All of them", body = Listing<KeyAnswer>))
)]
pub(super) async fn list_keys(access: TenantAccess) -> Result<Json<Listing<KeyAnswer>>, Problem> {
    let keys = access.rows().signing_keys(access.now()).await?;
    Ok(Json(Listing::whole(keys.iter().collect(), |key| {
        KeyAnswer::of(key, state(&keys, key, access.now()))
    })))
}
