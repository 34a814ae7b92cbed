//! The tenant's public keys (RFC 7517 §5).

use super::{request::Call, schema};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use hufu_core::signing_key::JWKS_MAX_AGE;

/// Read the keys to check tokens with
///
/// A new key stands here at least twice as long as the answer may be cached before it signs anything.
#[utoipa::path(
    get,
    path = "/t/{tenant}/jwks",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The JWK Set", body = schema::Jwks),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away", body = schema::OAuthError),
    )
)]
pub(super) async fn jwks(call: Call) -> Response {
    let cache = format!("public, max-age={JWKS_MAX_AGE}");
    let headers = [
        (header::CACHE_CONTROL, cache.as_str()),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, Json(call.issuer.jwks(call.now))).into_response()
}
