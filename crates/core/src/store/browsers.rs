//! The ports of browsers: their sessions, requests that wait, and what users let clients do.

use super::Result;
use crate::{
    Instant,
    authorization::{ClientConsent, PendingRequest},
    client::ClientId,
    grant::{Grant, RefreshToken},
    id::{RequestId, SessionId, UserId},
    session::Session,
    user::User,
};
use async_trait::async_trait;

/// What signing in in a browser and authorizing a client read and write.
#[async_trait]
pub trait BrowserUnit: Send {
    /// A session that lives in a browser, ended or not, with its user: the user locked first, then the session.
    async fn browser_session(&mut self, id: SessionId) -> Result<Option<(Session, User)>>;
    /// Adds a session without a grant, where its user is active and still has the identities that this unit found
    /// ([`StoreError::Contention`](super::StoreError) otherwise).
    async fn open_browser_session(&mut self, session: &Session) -> Result<()>;
    /// Writes how and when the person of a session proved who they are, its end, and what its browser is.
    async fn renew_session(&mut self, session: &Session) -> Result<()>;
    /// Adds a grant to a session that is there, with its first refresh token.
    async fn open_grant(&mut self, grant: &Grant, token: Option<&RefreshToken>) -> Result<()>;
    /// Keeps a request, sealed, in place of what was kept under its id.
    async fn put_request(&mut self, request: &PendingRequest) -> Result<()>;
    /// Forgets a request. `false` where it is unknown: of many at once one gets `true`.
    async fn delete_request(&mut self, id: RequestId) -> Result<bool>;
    /// What a user lets a client do. The user must be locked.
    async fn client_consent(&mut self, user: UserId, client: &ClientId) -> Result<Option<ClientConsent>>;
    /// Keeps what a user lets a client do.
    async fn put_client_consent(&mut self, consent: &ClientConsent) -> Result<()>;
    /// Forgets what a user lets a client do, and revokes all grants of the user to the client. `false` where there was neither.
    async fn revoke_client(&mut self, user: UserId, client: &ClientId, now: Instant) -> Result<bool>;
}

/// A word that a client is to be told: a session ended (OpenID Connect Back-Channel Logout §2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutDelivery {
    /// Which tenant's.
    pub tenant: crate::id::TenantId,
    /// Which session.
    pub session_id: SessionId,
    /// Who was signed in.
    pub user_id: UserId,
    /// Whom to tell.
    pub client_id: ClientId,
    /// How often it was tried.
    pub attempts: u32,
    /// When the session ended.
    pub created_at: Instant,
    /// When it is due.
    pub next_at: Instant,
}

/// Words to clients, across tenants: one worker delivers for all.
#[async_trait]
pub trait Logouts: Send + Sync {
    /// Takes at most `limit` words that are due at `now`, the longest due first, and makes each due again at `lease`: whoever takes
    /// one and dies leaves it to the next. Of several that ask at once each gets others.
    async fn claim_logouts(&self, now: Instant, lease: Instant, limit: u32) -> Result<Vec<LogoutDelivery>>;
    /// Forgets a word that was told, or given up.
    async fn forget_logout(&self, delivery: &LogoutDelivery) -> Result<()>;
    /// Notes a try that failed: the word is due again at `next_at`.
    async fn retry_logout(&self, delivery: &LogoutDelivery, next_at: Instant) -> Result<()>;
}
