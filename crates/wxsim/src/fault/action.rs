//! What can become of a request.

use axum::http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Refusal;

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Before the request is acted on; not one byte is answered.
    Before,
    /// After the request was acted on and the answer's head was sent.
    AfterHeaders,
    /// After the request was acted on and half of the answer's body was sent.
    MidBody,
}

/// What becomes of a request.
///
/// In JSON: `{"errcode":{"n":-1,"msg":"system error"}}`, `"empty_200"`. Parameters with a default may be left out, and
/// the name alone will do where all of them have one.
///
/// In API security mode an answer is spoiled before it is sealed; what comes instead of WeChat's answer is not sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultAction {
    // WeChat does not act on the request: a login code stays unused.
    /// This error, with a request id appended to its text.
    Errcode {
        /// The code.
        n: i64,
        /// The text.
        msg: String,
    },
    /// An SMS vendor refuses with this code, in its own shape. Nothing happens where WeChat is asked.
    SmsRefusal {
        /// Such as `isv.BUSINESS_LIMIT_CONTROL`.
        code: String,
        /// The text.
        #[serde(default)]
        msg: String,
        /// The request is refused, and not the message to the number: at Tencent `Response.Error`, at Alibaba Cloud
        /// status 400.
        #[serde(default)]
        whole: bool,
    },
    /// This HTTP status, as from a gateway.
    Http {
        /// 200 to 599.
        status: u16,
        /// Sent as `text/html`.
        #[serde(default)]
        body: String,
    },
    /// The request is read and never answered, for as long as the connection lives.
    Stall,
    /// Status 200 and no body, as `text/html; charset=gbk`.
    #[serde(rename = "empty_200")]
    Empty200,
    /// Status 200 and an HTML page in GBK.
    #[serde(rename = "html_200_gbk")]
    Html200Gbk,

    // Depends on where.
    /// The connection is closed.
    Close(Cut),

    // WeChat acts on the request (a login code is used up) and then its answer suffers.
    /// The answer is held back.
    Delay {
        /// Milliseconds, real ones.
        ms: u64,
        /// Up to so many milliseconds more, drawn from the seed.
        #[serde(default)]
        jitter: u64,
    },
    /// The connection is closed instead of an answer: the caller cannot know that its code is used up.
    DropAfterCommit,
    /// The body arrives in small pieces.
    SlowDrip {
        /// Bytes a piece.
        #[serde(default = "default_drip_bytes")]
        bytes: usize,
        /// Milliseconds between two pieces, real ones.
        #[serde(default = "default_drip_ms")]
        ms: u64,
    },
    /// The body is not JSON: single quotes.
    MalformedJson,
    /// The second half of the body is missing, though the length agrees.
    TruncatedJson,
    /// `"errcode":"0"` or `"errcode":"40029"`, a text instead of a number.
    ErrcodeAsString,
    /// Members that no documentation names, of several types.
    UnknownFields,
    /// A member of so many bytes.
    OversizeBody {
        /// Bytes added.
        #[serde(default = "default_oversize")]
        bytes: usize,
    },
    /// The right body under this content type.
    WrongContentType {
        /// The header's value.
        #[serde(default = "default_content_type")]
        content_type: String,
    },
    /// Every member a second time, with another value.
    DuplicateKeyJson,
    /// A `nickname` with raw control characters, which JSON forbids.
    ControlCharsInNickname,
    /// WeChat handles this request with a clock that is wrong: code ages, request id and `Date` show it.
    ClockSkew {
        /// Seconds ahead; negative is behind.
        #[serde(default = "default_skew")]
        seconds: i64,
    },
    /// The access token in the answer dies before its `expires_in`.
    TokenExpiresEarly {
        /// Seconds that it lives.
        #[serde(default)]
        after: i64,
    },
    /// After the answer, somebody else fetches a legacy access token for the same app.
    LegacyTokenTaken,
    /// After the answer, the user's session key is rotated: the key in the answer is already stale.
    SessionKeyRotated,
    /// The `countryCode` of a phone number is a number, as in WeChat's own sample, instead of a text.
    CountryCodeAsNumber,
    /// The watermark names this app.
    WatermarkAppid(String),
    /// The watermark is old.
    WatermarkAge {
        /// Seconds that it is older; negative is from the future.
        #[serde(default = "default_watermark_age")]
        seconds: i64,
    },
    /// API security mode: the answer's signature is not that of its body.
    BadResponseSignature,
    /// API security mode: the answer is 301 seconds old, and is signed rightly.
    StaleResponseTimestamp,
}

/// Seconds; one more than WeChat's own documentation lets pass.
pub(super) const STALE_RESPONSE: i64 = 301;

fn default_drip_bytes() -> usize {
    1
}
fn default_drip_ms() -> u64 {
    100
}
fn default_oversize() -> usize {
    1024 * 1024
}
fn default_content_type() -> String {
    "text/html; charset=gbk".into()
}
fn default_skew() -> i64 {
    600
}
fn default_watermark_age() -> i64 {
    24 * 3600
}

/// Milliseconds; beyond this a wait is a stall.
const LONGEST_WAIT: u64 = 10 * 60 * 1000;
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// A year.
const LARGEST_SKEW: u64 = 365 * 24 * 3600;

impl FaultAction {
    /// Reads an action from the control plane's JSON.
    pub(crate) fn from_json(json: Value) -> Result<Self, serde_json::Error> {
        match serde_json::from_value(json.clone()) {
            Err(error) => {
                // A name alone: perhaps of an action all of whose parameters have a default.
                let Value::String(name) = json else {
                    return Err(error);
                };
                serde_json::from_value(serde_json::json!({ name: {} })).map_err(|_| error)
            }
            action => action,
        }
    }

    /// Refuses what cannot be carried out, or would harm the simulator itself.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let problem = match self {
            Self::Http { status, .. }
                if !(200..600).contains(status) || StatusCode::from_u16(*status).is_err() =>
            {
                "http.status is 200 to 599"
            }
            Self::Delay { ms, jitter } if ms.saturating_add(*jitter) > LONGEST_WAIT => {
                "delay.ms and delay.jitter are ten minutes at most"
            }
            Self::SlowDrip { bytes: 0, .. } => "slow_drip.bytes is 1 at least",
            Self::SlowDrip { ms, .. } if *ms > LONGEST_WAIT => "slow_drip.ms is ten minutes at most",
            Self::OversizeBody { bytes } if *bytes > LARGEST_BODY => "oversize_body.bytes is 16 MiB at most",
            Self::WrongContentType { content_type } if HeaderValue::from_str(content_type).is_err() => {
                "wrong_content_type.content_type cannot stand in a header"
            }
            Self::ClockSkew { seconds } if seconds.unsigned_abs() > LARGEST_SKEW => {
                "clock_skew.seconds is a year at most"
            }
            Self::WatermarkAge { seconds } if seconds.unsigned_abs() > LARGEST_SKEW => {
                "watermark_age.seconds is a year at most"
            }
            Self::TokenExpiresEarly { after } if !(0..=7200).contains(after) => {
                "token_expires_early.after is 0 to 7200"
            }
            _ => return Ok(()),
        };
        Err(Refusal::InvalidFault(problem))
    }
}
