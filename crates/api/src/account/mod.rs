//! The signed-in user's own API, below `/t/{tenant}/account`: a bearer access token with scope `account`. Errors are OAuth's
//! (RFC 6750 §3), each with a `reason` where the client can act on it.

mod caller;
mod close;
mod consents;
mod encrypt_keys;
mod export;
mod identities;
mod json;
mod link;
mod open_data;
mod password;
mod profile;
mod scan;
mod sessions;
mod unlink;
mod wechat_session;

pub(crate) use caller::Caller;
pub(crate) use export::export;
pub(crate) use scan::network;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The endpoints with their documentation.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(
            profile::own_account,
            profile::update_own_account,
            profile::post_own_account
        ))
        .routes(routes!(password::set_own_password))
        .routes(routes!(
            sessions::list_own_sessions,
            sessions::end_other_own_sessions
        ))
        .routes(routes!(sessions::end_own_session))
        .routes(routes!(consents::list_own_consents, consents::record_own_consent))
        .routes(routes!(export::export_own_account))
        .routes(routes!(close::close_own_account))
        .routes(routes!(identities::list_own_identities, link::link_identity))
        .routes(routes!(unlink::unlink_identity))
        .routes(routes!(open_data::open_data))
        .routes(routes!(wechat_session::wechat_session))
        .routes(routes!(scan::read_scan))
        .routes(routes!(scan::decide_scan))
        .routes(routes!(encrypt_keys::wechat_encrypt_keys))
}
