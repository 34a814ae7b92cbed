//! What the connector is started with, and why it may refuse.

use std::{collections::BTreeMap, time::Duration};
use thiserror::Error;
use url::Url;

/// Alibaba Cloud's own host.
pub const OFFICIAL_ALIYUN_BASE: &str = "https://dysmsapi.aliyuncs.com";
/// Tencent Cloud's own host.
pub const OFFICIAL_TENCENT_BASE: &str = "https://sms.tencentcloudapi.com";

/// The deployment's settings. None of them is a tenant's to choose.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Alibaba Cloud's API is. A path stands for the root of its host.
    pub aliyun_base: Url,
    /// Where Tencent Cloud's API is. A path stands for the root of its host.
    pub tencent_base: Url,
    /// Servers that send for tenants, by name. A tenant names one and holds the secret that it shares with it.
    pub webhooks: BTreeMap<String, Url>,
    /// For one message, connecting included. A person is waiting.
    pub budget: Duration,
}

impl Config {
    /// No webhooks, and five seconds for a message.
    pub fn new(aliyun_base: Url, tencent_base: Url) -> Self {
        Self {
            aliyun_base,
            tencent_base,
            webhooks: BTreeMap::new(),
            budget: Duration::from_secs(5),
        }
    }

    pub(crate) fn check(&self) -> Result<(), UnusableConfig> {
        let mut bases = [&self.aliyun_base, &self.tencent_base]
            .into_iter()
            .chain(self.webhooks.values());
        if bases.all(is_usable) {
            Ok(())
        } else {
            Err(UnusableConfig::Base)
        }
    }
}

/// Codes and signatures are sent there, so it must be all that they are sent to.
fn is_usable(base: &Url) -> bool {
    let is_plain = base.query().is_none()
        && base.fragment().is_none()
        && base.username().is_empty()
        && base.password().is_none();
    matches!(base.scheme(), "http" | "https") && base.has_host() && is_plain
}

/// Why the connector cannot be started. The deployment's operator must act.
#[derive(Debug, Error)]
pub enum UnusableConfig {
    /// A base or a webhook is not one that can be called. It is not repeated, since it may hold a password.
    #[error(
        "the bases of SMS vendors and webhooks must be http or https URLs without user, query and fragment"
    )]
    Base,
    /// There is no way to speak TLS here, such as where the system has no root certificates.
    #[error("the HTTP client for SMS vendors cannot be made: {0}")]
    Client(#[source] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bases_that_can_be_called_are_usable() {
        let official = || {
            Config::new(
                OFFICIAL_ALIYUN_BASE.parse().unwrap(),
                OFFICIAL_TENCENT_BASE.parse().unwrap(),
            )
        };
        assert!(official().check().is_ok());
        for (url, usable) in [
            ("http://127.0.0.1:4010/sms", true),
            ("ftp://sms.example", false),
            ("mailto:a@b.c", false),
            ("https://sms.example/?a=b", false),
            ("https://sms.example/#a", false),
            ("https://user@sms.example/", false),
            ("https://:pass@sms.example/", false),
        ] {
            let url: Url = url.parse().unwrap();
            let (mut aliyun, mut tencent, mut webhook) = (official(), official(), official());
            aliyun.aliyun_base = url.clone();
            tencent.tencent_base = url.clone();
            webhook.webhooks.insert("gateway".into(), url.clone());
            for config in [aliyun, tencent, webhook] {
                assert_eq!(config.check().is_ok(), usable, "{url}");
            }
        }
    }
}
