//! Disables or enables a user.

use super::{
    WHAT,
    body::{UserAnswer, UserPatch, UserPath, read},
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{JsonBody, Named},
};
use axum::{Json, extract::State};
use hufu_core::{change::Change, id::UserId};
use std::sync::Arc;

/// Disable or enable a user
///
/// Disabling ends all sessions and refresh tokens of the user at once. A user that was merged into another is as if
/// unknown here.
#[utoipa::path(
    patch,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}",
    tag = "Users",
    params(TenantPath, UserPath),
    request_body = UserPatch,
    responses((status = 200, description = "Changed", body = UserAnswer))
)]
pub(super) async fn patch_user(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<UserId>,
    JsonBody(patch): JsonBody<UserPatch>,
) -> Result<Json<UserAnswer>, Problem> {
    let change = Change::UserState(id, patch.status.into());
    access.change(&app, WHAT, change).await?;
    Ok(Json(read(&access, id).await?.into()))
}
