//! The only place that speaks HTTP. It owns the budget, the size cap and the silence about URLs: `jscode2session` has
//! the app's secret and the login code in its query, so no URL may reach an error or a log.

#![expect(
    clippy::disallowed_types,
    reason = "the one client, which has a budget and a body limit"
)]

use crate::config::UnusableConfig;
use reqwest::{RequestBuilder, Response, StatusCode, header::CONTENT_TYPE};
use std::time::Duration;
use thiserror::Error;
use url::Url;

/// The longest answer that is read. WeChat's are under 1 KiB.
const LONGEST_BODY: usize = 64 * 1024;

/// How long an unused connection is kept. WeChat's own patience is not documented; a short one of ours means that we
/// seldom write into a connection that is closing, which would cost a login.
const IDLE: Duration = Duration::from_secs(20);

/// A client of WeChat's API.
pub(crate) struct Http {
    client: reqwest::Client,
    base: Url,
}

/// Why there is no body to read. Never repeats anything that was sent.
#[derive(Debug, Error)]
pub(crate) enum NoAnswer {
    #[error("no whole answer within {0:?}")]
    OverBudget(Duration),
    #[error("HTTP status {0}")]
    Status(StatusCode),
    #[error("an answer of more than {LONGEST_BODY} bytes")]
    TooLong,
    #[error("the connection failed")]
    Connection(#[source] reqwest::Error),
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        Self::Connection(error.without_url())
    }
}

impl Http {
    pub(crate) fn new(base: Url) -> Result<Self, UnusableConfig> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("hufu/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // A login code can be used once: not even a retry that HTTP calls safe.
            .retry(reqwest::retry::never())
            // Secrets go to the configured host, not to whatever the environment names as a proxy.
            .no_proxy()
            .referer(false)
            .http1_only()
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| UnusableConfig::Client(error.without_url()))?;
        Ok(Self { client, base })
    }

    /// `GET path?query`, the query URL-encoded.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
        budget: Duration,
    ) -> Result<Vec<u8>, NoAnswer> {
        let mut url = self.url(path);
        url.query_pairs_mut().extend_pairs(query);
        exchange(self.client.get(url), budget).await
    }

    /// `POST path` with a JSON text.
    pub(crate) async fn post_json(
        &self,
        path: &str,
        json: String,
        budget: Duration,
    ) -> Result<Vec<u8>, NoAnswer> {
        let request = self
            .client
            .post(self.url(path))
            .header(CONTENT_TYPE, "application/json")
            .body(json);
        exchange(request, budget).await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
}

/// Everything from connecting to the last byte happens within the budget.
async fn exchange(request: RequestBuilder, budget: Duration) -> Result<Vec<u8>, NoAnswer> {
    let answered = async { body(request.send().await?).await };
    tokio::time::timeout(budget, answered)
        .await
        .map_err(|_| NoAnswer::OverBudget(budget))?
}

/// The body as it is: WeChat's content types say nothing about it.
async fn body(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    if response.status() != StatusCode::OK {
        return Err(NoAnswer::Status(response.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(NoAnswer::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_base_comes_before_wechats_own() {
        for (base, url) in [
            (
                "https://api.weixin.qq.com",
                "https://api.weixin.qq.com/sns/jscode2session",
            ),
            (
                "http://127.0.0.1:4010/wechat/",
                "http://127.0.0.1:4010/wechat/sns/jscode2session",
            ),
        ] {
            let http = Http::new(base.parse().unwrap()).unwrap();
            assert_eq!(http.url("/sns/jscode2session").as_str(), url);
        }
    }
}
