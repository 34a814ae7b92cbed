//! What WeChat itself calls: the message push of an app, whichever tenant has it.

mod push;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The endpoints with their documentation.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(push::check_push_url, push::receive_push))
}
