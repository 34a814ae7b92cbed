//! Sends messages to an app's server, and reads what it says.

use std::time::Duration;

use axum::http::{Method, header};
use serde::Serialize;
use url::Url;

use super::{Delivery, Push};
use crate::Refusal;

/// How long WeChat waits. Source: WeChat's documentation of message push.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is beyond of a reply is not read.
const LONGEST_REPLY: usize = 64 * 1024;

/// What an app's server replied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushReply {
    /// The HTTP status.
    pub status: u16,
    /// The body; its first 64 KiB.
    pub body: String,
}

/// Why an app's server did not hear, or did not reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushFailure {
    /// Nothing was sent.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The server could not be reached, or the connection broke.
    #[error("the server for pushed messages did not answer: {0}")]
    Unreachable(String),
    /// The server took more than five seconds.
    #[error("the server for pushed messages took more than five seconds")]
    TimedOut,
    /// The server did not send the text back that WeChat sent to it: the URL is not taken.
    #[error("the server for pushed messages did not send back the echostr; it answered with status {}", .0.status)]
    WrongEcho(PushReply),
}

/// `POST`s a delivery.
pub(crate) async fn deliver(push: &Push, delivery: &Delivery) -> Result<PushReply, PushFailure> {
    send(Method::POST, push, delivery).await
}

/// `GET`s the URL as WeChat does before it takes it.
pub(crate) async fn verify(push: &Push, question: &Delivery) -> Result<(), PushFailure> {
    let reply = send(Method::GET, push, question).await?;
    if reply.status == 200 && reply.body == question.body {
        Ok(())
    } else {
        Err(PushFailure::WrongEcho(reply))
    }
}

async fn send(method: Method, push: &Push, delivery: &Delivery) -> Result<PushReply, PushFailure> {
    let mut url = Url::parse(&push.url).map_err(|_| Refusal::InvalidPush("push.url is not a URL"))?;
    url.query_pairs_mut().extend_pairs(&delivery.query);
    let client = reqwest::ClientBuilder::new()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(failure)?;
    let mut request = client.request(method.clone(), url);
    if method == Method::POST {
        request = request
            .header(header::CONTENT_TYPE, delivery.content_type)
            .body(delivery.body.clone());
    }
    let mut response = request.send().await.map_err(failure)?;
    let mut body = Vec::new();
    while body.len() < LONGEST_REPLY
        && let Some(chunk) = response.chunk().await.map_err(failure)?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(LONGEST_REPLY);
    Ok(PushReply {
        status: response.status().as_u16(),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// Without the URL, which is signed.
fn failure(error: reqwest::Error) -> PushFailure {
    if error.is_timeout() {
        PushFailure::TimedOut
    } else {
        PushFailure::Unreachable(error.without_url().to_string())
    }
}
