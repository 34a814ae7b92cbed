//! The OpenAPI document, and the page that shows it.
//!
//! Endpoints document themselves, side by side with their handlers; what they have in common is here. The document is
//! committed as `openapi/openapi.json`, and a test holds that copy against this one.

mod inlined;
pub(crate) mod names;
mod page;
pub(crate) mod profile;

use crate::{
    app::{self, App},
    problem::ProblemBody,
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
pub(crate) use inlined::merge;
use std::sync::Arc;
use utoipa::{
    Modify,
    openapi::{
        Components, OpenApi,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// The name of the security scheme of operators' tokens.
pub(crate) const OPERATOR: &str = "operator";

/// The name of the security scheme of users' access tokens.
const ACCESS_TOKEN: &str = "access_token";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Hufu",
        description = "A multi-tenant OAuth 2 and OpenID Connect provider for WeChat mini-programs.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody)),
    modifiers(&Schemes)
)]
struct Header;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An operator's token (`hufu_op_…`): the first by `hufu operator create`, others by POST \
                 /admin/v1/operators.",
            ))
            .build();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "A user's access token, by the tenant's token endpoint, with the scope that the operation names.",
            ))
            .build();
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme(OPERATOR, SecurityScheme::Http(bearer));
        components.add_security_scheme(ACCESS_TOKEN, SecurityScheme::Http(token));
    }
}

/// The document's head, to which endpoints are added.
pub(crate) fn header() -> OpenApi {
    let mut header = <Header as utoipa::OpenApi>::openapi();
    // Who wrote it is the repository's to say.
    header.info.contact = None;
    header
}

/// The whole document.
pub fn document() -> OpenApi {
    app::endpoints().into_openapi()
}

/// The document as it is served and committed: JSON that people can read, with a line's end.
#[expect(
    clippy::missing_panics_doc,
    reason = "a document of strings and numbers is always JSON"
)]
pub fn to_json(document: &OpenApi) -> String {
    let json = document.to_pretty_json();
    json.expect("a document of strings and numbers is JSON") + "\n"
}

/// `/openapi.json` and `/docs`.
pub(crate) fn router(document: &OpenApi) -> Router<Arc<App>> {
    let json = Bytes::from(to_json(document));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &json);
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
    let tag = HeaderValue::from_str(&tag).expect("base64 between quotes is a header's value");
    Router::new()
        .route(
            "/openapi.json",
            get(async move |headers: HeaderMap| serve(&headers, &tag, json)),
        )
        .merge(page::router())
}

fn serve(request: &HeaderMap, tag: &HeaderValue, json: Bytes) -> Response {
    let headers = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ];
    if request.get(header::IF_NONE_MATCH) == Some(tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, json).into_response()
}
