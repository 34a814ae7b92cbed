//! The port of clients that register themselves.

use super::Result;
use crate::{Instant, id::InitialTokenId, registration::InitialToken, token::SecretHash};
use async_trait::async_trait;

/// Tokens with which clients register themselves.
#[async_trait]
pub trait RegistrationUnit: Send {
    /// Adds a token.
    async fn insert_initial_token(&mut self, token: &InitialToken) -> Result<()>;
    /// Uses a token once: compare and count down. `false` where there is none of this hash that has a use left at `now`.
    async fn spend_initial_token(
        &mut self,
        id: InitialTokenId,
        hash: SecretHash,
        now: Instant,
    ) -> Result<bool>;
    /// Takes a token back. `false` where it is unknown.
    async fn delete_initial_token(&mut self, id: InitialTokenId) -> Result<bool>;
}
