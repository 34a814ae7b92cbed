//! What the pages' addresses answer: each reads what came, calls the flow, and shows a page or goes on to the next.

mod code;
mod consent;
mod login;
mod me;
mod signup;
mod step;
mod visit;

use crate::app::App;
use axum::{Router, routing::get};
use std::sync::Arc;

pub(crate) use visit::person;

/// The pages below `/t/{tenant}`.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/t/{tenant}/login", get(login::show).post(login::take))
        .route(
            "/t/{tenant}/login/phone",
            get(login::show_phone).post(login::take_phone),
        )
        .route("/t/{tenant}/login/code", get(code::show).post(code::take))
        .route("/t/{tenant}/signup", get(signup::show).post(signup::take))
        .route("/t/{tenant}/consent", get(consent::show).post(consent::take))
        .route("/t/{tenant}/me", get(me::show).post(me::take))
        .route("/t/{tenant}/me/close", get(me::show_close).post(me::take_close))
}
