//! Undoes a merge.

use super::body::{UserAnswer, UserPath, read};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{Json, extract::State};
use hufu_core::{change::Change, id::UserId};
use std::sync::Arc;

/// Undo a merge
///
/// Of a user that went into another by proof of both sides: it is a user again, with those of its identities that are
/// still there. Both sign in anew. For thirty days after the merge; not where one of the two would be left without an
/// identity.
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}/unmerge",
    tag = "Users",
    params(TenantPath, UserPath),
    responses((status = 200, description = "The user, as it is again", body = UserAnswer))
)]
pub(super) async fn unmerge_user(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<UserId>,
) -> Result<Json<UserAnswer>, Problem> {
    access.change(&app, "merge to undo", Change::Unmerge(id)).await?;
    Ok(Json(read(&access, id).await?.into()))
}
