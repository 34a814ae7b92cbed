//! Users, their identities and their sessions. Users come by signing in, or are imported from another product.

mod body;
mod delete;
mod get;
mod identities;
mod import;
mod list;
mod patch;
mod session_keys;
mod sessions;
mod unmerge;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What to say of a user where it is missing.
const WHAT: &str = "user";

/// Puts the folder's operations on their paths.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_users, import::import_user))
        .routes(routes!(get::get_user, patch::patch_user, delete::delete_user))
        .routes(routes!(identities::list_identities))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::end_session))
        .routes(routes!(unmerge::unmerge_user))
        .routes(routes!(session_keys::reset_session_keys))
}
