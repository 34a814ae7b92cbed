//! An answer of WeChat's, before anything goes wrong with it.

use std::fmt;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::{Failure, Seal};

/// The two manners of WeChat's endpoints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// `/sns/…`: JSON that calls itself `text/plain`; the request id follows a comma.
    Sns,
    /// Everything else: the request id follows a blank.
    Api,
}

impl Family {
    pub(crate) fn of(path: &str) -> Self {
        if path.starts_with("/sns/") {
            Self::Sns
        } else {
            Self::Api
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Sns => "text/plain",
            Self::Api => "application/json; encoding=utf-8",
        })
    }
}

/// WeChat's name for one request: three groups of eight hex digits, the first of which is the Unix time.
pub(crate) struct RequestId {
    pub(crate) at: i64,
    pub(crate) noise: (u32, u32),
    /// An older name, which some errors carry too.
    pub(crate) hint: String,
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:08x}-{:08x}-{:08x}",
            self.at & 0xffff_ffff,
            self.noise.0,
            self.noise.1
        )
    }
}

/// Status, headers and body of an answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: HeaderValue,
    /// Set only where the `Date` header shall not be the machine's.
    pub(crate) date: Option<HeaderValue>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
    /// What the body says, for the request log.
    pub(crate) errcode: Option<i64>,
    /// Set where the body shall not travel in clear.
    pub(crate) seal: Option<Seal>,
}

impl Answer {
    pub(crate) fn success(family: Family, body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: family.content_type(),
            date: None,
            headers: Vec::new(),
            body,
            errcode: None,
            seal: None,
        }
    }

    /// HTTP status 200, as WeChat does it.
    pub(crate) fn failure(family: Family, failure: &Failure, rid: &RequestId) -> Self {
        #[derive(Serialize)]
        struct Body {
            errcode: i64,
            errmsg: String,
        }
        let errmsg = match family {
            Family::Sns => format!("{}, rid: {rid}", failure.errmsg),
            Family::Api if failure.has_hint => {
                format!("{} hint: [{}] rid: {rid}", failure.errmsg, rid.hint)
            }
            Family::Api => format!("{} rid: {rid}", failure.errmsg),
        };
        let body = object(&Body {
            errcode: failure.errcode,
            errmsg,
        });
        Self {
            errcode: Some(failure.errcode),
            ..Self::success(family, body)
        }
    }
}

/// The bytes of a JSON object, members in the order of the struct's fields.
pub(crate) fn object(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("structs of texts and numbers can be written as JSON")
}
