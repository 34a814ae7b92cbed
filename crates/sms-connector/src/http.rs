//! The only place that speaks HTTP. It owns the budget, the size cap and the silence about URLs: a query has the code and
//! the number, so no URL may reach an error or a log.

#![expect(
    clippy::disallowed_types,
    reason = "the one client, which has a budget and a body limit"
)]

use crate::config::UnusableConfig;
use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use std::time::Duration;
use thiserror::Error;
use url::Url;

/// The longest answer that is read. The vendors' are under 1 KiB.
const LONGEST_BODY: usize = 64 * 1024;

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(20);

/// A client for all vendors.
pub(crate) struct Http {
    client: reqwest::Client,
    budget: Duration,
}

/// A POST.
pub(crate) struct Request {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// What came back, whatever its status.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no body to read. Never repeats anything that was sent.
#[derive(Debug, Error)]
pub(crate) enum NoAnswer {
    #[error("no whole answer within {0:?}")]
    OverBudget(Duration),
    #[error("an answer of more than {LONGEST_BODY} bytes")]
    TooLong,
    /// Nothing was sent.
    #[error("there is no connection")]
    Unreached(#[source] reqwest::Error),
    #[error("the connection failed")]
    Connection(#[source] reqwest::Error),
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        let is_unsent = error.is_connect() || error.is_builder();
        let error = error.without_url();
        if is_unsent {
            Self::Unreached(error)
        } else {
            Self::Connection(error)
        }
    }
}

impl Http {
    pub(crate) fn new(budget: Duration) -> Result<Self, UnusableConfig> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("hufu/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // Each request is a message that somebody pays for: not even a retry that HTTP calls safe.
            .retry(reqwest::retry::never())
            // Codes go to the configured host, not to whatever the environment names as a proxy.
            .no_proxy()
            .referer(false)
            .http1_only()
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| UnusableConfig::Client(error.without_url()))?;
        Ok(Self { client, budget })
    }

    /// Sends a request, once. Everything from connecting to the last byte happens within the budget.
    pub(crate) async fn send(&self, request: Request) -> Result<Reply, NoAnswer> {
        let mut builder = self.client.post(request.url).body(request.body);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        tokio::time::timeout(self.budget, reply(builder))
            .await
            .map_err(|_| NoAnswer::OverBudget(self.budget))?
    }
}

async fn reply(request: RequestBuilder) -> Result<Reply, NoAnswer> {
    let mut response = request.send().await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(NoAnswer::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// Host and port as the `Host` header has them: the signatures are over that, too.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The root of a vendor's host: a base's path with a slash at its end.
pub(crate) fn root(base: &Url) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_the_host_that_is_called() {
        for (base, signed, called) in [
            (
                "https://sms.tencentcloudapi.com",
                "sms.tencentcloudapi.com",
                "https://sms.tencentcloudapi.com/",
            ),
            (
                "https://sms.example:443/a/",
                "sms.example",
                "https://sms.example/a/",
            ),
            (
                "http://127.0.0.1:4010/sms/aliyun",
                "127.0.0.1:4010",
                "http://127.0.0.1:4010/sms/aliyun/",
            ),
            ("http://[::1]:4010", "[::1]:4010", "http://[::1]:4010/"),
        ] {
            let base = base.parse().unwrap();
            assert_eq!((host(&base).as_str(), root(&base).as_str()), (signed, called));
        }
    }
}
