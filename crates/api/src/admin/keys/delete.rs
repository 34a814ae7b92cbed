//! Removes a signing key.

use super::body::KeyPath;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{extract::State, http::StatusCode};
use hufu_core::{change::Change, signing_key::KeyId};
use std::sync::Arc;

/// Remove a signing key at once
///
/// All tokens that it signed are dead: for a key that leaked. The key that signs now is refused (`key-active`): make
/// its successor first. So is a successor that will sign by itself; one that waits to be told can go.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}/keys/{kid}",
    tag = "Signing keys",
    params(TenantPath, KeyPath),
    responses((status = 204, description = "Removed"))
)]
pub(super) async fn delete_key(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(kid): Named<KeyId>,
) -> Result<StatusCode, Problem> {
    access.change(&app, "key", Change::DeleteKey(kid)).await?;
    Ok(StatusCode::NO_CONTENT)
}
