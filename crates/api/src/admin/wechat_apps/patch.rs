//! Changes parts of a WeChat app.

use super::{
    body::{AppPath, WechatAppAnswer, WechatAppPatch},
    claim::{Transfer, claim, current, read},
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{Named, PatchBody},
};
use axum::{Json, extract::State};
use hufu_core::wechat_app::AppId;
use std::sync::Arc;

/// Change parts of a WeChat app
///
/// A JSON merge patch (RFC 7396). Whatever is patched, the secret that is kept then is proven by a live call first. What
/// somebody else changes meanwhile is not overwritten: 409.
#[utoipa::path(
    patch,
    path = "/admin/v1/tenants/{tenant}/wechat-apps/{appid}",
    tag = "WeChat apps",
    params(TenantPath, AppPath),
    request_body(content = WechatAppPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed", body = WechatAppAnswer))
)]
pub(super) async fn patch_wechat_app(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(appid): Named<AppId>,
    patch: PatchBody,
) -> Result<Json<WechatAppAnswer>, Problem> {
    let current = current(&access, &appid).await?;
    let based_on = Some(current.updated_at);
    let wanted = patch
        .apply_to(&WechatAppPatch::of(&current))?
        .check(current, app.wechat.as_ref())?;
    claim(&app, &access, wanted, Transfer::Refused, based_on).await?;
    Ok(Json(read(&app, &access, &appid).await?))
}
