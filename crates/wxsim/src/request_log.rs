//! What the data plane was asked: a ring of the latest requests. Secrets are masked unless they are asked for.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::wechat::Call;

/// Names whose values open something. A `signature` is one: that of a login state has nothing in it that changes.
const SECRETS: [&str; 11] = [
    "secret",
    "js_code",
    "code",
    "access_token",
    "session_key",
    "signature",
    "encrypt_key",
    "token",
    "encoding_aes_key",
    "TemplateParam",
    "TemplateParamSet",
];
const MASK: &str = "***";
/// Longer paths, queries and bodies are kept only up to here.
const LONGEST_KEPT: usize = 4096;

/// One request to the data plane.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    /// Counts from 1; does not start over when the log is cleared.
    pub serial: u64,
    /// Simulated Unix seconds.
    pub at: i64,
    /// Who called.
    pub peer: IpAddr,
    /// Such as `GET`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// That of the access token, or else the one in the query or a JSON body.
    pub appid: Option<String>,
    /// The query, decoded; the first of several values.
    pub query: BTreeMap<String, String>,
    /// The body, if there was one: its JSON, or only its length where it is not JSON and secrets are masked.
    pub body: Option<Value>,
    /// The HTTP status of the answer; absent where no answer was sent.
    pub status: Option<u16>,
    /// The errcode of the answer, if it had one.
    pub errcode: Option<i64>,
    /// The fault that was in force.
    pub fault: Option<u64>,
}

/// How a request ended.
pub(crate) struct Ending {
    pub(crate) status: Option<u16>,
    pub(crate) errcode: Option<i64>,
    pub(crate) fault: Option<u64>,
}

/// Which requests to show.
#[derive(Clone, Copy, Default)]
pub(crate) struct Filter<'a> {
    pub(crate) path: Option<&'a str>,
    pub(crate) appid: Option<&'a str>,
}

/// A request as it was, decoded only when it is shown.
struct Entry {
    serial: u64,
    at: i64,
    peer: IpAddr,
    method: String,
    path: String,
    appid: Option<String>,
    query: String,
    body: Bytes,
    ending: Ending,
}

impl Entry {
    fn matches(&self, filter: Filter<'_>) -> bool {
        filter.path.is_none_or(|path| path == self.path)
            && filter
                .appid
                .is_none_or(|appid| self.appid.as_deref() == Some(appid))
    }

    fn record(&self, reveal: bool) -> RequestRecord {
        let mut query = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(self.query.as_bytes()) {
            let is_masked = !reveal && SECRETS.contains(&name.as_ref());
            query.entry(name.into_owned()).or_insert(if is_masked {
                MASK.into()
            } else {
                value.into_owned()
            });
        }
        RequestRecord {
            serial: self.serial,
            at: self.at,
            peer: self.peer,
            method: self.method.clone(),
            path: self.path.clone(),
            appid: self.appid.clone(),
            query,
            body: self.shown_body(reveal),
            status: self.ending.status,
            errcode: self.ending.errcode,
            fault: self.ending.fault,
        }
    }

    fn shown_body(&self, reveal: bool) -> Option<Value> {
        if self.body.is_empty() {
            return None;
        }
        match serde_json::from_slice(&self.body) {
            Ok(json) if reveal => Some(json),
            Ok(mut json) => {
                mask(&mut json);
                Some(json)
            }
            Err(_) if reveal => Some(String::from_utf8_lossy(&self.body).into()),
            Err(_) => Some(format!("{} bytes that are not JSON", self.body.len()).into()),
        }
    }
}

/// Masks secrets at any depth.
fn mask(json: &mut Value) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                if SECRETS.contains(&name.as_str()) {
                    *value = MASK.into();
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

/// The ring.
pub(crate) struct RequestLog {
    capacity: usize,
    seen: u64,
    entries: VecDeque<Entry>,
}

impl RequestLog {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            seen: 0,
            entries: VecDeque::new(),
        }
    }

    pub(crate) fn record(&mut self, call: Call, appid: Option<String>, at: i64, ending: Ending) {
        self.seen += 1;
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            serial: self.seen,
            at,
            peer: call.peer,
            method: call.method.to_string(),
            path: clipped(call.path),
            appid: appid.map(clipped),
            query: clipped(call.query),
            body: if call.body.len() > LONGEST_KEPT {
                call.body.slice(..LONGEST_KEPT)
            } else {
                call.body
            },
            ending,
        });
    }

    /// The oldest first.
    pub(crate) fn records(&self, filter: Filter<'_>, reveal: bool) -> Vec<RequestRecord> {
        self.entries
            .iter()
            .filter(|entry| entry.matches(filter))
            .map(|entry| entry.record(reveal))
            .collect()
    }

    pub(crate) fn clear(&mut self, filter: Filter<'_>) {
        self.entries.retain(|entry| !entry.matches(filter));
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }
}

fn clipped(mut text: String) -> String {
    if text.len() > LONGEST_KEPT {
        text.truncate(text.floor_char_boundary(LONGEST_KEPT));
        text.shrink_to_fit();
    }
    text
}
