//! What the pages' addresses answer: each reads what came, calls the flow, and shows a page or goes on to the next.

mod code;
mod consent;
mod device;
mod login;
mod me;
mod scan;
mod signup;
mod step;
mod visit;

use crate::app::App;
use axum::{
    Router,
    routing::{get, post},
};
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
        .route("/t/{tenant}/login/scan", get(scan::show).post(scan::begin))
        .route("/t/{tenant}/login/scan/image", get(scan::image))
        .route("/t/{tenant}/login/scan/state", get(scan::state))
        .route("/t/{tenant}/login/scan/finish", post(scan::finish))
        .route("/t/{tenant}/login/code", get(code::show).post(code::take))
        .route("/t/{tenant}/signup", get(signup::show).post(signup::take))
        .route("/t/{tenant}/consent", get(consent::show).post(consent::take))
        .route("/t/{tenant}/device", get(device::show).post(device::take))
        .route(
            "/t/{tenant}/device/confirm",
            get(device::show_question).post(device::decide),
        )
        .route("/t/{tenant}/device/allowed", get(device::show_allowed))
        .route("/t/{tenant}/device/denied", get(device::show_denied))
        .route("/t/{tenant}/me", get(me::show).post(me::take))
        .route("/t/{tenant}/me/close", get(me::show_close).post(me::take_close))
}
