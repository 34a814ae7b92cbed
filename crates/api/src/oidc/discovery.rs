//! Discovery (OpenID Connect Discovery 1.0 §4) and RFC 8414 §3: one document at two addresses.

use super::{request::Call, schema};
use axum::{
    Json,
    http::{HeaderName, header},
};
use hufu_oauth::metadata::Metadata;

/// Metadata changes with releases only; an hour is what clients commonly keep it.
const CACHE: [(HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "public, max-age=3600"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
];

/// Read the metadata, where OpenID Connect looks for it
#[utoipa::path(
    get,
    path = "/t/{tenant}/.well-known/openid-configuration",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The metadata", body = schema::Metadata),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away", body = schema::OAuthError),
    )
)]
pub(super) async fn openid_configuration(call: Call) -> ([(HeaderName, &'static str); 2], Json<Metadata>) {
    (CACHE, Json(Metadata::of(&call.issuer)))
}

/// Read the metadata, where RFC 8414 looks for it
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server/t/{tenant}",
    tag = "Issuer",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "The metadata", body = schema::Metadata),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away", body = schema::OAuthError),
    )
)]
pub(super) async fn oauth_authorization_server(
    call: Call,
) -> ([(HeaderName, &'static str); 2], Json<Metadata>) {
    (CACHE, Json(Metadata::of(&call.issuer)))
}
