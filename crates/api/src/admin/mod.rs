//! The endpoints below `/admin/v1`: one folder a resource, one file a verb, with its request, its answer and its
//! documentation side by side.
//!
//! A handler cannot forget who may do what: the only way to a tenant's rows is [`access::TenantAccess`], which checked
//! the operator's token. Nor can it forget the audit: a change goes through [`access::TenantAccess::change`].
//!
//! To add an operation: a file with a handler, and a line in its folder's `routes`.

mod access;
pub(crate) mod clients;
mod documentation;
mod events;
mod initial_tokens;
mod keys;
mod operators;
mod sms;
mod tenants;
mod users;
mod wechat_apps;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// The endpoints with their documentation.
pub fn router() -> OpenApiRouter<Arc<App>> {
    let mut router = OpenApiRouter::default()
        .merge(tenants::routes())
        .merge(wechat_apps::routes())
        .merge(clients::routes())
        .merge(sms::routes())
        .merge(users::routes())
        .merge(initial_tokens::routes())
        .merge(keys::routes())
        .merge(events::routes())
        .merge(operators::routes());
    documentation::complete(router.get_openapi_mut());
    router
}
