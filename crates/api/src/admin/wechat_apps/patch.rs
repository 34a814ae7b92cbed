//! Changes parts of a WeChat app.

use super::{
    body::{AppPath, WechatAppAnswer, WechatAppPatch},
    claim::{Transfer, WHAT, claim, read},
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
/// A JSON merge patch (RFC 7396). Whatever is patched, the secret that is kept then is proven by a live call first: so
/// a secret that was replaced meanwhile is not restored.
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
    let found = access.rows().wechat_app(&appid).await?;
    let current = found.ok_or_else(|| Problem::not_found(WHAT))?;
    let wanted = patch.apply_to(&WechatAppPatch::of(&current))?.check(current)?;
    claim(&app, &access, wanted, Transfer::Refused).await?;
    Ok(Json(read(&access, &appid).await?))
}
