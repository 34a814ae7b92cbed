//! Sets the SMS vendor.

use super::{
    WHAT,
    body::{VendorAnswer, VendorRequest, read},
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::JsonBody,
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::{
    change::{Change, Changed},
    store::KeptSmsVendor,
};
use std::sync::Arc;

/// Set a tenant's SMS vendor
///
/// Codes are sent through it from the next one on. Nothing is sent to prove it: a refusal by the vendor is the event
/// `sms_vendor.misconfigured`, which says what to mend.
#[utoipa::path(
    put,
    path = "/admin/v1/tenants/{tenant}/sms",
    tag = "SMS",
    params(TenantPath),
    request_body = VendorRequest,
    responses(
        (status = 200, description = "Replaced", body = VendorAnswer),
        (status = 201, description = "Set", body = VendorAnswer, headers(("Location" = String)))
    )
)]
pub(super) async fn put_sms_vendor(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    JsonBody(request): JsonBody<VendorRequest>,
) -> Result<Response, Problem> {
    let vendor = request.check(&app.sms_outlets)?;
    let kept = KeptSmsVendor {
        vendor,
        created_at: access.now(),
        updated_at: access.now(),
    };
    let changed = access.change(&app, WHAT, Change::SmsVendor(kept)).await?;
    let body = Json(read(&access).await?);
    if changed != Changed::Created {
        return Ok(body.into_response());
    }
    let location = format!("{}/admin/v1/tenants/{}/sms", app.base_url, access.tenant().slug);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
}
