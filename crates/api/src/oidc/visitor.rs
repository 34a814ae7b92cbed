//! A browser's cookies: which browser it is, and the session that it holds.
//!
//! Each tenant has its own two, since tenants share the host. Over https they are `__Host-` cookies (RFC 6265bis §4.1.3.2): no
//! sibling domain can set them. Over http, which is loopback only, browsers would refuse that prefix.

use super::Call;
use crate::app::App;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use hufu_oauth::hosted::Visitor;
use secrecy::{ExposeSecret, SecretString};
use std::{convert::Infallible, sync::Arc};

/// The longest query that a posted form is turned into, in bytes: longer ones are taken as they came.
const LONGEST_QUERY: usize = 8_000;

/// A browser that asks for something.
pub(crate) struct Browser {
    /// What its cookies say.
    pub(crate) visitor: Visitor,
    cookies: Cookies,
}

/// What the cookies of a tenant are called.
struct Cookies {
    browser: String,
    session: String,
    is_secure: bool,
}

impl Cookies {
    fn of(base_url: &str, tenant: &str) -> Self {
        let is_secure = base_url.starts_with("https:");
        let prefix = if is_secure { "__Host-" } else { "" };
        Self {
            browser: format!("{prefix}hufu-browser-{tenant}"),
            session: format!("{prefix}hufu-session-{tenant}"),
            is_secure,
        }
    }

    /// `value` for `max_age` seconds, or until the browser is closed. `Lax`, so that a client's redirect brings it along, and a foreign
    /// site's form does not.
    fn set(&self, name: &str, value: &str, max_age: Option<u32>) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let max_age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}");
        HeaderValue::from_str(&text).expect("names and values of our cookies are visible ASCII")
    }
}

/// The value of a cookie. Of two of one name the first counts.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

impl FromRequestParts<Arc<App>> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let path = parts.uri.path();
        let tenant = path.strip_prefix("/t/").and_then(|rest| rest.split('/').next());
        let cookies = Cookies::of(app.base_url.as_str(), tenant.unwrap_or_default());
        let headers = &parts.headers;
        let user_agent = headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        let visitor = Visitor::of(
            cookie(headers, &cookies.browser),
            cookie(headers, &cookies.session),
            user_agent.map(str::to_owned),
            app.random.as_ref(),
        );
        Ok(Self { visitor, cookies })
    }
}

impl Browser {
    /// Lets the browser be recognized from now on, where it was not before.
    pub(crate) fn remember(&self, response: &mut Response) {
        if self.visitor.is_new {
            let value = self.visitor.browser.reveal().expose_secret();
            let cookie = self.cookies.set(&self.cookies.browser, value, None);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }

    /// Gives the browser its session's cookie.
    pub(crate) fn sign_in(&self, call: &Call, response: &mut Response, cookie: &SecretString) {
        let max_age = call.issuer.tenant.settings.sessions.browser_ttl;
        let cookie = self
            .cookies
            .set(&self.cookies.session, cookie.expose_secret(), Some(max_age));
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }

    /// Takes the session's cookie from the browser.
    pub(crate) fn sign_out(&self, response: &mut Response) {
        let cookie = self.cookies.set(&self.cookies.session, "", Some(0));
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }

    /// Where a form that came without any cookie of ours is sent, to come again by `GET`: a foreign site's form comes without them, since
    /// they are `SameSite=Lax`, and the redirect that it is answered with brings them. `None` where there is no need, or where the
    /// form is no query.
    pub(super) fn ask_again(&self, path: &str, form: &[u8]) -> Option<String> {
        let is_unknown = self.visitor.is_new && self.visitor.session.is_none();
        let query = std::str::from_utf8(form).ok()?;
        let is_query =
            query.len() <= LONGEST_QUERY && query.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
        (is_unknown && is_query).then(|| format!("{path}?{query}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r56_over_https_the_cookies_are_host_cookies_out_of_reach_of_scripts() {
        let cookies = Cookies::of("https://id.example", "demo");
        let set = cookies.set(&cookies.session, "x", Some(60));
        let expected = "__Host-hufu-session-demo=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60";
        assert_eq!(set, expected);
        let plain = Cookies::of("http://127.0.0.1:8080", "demo");
        assert_eq!(
            plain.set(&plain.browser, "x", None),
            "hufu-browser-demo=x; Path=/; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("c=3=4;d"));
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "c"), Some("3=4"));
        assert_eq!(cookie(&headers, "d"), None);
    }
}
