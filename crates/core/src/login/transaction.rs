//! A login that is under way: what has been proven and what it is for, kept by the server under an `auth_session`.
//!
//! The `auth_session` is a random token of 256 bits that its client holds. Each answer brings another one, and the one before is
//! dead; it lives ten minutes from the login's beginning, whatever is done with it.
//!
//! Source: draft-ietf-oauth-first-party-apps, Auth Session.

use super::Proofs;
use crate::{
    Instant, Invalid,
    client::ClientId,
    id::{LoginId, UserId},
    phone::PhoneNumber,
    scope::Scope,
    text::text_newtype,
    time,
    token::SecretHash,
};

/// How long a login may take, in seconds.
pub const LIFETIME: u32 = 600;
/// How many steps a login may take: each is one answer that brought another `auth_session`.
pub const MOST_STEPS: u32 = 30;

text_newtype!(
    /// A PKCE challenge of method `S256` (RFC 7636 §4.2): 43 characters of base64url.
    CodeChallenge,
    |text: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if text.len() == 43 && text.bytes().all(allowed) {
            Ok(())
        } else {
            Err(Invalid("must be 43 characters of base64url: the SHA-256 of the code_verifier"))
        }
    }
);

/// A login that is under way.
#[derive(Debug, Clone)]
pub struct LoginTransaction {
    /// By which it is found.
    pub id: LoginId,
    /// The hash of the `auth_session` that counts now.
    pub hash: SecretHash,
    /// Which client's it is. No other can go on with it.
    pub client_id: ClientId,
    /// Whose it is, where a signed-in user is linking: only they can go on with it.
    pub user_id: Option<UserId>,
    /// How far the grant will go.
    pub scope: Scope,
    /// What the code will be bound to, where the client told already.
    pub challenge: Option<CodeChallenge>,
    /// What has been proven. Sealed at rest.
    pub proofs: Proofs,
    /// The phone that a code was sent to. Sealed at rest.
    pub awaits_code_of: Option<PhoneNumber>,
    /// How many answers it has had.
    pub steps: u32,
    /// The end.
    pub expires_at: Instant,
}

/// The `auth_session` that came with a request.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    /// The login.
    pub id: LoginId,
    /// The hash of what was presented.
    pub hash: SecretHash,
}

impl LoginTransaction {
    /// When a login that begins `now` ends.
    pub fn end(now: Instant) -> Instant {
        time::after(now, LIFETIME)
    }

    /// Whether the client, and the user where it is a user's, may go on with it at `now`.
    pub fn is_open_to(
        &self,
        presented: &Presented,
        client: &ClientId,
        user: Option<UserId>,
        now: Instant,
    ) -> bool {
        self.hash == presented.hash
            && self.client_id == *client
            && self.user_id == user
            && now < self.expires_at
            && self.steps < MOST_STEPS
    }
}
