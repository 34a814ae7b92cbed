//! The pages that people see: plain HTML forms that work without JavaScript, in Chinese and English.
//!
//! | module | owns |
//! | --- | --- |
//! | `views` | one type a page: all that its template may show |
//! | `texts` | what the pages say, in both languages |
//! | `frame` | what stands around every page: the tenant's look, the languages |
//! | `render` | templates and their engine |
//! | `answer` | a page as an HTTP answer: headers, above all the content security policy |
//! | `handlers` | what the pages' addresses answer |
//! | `brand` | a tenant's colour, made readable, as a stylesheet |
//! | `assets` | the stylesheet and the script that all pages share |
//!
//! A page is a struct in `views` with a `sample`, a template of its name in `templates`, its texts in `texts`, and a line in
//! `tests::every_page`. Everything else about it is tested there: that nothing unescaped gets through, that every form is
//! posted and carries its CSRF token, that every input has a label.

mod answer;
mod assets;
mod brand;
mod frame;
mod handlers;
mod render;
mod texts;
mod views;

#[cfg(test)]
mod tests;

pub(crate) use answer::page;
pub(crate) use frame::{Frame, asked_for};
pub(crate) use handlers::person;
pub(crate) use views::browser_name;
pub(crate) use views::{ErrorKind, ErrorPage, Form, FormPost, Logout, SignedOut};

use crate::app::App;
use axum::{Router, response::Response, routing::get};
use std::sync::Arc;

/// What all pages share: stylesheets and the script.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/assets/{file}", get(assets::asset))
        .route("/t/{tenant}/brand.css", get(brand::stylesheet))
        .merge(handlers::router())
}

/// The pages' first segments below `/t/{tenant}/`.
const PAGES: [&str; 7] = [
    "authorize",
    "consent",
    "device",
    "login",
    "logout",
    "me",
    "signup",
];

/// Whether pages are at a path.
pub(crate) fn is_at(path: &str) -> bool {
    let below = path.strip_prefix("/t/").and_then(|rest| rest.split_once('/'));
    below.is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|first| PAGES.contains(&first)))
}

/// The page for an error. `said` is for an application's developer.
pub(crate) fn error(frame: &Frame, kind: ErrorKind, said: Option<&str>) -> Response {
    answer::page(kind.status(), frame, &ErrorPage::new(frame, kind, said))
}
