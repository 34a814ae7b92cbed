//! The stylesheet and the script of all pages: in the binary, under names that change with their content, so that browsers keep
//! them for good.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::{fmt::Write, sync::LazyLock};

const CSS: &str = concat!(
    include_str!("assets/hufu.css"),
    "\n",
    include_str!("assets/parts.css")
);
const JS: &str = include_str!("assets/hufu.js");

/// The stylesheet's name.
pub(super) static CSS_NAME: LazyLock<String> = LazyLock::new(|| named(CSS, "css"));
/// The script's name.
pub(super) static JS_NAME: LazyLock<String> = LazyLock::new(|| named(JS, "js"));

fn named(content: &str, extension: &str) -> String {
    let hash = digest(&SHA256, content.as_bytes());
    let mut name = "hufu.".to_owned();
    for byte in &hash.as_ref()[..8] {
        write!(name, "{byte:02x}").expect("a string takes everything");
    }
    name + "." + extension
}

/// The path of the stylesheet.
pub(super) fn css_path() -> String {
    format!("/assets/{}", *CSS_NAME)
}

/// The path of the script.
pub(super) fn js_path() -> String {
    format!("/assets/{}", *JS_NAME)
}

/// `GET /assets/{file}`. A name of another version is not found: a page that asks for it is older than this server.
pub(super) async fn asset(Path(file): Path<String>) -> Response {
    let (kind, content) = match file {
        file if file == *CSS_NAME => ("text/css; charset=utf-8", CSS),
        file if file == *JS_NAME => ("text/javascript; charset=utf-8", JS),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, content).into_response()
}
