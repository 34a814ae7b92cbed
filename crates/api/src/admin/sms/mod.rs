//! The SMS vendor of a tenant: one at most. Its secrets are kept sealed, and never shown again.

mod body;
mod delete;
mod get;
mod put;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What to say of a vendor where it is missing.
const WHAT: &str = "SMS vendor";

/// Puts the folder's operations on their path.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(
        get::get_sms_vendor,
        put::put_sms_vendor,
        delete::delete_sms_vendor
    ))
}
