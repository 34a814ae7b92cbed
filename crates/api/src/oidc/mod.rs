//! The endpoints below `/t/{tenant}`: they parse, call `hufu-oauth` and render; they decide nothing.

pub(crate) mod answer;
mod authorize;
mod authorize_challenge;
mod device_authorization;
mod discovery;
mod error;
mod introspect;
mod jwks;
pub(crate) mod logout;
mod par;
mod register;
mod request;
mod revoke;
pub(crate) mod schema;
mod token;
mod userinfo;
mod visitor;

pub(crate) use error::Refused;
pub(crate) use request::{Authorization, Call};
pub(crate) use visitor::Browser;

use crate::app::App;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The endpoints with their documentation.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(discovery::openid_configuration))
        .routes(routes!(discovery::oauth_authorization_server))
        .routes(routes!(jwks::jwks))
        .routes(routes!(authorize::authorize_get, authorize::authorize_post))
        .routes(routes!(par::par))
        .routes(routes!(logout::logout_get, logout::logout_post))
        .routes(routes!(authorize_challenge::authorize_challenge))
        .routes(routes!(device_authorization::device_authorization))
        .routes(routes!(token::token))
        .routes(routes!(userinfo::userinfo_get, userinfo::userinfo_post))
        .routes(routes!(introspect::introspect))
        .routes(routes!(revoke::revoke))
        .routes(routes!(register::register))
        .routes(routes!(
            register::get_registration,
            register::put_registration,
            register::delete_registration
        ))
}
