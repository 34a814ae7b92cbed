//! `/docs`: Swagger UI out of the binary. It loads nothing from another host, and its policy would not let it.

use crate::{app::App, server::Family};
use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// Only what this server serves; pictures also from within its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page and its parts.
pub(super) fn router() -> Router<Arc<App>> {
    // Without a word about it, the page would ask a validator on another host about the document.
    let config = Arc::new(Config::from("/openapi.json").validator_url("none"));
    let index = config.clone();
    Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async move || part("index.html", index)))
        .route(
            "/docs/{part}",
            get(async move |Path(name): Path<String>| part(&name, config)),
        )
}

fn part(name: &str, config: Arc<Config<'static>>) -> Response {
    let Ok(Some(file)) = utoipa_swagger_ui::serve(name, config) else {
        return Family::Administration.not_found();
    };
    let policy = HeaderValue::from_static(POLICY);
    let headers = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CACHE_CONTROL, "public, max-age=3600".to_owned()),
    ];
    (
        [(header::CONTENT_SECURITY_POLICY, policy)],
        headers,
        file.bytes.into_owned(),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn served(name: &str) -> String {
        let config = Arc::new(Config::from("/openapi.json").validator_url("none"));
        let body = part(name, config).into_body();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_page_names_no_other_host() {
        for name in ["index.html", "swagger-initializer.js", "index.css"] {
            let text = served(name).await;
            assert!(!text.is_empty());
            for scheme in ["http://", "https://", "src=\"//", "href=\"//"] {
                assert!(!text.contains(scheme), "{name}: {text}");
            }
        }
        assert!(served("swagger-initializer.js").await.contains("/openapi.json"));
    }

    #[tokio::test]
    async fn the_page_needs_no_inline_script() {
        let page = served("index.html").await;
        for script in page.split("<script").skip(1) {
            assert!(script.trim_start().starts_with("src="), "{page}");
        }
    }
}
