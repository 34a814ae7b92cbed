//! Reads a WeChat app.

use super::{
    body::{AppPath, WechatAppAnswer},
    claim::read,
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::Named,
};
use axum::{Json, extract::State};
use hufu_core::wechat_app::AppId;
use std::sync::Arc;

/// Read a WeChat app
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/wechat-apps/{appid}",
    tag = "WeChat apps",
    params(TenantPath, AppPath),
    responses((status = 200, description = "The WeChat app, without its secret", body = WechatAppAnswer))
)]
pub(super) async fn get_wechat_app(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(appid): Named<AppId>,
) -> Result<Json<WechatAppAnswer>, Problem> {
    Ok(Json(read(&app, &access, &appid).await?))
}
