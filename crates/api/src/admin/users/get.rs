//! Reads a user.

use super::body::{UserAnswer, UserPath, read};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::Named,
};
use axum::Json;
use hufu_core::id::UserId;

/// Read a user
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}",
    tag = "Users",
    params(TenantPath, UserPath),
    responses((status = 200, description = "The user", body = UserAnswer))
)]
pub(super) async fn get_user(
    access: TenantAccess,
    Named(id): Named<UserId>,
) -> Result<Json<UserAnswer>, Problem> {
    Ok(Json(read(&access, id).await?.into()))
}
