//! The signed-in user's own API, below `/t/{tenant}/account`: a bearer access token with scope `account`. Errors are OAuth's
//! (RFC 6750 §3), each with a `reason` where the client can act on it.

mod caller;
mod encrypt_keys;
mod identities;
mod json;
mod open_data;
mod wechat_session;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The endpoints with their documentation.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(
            identities::list_own_identities,
            identities::link_identity
        ))
        .routes(routes!(open_data::open_data))
        .routes(routes!(wechat_session::wechat_session))
        .routes(routes!(encrypt_keys::wechat_encrypt_keys))
}
