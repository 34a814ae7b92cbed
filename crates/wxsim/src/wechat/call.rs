//! A call to the data plane, read whole.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use serde_json::Value;
use url::form_urlencoded;

/// Nothing that WeChat's clients send is longer.
const LONGEST_BODY: usize = 64 * 1024;

/// Who called, and with what.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) peer: IpAddr,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body where it is a JSON object.
    pub(crate) json: Option<Value>,
    /// The app whose access token it carries, once that was looked up.
    pub(crate) token_owner: Option<Arc<str>>,
}

/// The body was too long, or the connection broke while it was sent.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl Call {
    pub(crate) async fn read(request: Request<Body>, peer: IpAddr) -> Result<Self, Unreadable> {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, LONGEST_BODY).await.map_err(|_| Unreadable)?;
        Ok(Self {
            peer,
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            json: object_in(&body),
            body,
            token_owner: None,
        })
    }

    /// The same call with another body.
    pub(super) fn with_body(&self, body: Bytes) -> Self {
        Self {
            json: object_in(&body),
            body,
            ..self.clone()
        }
    }

    /// A query parameter, decoded. The first of several counts; an empty one is absent.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = form_urlencoded::parse(self.query.as_bytes());
        let (_, value) = parameters.find(|(key, _)| key == name)?;
        if value.is_empty() {
            None
        } else {
            Some(value.into_owned())
        }
    }

    /// A query parameter, or else a text in the body's JSON. An empty one is absent.
    pub(crate) fn argument(&self, name: &str) -> Option<String> {
        let in_body = || Some(self.json.as_ref()?.get(name)?.as_str()?.to_owned());
        self.parameter(name)
            .or_else(in_body)
            .filter(|value| !value.is_empty())
    }

    /// A header, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The app that calls: that of its access token, or else the one that it names.
    pub(crate) fn appid(&self) -> Option<String> {
        match &self.token_owner {
            Some(appid) => Some(appid.as_ref().to_owned()),
            None => self.argument("appid"),
        }
    }
}

fn object_in(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}
