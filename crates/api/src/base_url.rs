//! The public address of the installation.

use hufu_core::{Invalid, tenant::TenantSlug};
use std::fmt;
use url::{Host, Url};

/// Scheme, host and port under which the world sees this server, without a trailing slash. `https`, unless the host is
/// loopback. It has no path: RFC 8414 §3.1 puts the well-known part between the host and an issuer's path, so that part
/// must be ours to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Checks `text` against the rule in this type's documentation; one trailing slash is forgiven.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let url = Url::parse(text).map_err(|_| Invalid("must be a URL such as https://id.example.com"))?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(Invalid("must have a host")),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(Invalid("must be https, unless the host is loopback")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid("must not have a user name or password"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(Invalid("must not have a path, a query or a fragment"));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The text, such as `https://id.example.com`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The issuer of a tenant: `{base}/t/{tenant}`.
    pub fn issuer(&self, tenant: &TenantSlug) -> String {
        format!("{}/t/{tenant}", self.0)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_origin_without_a_trailing_slash() {
        for (given, kept) in [
            ("https://id.example.com", "https://id.example.com"),
            ("https://id.example.com/", "https://id.example.com"),
            ("https://ID.example.com:443", "https://id.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost", "http://localhost"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
        ] {
            assert_eq!(BaseUrl::parse(given).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "id.example.com",
            "http://id.example.com",
            "ftp://127.0.0.1",
            "https://id.example.com/auth",
            "https://id.example.com/?a",
            "https://id.example.com//",
            "https://id.example.com/#a",
            "https://u:p@id.example.com",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
