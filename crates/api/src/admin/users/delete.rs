//! Deletes a user.

use super::{WHAT, body::UserPath};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{extract::State, http::StatusCode};
use hufu_core::{change::Change, id::UserId};
use std::sync::Arc;

/// Delete a user
///
/// With its identities, sessions and grants. The same person signing in again becomes a new user.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}",
    tag = "Users",
    params(TenantPath, UserPath),
    responses((status = 204, description = "Deleted"))
)]
pub(super) async fn delete_user(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<UserId>,
) -> Result<StatusCode, Problem> {
    access.change(&app, WHAT, Change::DeleteUser(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
