//! A user's identities.

use super::body::{UserPath, read};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::{Listing, Named},
};
use axum::Json;
use chrono::{DateTime, Utc};
use hufu_core::{
    id::UserId,
    identity::{Identity, OpenId, UnionId},
    wechat_app::{AppId, UnionScope},
};
use serde::Serialize;
use utoipa::ToSchema;

/// One proven way to be a user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(super) struct IdentityAnswer {
    /// The identity's id.
    id: String,
    /// What kind of identity: `wechat`.
    kind: &'static str,
    /// In which app.
    #[schema(value_type = String)]
    wechat_appid: AppId,
    /// Who, in that app.
    #[schema(value_type = String)]
    wechat_openid: OpenId,
    /// Who, in the app's open-platform account, where WeChat told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    wechat_unionid: Option<UnionId>,
    /// The open-platform account inside which the unionid has meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    union_scope: Option<UnionScope>,
    /// When it was first proven.
    created_at: DateTime<Utc>,
}

impl From<Identity> for IdentityAnswer {
    fn from(identity: Identity) -> Self {
        Self {
            id: identity.id.to_string(),
            kind: "wechat",
            wechat_appid: identity.wechat.appid,
            wechat_openid: identity.wechat.openid,
            wechat_unionid: identity.wechat.unionid,
            union_scope: identity.wechat.union_scope,
            created_at: identity.created_at,
        }
    }
}

/// List a user's identities
///
/// Oldest first, at most 100.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}/identities",
    tag = "Users",
    params(TenantPath, UserPath),
    responses((status = 200, description = "All of them", body = Listing<IdentityAnswer>))
)]
pub(super) async fn list_identities(
    access: TenantAccess,
    Named(id): Named<UserId>,
) -> Result<Json<Listing<IdentityAnswer>>, Problem> {
    let user = read(&access, id).await?;
    let identities = access.rows().identities(user.id).await?;
    Ok(Json(Listing::whole(identities, Into::into)))
}
