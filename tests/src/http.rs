//! HTTP as a client of the server speaks it: no redirects followed, nothing hidden.

use crate::Reply;
use serde_json::Value;
use std::time::Duration;

/// A client. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Http {
    #[expect(clippy::disallowed_types, reason = "the tests' own client, to loopback only")]
    client: reqwest::Client,
}

impl Http {
    /// A client that follows no redirect, and waits longer than any server does.
    pub fn new() -> Self {
        #[expect(clippy::disallowed_types, reason = "the tests' own client, to loopback only")]
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_mins(5))
            .build()
            .expect("a client without special settings can be made");
        Self { client }
    }

    /// A request to be filled in and [`Http::send`].
    pub fn request(&self, method: &str, url: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().expect("a method"), url)
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        Reply::read(request.send().await.expect("the server answers")).await
    }

    /// `GET url`.
    pub async fn get(&self, url: &str) -> Reply {
        self.send(self.request("GET", url)).await
    }

    /// `POST url` with a form.
    pub async fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Reply {
        self.send(self.request("POST", url).form(form)).await
    }

    /// Any method with a JSON body and a bearer token.
    pub async fn json(&self, method: &str, url: &str, bearer: &str, body: Option<Value>) -> Reply {
        let request = self.request(method, url).bearer_auth(bearer);
        self.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}
