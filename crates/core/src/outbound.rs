//! Calls to servers that clients name (`jwks_uri`, `backchannel_logout_uri`), as a port.
//!
//! Whoever registers a client chooses these URLs, so an implementation lets nobody use this server to reach what only this server
//! reaches: private addresses, redirects, proxies (RFC 9700 §4.11 and OWASP's server-side request forgery).

use async_trait::async_trait;
use thiserror::Error;
use url::Url;

/// The longest answer that is read, in bytes.
pub const LONGEST_ANSWER: usize = 64 * 1024;

/// Why a call failed. Never names the URL, which may carry a secret of the client's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OutboundError {
    /// The URL is not one that is called: not https, or with a user name in it.
    #[error("the URL may not be called: {0}")]
    Refused(&'static str),
    /// The host has no address that may be called.
    #[error("the host has no public address")]
    PrivateAddress,
    /// No whole answer came in time.
    #[error("no whole answer in time")]
    TimedOut,
    /// The connection failed: no such host, nobody listens, no certificate that is trusted.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// The answer was not a 2xx, redirects included.
    #[error("the answer was {0}")]
    Status(u16),
    /// The answer was longer than [`LONGEST_ANSWER`].
    #[error("the answer was too long")]
    TooLong,
}

/// Calls servers that clients name: `https` only, public addresses only, no redirects, within seconds.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// The body of a 2xx answer, at most [`LONGEST_ANSWER`] bytes.
    async fn get(&self, url: &Url) -> Result<Vec<u8>, OutboundError>;
    /// Posts a form-encoded body and gives the answer's status, whatever it is; the answer's body is not read.
    async fn post_form(&self, url: &Url, body: String) -> Result<u16, OutboundError>;
}
