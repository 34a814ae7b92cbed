//! The device authorization endpoint (RFC 8628 §3.1).

use super::{
    error::Refused,
    request::{Authorization, Call, FormBody},
    schema,
};
use axum::{
    Json,
    http::{HeaderName, header},
};
use hufu_oauth::device::{self, DeviceResponse};

/// Begin on a device without a browser
///
/// The client authenticates as at the token endpoint. The device shows `user_code` and `verification_uri`, or
/// `verification_uri_complete` as a QR code; then it asks at the token endpoint with `device_code`, each time `interval` seconds after
/// the last, until somebody has let it in or not (RFC 8628).
#[utoipa::path(
    post,
    path = "/t/{tenant}/device_authorization",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = schema::DeviceRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The codes", body = schema::DeviceResponse),
        (status = 400, description = "The request is not acceptable", body = schema::OAuthError),
        (status = 401, description = "The client is not who it says", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 429, description = "A public client's address has begun too many; see `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn device_authorization(
    call: Call,
    authorization: Authorization,
    FormBody(form): FormBody,
) -> Result<([(HeaderName, &'static str); 1], Json<DeviceResponse>), Refused> {
    let response = device::begin(&call.context(), &form, authorization.value()).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(response)))
}
