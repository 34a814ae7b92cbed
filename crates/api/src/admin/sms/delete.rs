//! Removes the SMS vendor.

use super::WHAT;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
};
use axum::{extract::State, http::StatusCode};
use hufu_core::change::Change;
use std::sync::Arc;

/// Remove a tenant's SMS vendor
///
/// No codes are sent any more, and its secrets are gone. Codes that were sent already stay good.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}/sms",
    tag = "SMS",
    params(TenantPath),
    responses((status = 204, description = "Removed"))
)]
pub(super) async fn delete_sms_vendor(
    State(app): State<Arc<App>>,
    access: TenantAccess,
) -> Result<StatusCode, Problem> {
    access.change(&app, WHAT, Change::DeleteSmsVendor).await?;
    Ok(StatusCode::NO_CONTENT)
}
