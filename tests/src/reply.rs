//! An answer, and what tests ask of it.

use serde_json::Value;
use std::fmt;

/// An HTTP answer, read whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null where it is not JSON.
    pub body: Value,
}

impl Reply {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a whole body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            text,
            body,
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Asserts the status.
    #[track_caller]
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it asserts; what it gives is a courtesy"
    )]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Asserts an OAuth error: status, `error`, and `reason` where one is given; and what every such answer has.
    #[track_caller]
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it asserts; what it gives is a courtesy"
    )]
    pub fn expect_error(self, status: u16, error: &str, reason: Option<&str>) -> Self {
        let told = (
            self.status,
            self.body["error"].as_str(),
            self.body["reason"].as_str(),
        );
        assert_eq!(told, (status, Some(error), reason), "{self}");
        assert!(self.body["error_description"].is_string(), "{self}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self}");
        if status == 503 || status == 429 {
            let after: u32 = self
                .header("retry-after")
                .and_then(|v| v.parse().ok())
                .expect("Retry-After in seconds");
            assert!(after > 0, "{self}");
        }
        self
    }

    /// Asserts a problem of RFC 9457: status and the last part of its `type`.
    #[track_caller]
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "it asserts; what it gives is a courtesy"
    )]
    pub fn expect_problem(self, status: u16, kind: &str) -> Self {
        assert_eq!(self.status, status, "{self}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self}"
        );
        let told = self.body["type"].as_str().unwrap_or_default();
        assert_eq!(told.rsplit(':').next(), Some(kind), "{self}");
        assert_eq!(self.body["status"], status, "{self}");
        self
    }

    /// The pointers of a problem's field errors.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        errors
            .iter()
            .filter_map(|error| error["pointer"].as_str())
            .collect()
    }

    /// A string of the body.
    #[track_caller]
    pub fn str(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {pointer} in {self}"))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text)
    }
}
