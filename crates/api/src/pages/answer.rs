//! A page as an HTTP answer. The headers are the same for all; what the content security policy allows beside this server itself,
//! each page says.

use super::{
    frame::Frame,
    render::{self, Page, Sources},
};
use crate::server::{language, request_id};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::{Host, Url};

/// Renders a page and gives it its headers.
pub(crate) fn page<P: Page>(status: StatusCode, frame: &Frame, page: &P) -> Response {
    let html = match render::html(frame, page) {
        Ok(html) => html,
        Err(error) => {
            let template = P::TEMPLATE;
            tracing::error!(%error, template, request.id = request_id::current(), "a page could not be rendered");
            return (
                StatusCode::INTERNAL_SERVER_ERROR,
                "A defect of Hufu; its log says more.",
            )
                .into_response();
        }
    };
    let mut sources = page.sources();
    sources.pictures.extend(frame.logo.clone());
    let headers: [(HeaderName, HeaderValue); 7] = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CONTENT_SECURITY_POLICY, policy(&sources)),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(frame.locale.as_str()),
        ),
        (
            header::VARY,
            HeaderValue::from_static("accept, accept-language, cookie"),
        ),
    ];
    let mut response = (status, headers, html).into_response();
    if frame.is_chosen() {
        let cookie = language::remembered(frame.locale);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The content security policy.
fn policy(sources: &Sources) -> HeaderValue {
    let list = |uris: &[String]| {
        let mut allowed: Vec<_> = uris.iter().filter_map(|uri| source(uri)).collect();
        allowed.sort_unstable();
        allowed.dedup();
        allowed.iter().fold(String::new(), |list, one| list + " " + one)
    };
    let mut policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:{}; form-action 'self'{}; \
         frame-ancestors 'none'; base-uri 'none'",
        list(&sources.pictures),
        list(&sources.targets)
    );
    if sources.asks {
        policy.push_str("; connect-src 'self'");
    }
    HeaderValue::from_str(&policy).expect("schemes, hosts and ports are visible ASCII")
}

/// What stands for a URI in a policy (CSP3 §2.3.1): its origin; its scheme alone where it has none, or where its host cannot be
/// written there, as an IPv6 address cannot. `None` for what is no URI.
fn source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let scheme = url.scheme();
    let origin = match url.host() {
        Some(Host::Domain(_) | Host::Ipv4(_)) if matches!(scheme, "https" | "http") => {
            url.origin().ascii_serialization()
        }
        _ => format!("{scheme}:"),
    };
    // Nothing that could end a directive or begin another.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'.' | b'-' | b'+' | b'_');
    origin.bytes().all(plain).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_origins_and_nothing_more() {
        for (uri, expected) in [
            ("https://rp.example/cb?x=1", Some("https://rp.example")),
            ("https://rp.example:8443/cb", Some("https://rp.example:8443")),
            ("http://127.0.0.1:3000/callback", Some("http://127.0.0.1:3000")),
            ("http://[::1]:3000/callback", Some("http:")),
            ("com.example.app:/cb", Some("com.example.app:")),
            ("com.example.app://host/cb", Some("com.example.app:")),
            ("https://例え.example/", Some("https://xn--r8jz45g.example")),
            ("/cb", None),
        ] {
            assert_eq!(source(uri).as_deref(), expected, "{uri}");
        }
    }

    #[test]
    fn no_uri_can_add_a_directive() {
        for uri in [
            "https://rp.example; script-src *",
            "https://rp.example/;script-src *",
            "https://a'b.example/",
            "https://*.example/",
            "a;b:c",
        ] {
            let sources = Sources {
                targets: vec![uri.to_owned()],
                ..Sources::default()
            };
            let policy = policy(&sources);
            let text = policy.to_str().unwrap();
            assert_eq!(text.matches(';').count(), 6, "{text}");
            assert_eq!(text.matches("script-src").count(), 1, "{text}");
        }
    }
}
