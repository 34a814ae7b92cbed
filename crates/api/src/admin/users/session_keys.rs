//! Replaces a user's WeChat session keys.

use super::{
    WHAT,
    body::{UserPath, read},
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath, wechat_apps::claim::refused},
    app::App,
    problem::{Problem, ProblemBody},
    wire::Named,
};
use axum::{Json, extract::State};
use hufu_core::{
    change::Change,
    connector::Fate,
    id::{IdentityId, UserId},
    wechat_session::KeptKey,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How many session keys were replaced.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionKeysReset)]
pub(super) struct ResetAnswer {
    /// One for each of the user's WeChat identities whose key was kept and still valid.
    reset: usize,
}

/// Replace a user's WeChat session keys
///
/// Where a session key may have leaked: WeChat replaces it (`resetusersessionkey`), the old one opens and signs nothing any
/// more, and the new one is kept; one that is dead already is forgotten. The user stays signed in. Where the tenant keeps no session keys, there is nothing to reset.
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}/wechat-session-keys/reset",
    tag = "Users",
    params(TenantPath, UserPath),
    responses(
        (status = 200, description = "Replaced", body = ResetAnswer),
        (status = 422, description = "WeChat refuses the app's credential", body = ProblemBody)
    )
)]
pub(super) async fn reset_session_keys(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<UserId>,
) -> Result<Json<ResetAnswer>, Problem> {
    let user = read(&access, id).await?.id;
    let (mut keys, mut dead) = (Vec::new(), Vec::new());
    for identity in access.rows().identities(user).await? {
        let Some(wechat) = identity.wechat() else { continue };
        let Some(kept) = access.rows().session_keys(identity.id).await? else {
            continue;
        };
        let Some(wechat_app) = access.rows().wechat_app(&wechat.appid).await? else {
            continue;
        };
        let old = kept.current.key;
        match app
            .wechat
            .reset_session_key(&wechat_app.credential, &wechat.openid, &old)
            .await
        {
            Ok(key) => keys.push((
                identity.id,
                KeptKey {
                    key,
                    obtained_at: access.now(),
                },
            )),
            // Dead already, or its person is: nobody may forge anything by it here either.
            Err(error) if matches!(error.fate, Fate::Rejected(_) | Fate::Denied(_)) => dead.push(identity.id),
            // What WeChat has replaced so far must be kept before anyone is told.
            Err(error) => {
                keep(&app, &access, user, keys, dead).await?;
                return Err(refused(&error));
            }
        }
    }
    let reset = keys.len();
    keep(&app, &access, user, keys, dead).await?;
    Ok(Json(ResetAnswer { reset }))
}

async fn keep(
    app: &App,
    access: &TenantAccess,
    user: UserId,
    keys: Vec<(IdentityId, KeptKey)>,
    dead: Vec<IdentityId>,
) -> Result<(), Problem> {
    if !keys.is_empty() || !dead.is_empty() {
        access
            .change(app, WHAT, Change::SessionKeysReset { user, keys, dead })
            .await?;
    }
    Ok(())
}
