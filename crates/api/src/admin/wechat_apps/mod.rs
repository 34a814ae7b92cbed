//! WeChat apps. A secret is proven by a live call before it is kept, and never shown again.

mod body;
pub(in crate::admin) mod claim;
mod delete;
mod get;
mod keys;
mod list;
mod patch;
mod put;
mod rotate;

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
        .routes(routes!(rotate::rotate_wechat_secret))
}
