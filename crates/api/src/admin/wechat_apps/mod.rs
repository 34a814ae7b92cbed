//! WeChat apps. A secret is proven by a live call before it is kept, and never shown again.

mod body;
mod claim;
mod delete;
mod get;
mod list;
mod patch;
mod put;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Puts the folder's operations on their paths.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_wechat_apps))
        .routes(routes!(
            get::get_wechat_app,
            put::put_wechat_app,
            patch::patch_wechat_app,
            delete::delete_wechat_app
        ))
}
