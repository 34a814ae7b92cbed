//! Removes a client.

use super::{WHAT, body::ClientPath};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{extract::State, http::StatusCode};
use hufu_core::{change::Change, client::ClientId};
use std::sync::Arc;

/// Remove a client
///
/// All grants to it are revoked.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}/clients/{client_id}",
    tag = "Clients",
    params(TenantPath, ClientPath),
    responses((status = 204, description = "Removed"))
)]
pub(super) async fn delete_client(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<ClientId>,
) -> Result<StatusCode, Problem> {
    access.change(&app, WHAT, Change::DeleteClient(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
