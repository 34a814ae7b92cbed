//! The only place that speaks HTTP. It owns the budget, the size cap and the silence about URLs: a query has the app's
//! secret and the login code, or the access token, so no URL may reach an error or a log.

#![expect(
    clippy::disallowed_types,
    reason = "the one client, which has a budget and a body limit"
)]

use crate::config::UnusableConfig;
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use std::time::Duration;
use thiserror::Error;
use url::Url;

/// The longest answer that is read. WeChat's are under 1 KiB.
pub(crate) const LONGEST_BODY: usize = 64 * 1024;

/// The longest picture that is read.
pub(crate) const LONGEST_PICTURE: usize = 1024 * 1024;

/// How long an unused connection is kept. WeChat's own patience is not documented; a short one of ours means that we
/// seldom write into a connection that is closing, which would cost a login.
const IDLE: Duration = Duration::from_secs(20);

/// A client of WeChat's API.
pub(crate) struct Http {
    client: reqwest::Client,
    base: Url,
}

/// What to send: a GET, or a POST where there is a JSON text.
pub(crate) struct Request<'a> {
    pub(crate) path: &'static str,
    /// URL-encoded on the way.
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) json: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// How many bytes of the answer are read at most.
    pub(crate) longest: usize,
}

/// What came back, with status 200.
pub(crate) struct Reply {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no body to read. Never repeats anything that was sent.
#[derive(Debug, Error)]
pub(crate) enum NoAnswer {
    #[error("no whole answer within {0:?}")]
    OverBudget(Duration),
    #[error("HTTP status {0}")]
    Status(StatusCode),
    #[error("an answer of more than {0} bytes")]
    TooLong(usize),
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

    /// Sends a request, once. Everything from connecting to the last byte happens within the budget.
    pub(crate) async fn send(&self, request: Request<'_>, budget: Duration) -> Result<Reply, NoAnswer> {
        let longest = request.longest;
        let mut url = self.url(request.path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        let mut builder = match request.json {
            None => self.client.get(url),
            Some(json) => self
                .client
                .post(url)
                .header(CONTENT_TYPE, "application/json")
                .body(json),
        };
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        tokio::time::timeout(budget, reply(builder, longest))
            .await
            .map_err(|_| NoAnswer::OverBudget(budget))?
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
}

/// The body as it is: WeChat's content types say nothing about it.
async fn reply(request: RequestBuilder, longest: usize) -> Result<Reply, NoAnswer> {
    let mut response: Response = request.send().await?;
    if response.status() != StatusCode::OK {
        return Err(NoAnswer::Status(response.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > longest {
            return Err(NoAnswer::TooLong(longest));
        }
        body.extend_from_slice(&chunk);
    }
    let headers = std::mem::take(response.headers_mut());
    Ok(Reply { headers, body })
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
