//! Reads the SMS vendor.

use super::body::{VendorAnswer, read};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
};
use axum::Json;

/// Read a tenant's SMS vendor
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/sms",
    tag = "SMS",
    params(TenantPath),
    responses((status = 200, description = "The vendor, without its secrets", body = VendorAnswer))
)]
pub(super) async fn get_sms_vendor(access: TenantAccess) -> Result<Json<VendorAnswer>, Problem> {
    Ok(Json(read(&access).await?))
}
