//! A request that waits: pushed by a client and not yet brought by a browser (RFC 9126), or brought by a browser whose person has
//! something to do first.
//!
//! One that a browser brought is bound to that browser by a secret in a cookie, so that nobody can have somebody else finish it.

use super::AuthorizationRequest;
use crate::{
    Instant,
    client::ClientId,
    id::RequestId,
    store::{Act, Result, Unit},
    token::SecretHash,
};
use async_trait::async_trait;
use secrecy::SecretString;

/// How long a pushed request may wait for its browser, in seconds: less than the 600 of the FAPI 2.0 Security Profile §5.3.2.2.
pub const PUSHED_LIFETIME: u32 = 300;
/// How long a person may take over the pages of one request, in seconds.
pub const SIGN_IN_LIFETIME: u32 = 1_800;

/// A request that waits.
#[derive(Debug, Clone)]
pub struct PendingRequest {
    /// By which it is found.
    pub id: RequestId,
    /// The hash of the `request_uri`'s secret, or of the browser's.
    pub hash: SecretHash,
    /// Whose it is.
    pub client_id: ClientId,
    /// What for. Sealed at rest, with [`PendingRequest::auth_session`].
    pub asked_for: AskedFor,
    /// The login that is under way in the browser. The browser never sees it.
    pub auth_session: Option<SecretString>,
    /// The pushed request that the browser brought. It is spent when this one ends in a code.
    pub pushed: Option<RequestId>,
    /// When it came.
    pub created_at: Instant,
    /// The end.
    pub expires_at: Instant,
}

/// What a person signs in for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives for one request, nearly always the large variant"
)]
pub enum AskedFor {
    /// For a client.
    Authorization(AuthorizationRequest),
    /// For a page of Hufu's own: its path below the issuer's, such as `/account`.
    Page(String),
}

impl PendingRequest {
    /// Whether whoever has the secret may go on with it at `now`.
    pub fn is_open_to(&self, hash: SecretHash, now: Instant) -> bool {
        self.hash == hash && now < self.expires_at
    }
}

/// Keeps a request, in place of what was kept under its id.
#[derive(Debug)]
pub struct KeepRequest(pub PendingRequest);

#[async_trait]
impl Act for KeepRequest {
    type Output = ();

    async fn run(&self, unit: &mut dyn Unit) -> Result<()> {
        unit.put_request(&self.0).await
    }
}
