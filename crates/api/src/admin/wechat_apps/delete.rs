//! Removes a WeChat app.

use super::{body::AppPath, claim::WHAT};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{extract::State, http::StatusCode};
use hufu_core::{change::Change, wechat_app::AppId};
use std::sync::Arc;

/// Remove a WeChat app
///
/// Nobody can sign in through it any more. Identities of the app remain, so that its users are the same ones if it
/// comes back.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}/wechat-apps/{appid}",
    tag = "WeChat apps",
    params(TenantPath, AppPath),
    responses((status = 204, description = "Removed"))
)]
pub(super) async fn delete_wechat_app(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(appid): Named<AppId>,
) -> Result<StatusCode, Problem> {
    access.change(&app, WHAT, Change::DeleteWechatApp(appid)).await?;
    Ok(StatusCode::NO_CONTENT)
}
