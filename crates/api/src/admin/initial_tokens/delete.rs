//! Takes back a token with which clients register themselves.

use super::body::InitialTokenPath;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{extract::State, http::StatusCode};
use hufu_core::{change::Change, id::InitialTokenId};
use std::sync::Arc;

/// Take back an initial access token
///
/// Clients that it registered stay.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}/initial-access-tokens/{initial_token_id}",
    tag = "Clients",
    params(TenantPath, InitialTokenPath),
    responses((status = 204, description = "Taken back"))
)]
pub(super) async fn delete_initial_token(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<InitialTokenId>,
) -> Result<StatusCode, Problem> {
    access
        .change(&app, "initial access token", Change::DeleteInitialToken(id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
