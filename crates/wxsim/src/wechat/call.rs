//! A call to the data plane, read whole.

use std::net::IpAddr;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request};
use serde_json::Value;
use url::form_urlencoded;

/// Nothing that WeChat's clients send is longer.
const LONGEST_BODY: usize = 64 * 1024;

/// Who called, and with what.
pub(crate) struct Call {
    pub(crate) peer: IpAddr,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Bytes,
    /// The body where it is a JSON object.
    pub(crate) json: Option<Value>,
}

/// The body was too long, or the connection broke while it was sent.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl Call {
    pub(crate) async fn read(request: Request<Body>, peer: IpAddr) -> Result<Self, Unreadable> {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, LONGEST_BODY).await.map_err(|_| Unreadable)?;
        let json = serde_json::from_slice(&body).ok().filter(Value::is_object);
        Ok(Self {
            peer,
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            body,
            json,
        })
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

    /// The app that calls, by its own word.
    pub(crate) fn appid(&self) -> Option<String> {
        let in_body = || Some(self.json.as_ref()?.get("appid")?.as_str()?.to_owned());
        self.parameter("appid").or_else(in_body)
    }
}
