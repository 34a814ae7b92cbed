//! What the connector is started with, and why it may refuse.

use std::time::Duration;
use thiserror::Error;
use url::Url;

/// WeChat's own host.
pub const OFFICIAL_API_BASE: &str = "https://api.weixin.qq.com";

/// The deployment's settings. None of them is a tenant's to choose.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where WeChat's API is. A path is kept and put before WeChat's own.
    pub api_base: Url,
    /// For a login, and for whatever else takes one call, connecting included. A person is waiting.
    pub budget: Duration,
    /// For an access token, connecting included.
    pub token_budget: Duration,
}

impl Config {
    /// Three seconds for a login, five for an access token.
    pub fn new(api_base: Url) -> Self {
        Self {
            api_base,
            budget: Duration::from_secs(3),
            token_budget: Duration::from_secs(5),
        }
    }

    /// Secrets are appended to the base, so it must be one that they can be appended to.
    pub(crate) fn check(&self) -> Result<(), UnusableConfig> {
        let base = &self.api_base;
        let is_plain = base.query().is_none()
            && base.fragment().is_none()
            && base.username().is_empty()
            && base.password().is_none();
        if matches!(base.scheme(), "http" | "https") && base.has_host() && is_plain {
            Ok(())
        } else {
            Err(UnusableConfig::ApiBase)
        }
    }
}

/// Why the connector cannot be started. The deployment's operator must act.
#[derive(Debug, Error)]
pub enum UnusableConfig {
    /// The base is not one that a path can be appended to. It is not repeated, since it may hold a password.
    #[error("WeChat's API base must be an http or https URL without user, query and fragment")]
    ApiBase,
    /// There is no way to speak TLS here, such as where the system has no root certificates.
    #[error("the HTTP client for WeChat cannot be made: {0}")]
    Client(#[source] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_base_that_a_path_can_be_appended_to_is_usable() {
        let usable = |base: &str| Config::new(base.parse().unwrap()).check().is_ok();
        assert!(usable(OFFICIAL_API_BASE));
        assert!(usable("http://127.0.0.1:4010/wechat/"));
        for bad in [
            "ftp://api.weixin.qq.com",
            "mailto:a@b.c",
            "https://api.weixin.qq.com/?a=b",
            "https://api.weixin.qq.com/#a",
            "https://user@api.weixin.qq.com/",
            "https://:pass@api.weixin.qq.com/",
        ] {
            assert!(!usable(bad), "{bad}");
        }
    }
}
