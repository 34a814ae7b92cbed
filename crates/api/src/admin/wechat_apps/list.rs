//! Lists WeChat apps.

use super::body::WechatAppAnswer;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// List a tenant's WeChat apps
///
/// In the order of their appids.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/wechat-apps",
    tag = "WeChat apps",
    params(TenantPath, PageQuery),
    responses((status = 200, description = "A page", body = Listing<WechatAppAnswer>))
)]
pub(super) async fn list_wechat_apps(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    page: PageQuery,
) -> Result<Json<Listing<WechatAppAnswer>>, Problem> {
    let apps = access.rows().wechat_apps(&page.check()?).await?;
    Ok(Json(Listing::of(apps, |found| {
        WechatAppAnswer::of(found, &app.base_url)
    })))
}
