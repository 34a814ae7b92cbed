//! What a user lets a client do, remembered, so that they are not asked each time.

use crate::{
    Instant,
    account::ByUser,
    client::ClientId,
    event::EventKind,
    id::UserId,
    scope::Scope,
    store::{Act, Result, Unit},
};
use async_trait::async_trait;
use serde_json::json;

/// What a user lets a client do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConsent {
    /// Who lets.
    pub user_id: UserId,
    /// Whom.
    pub client_id: ClientId,
    /// What.
    pub scope: Scope,
    /// When they first did.
    pub created_at: Instant,
    /// When they last did.
    pub updated_at: Instant,
}

/// Takes it back: the consent is forgotten, and all grants of the user to the client are revoked.
#[derive(Debug)]
pub struct RevokeClient {
    /// Who.
    pub by: ByUser,
    /// From whom.
    pub client: ClientId,
}

#[async_trait]
impl Act for RevokeClient {
    /// Whether there was anything to take back.
    type Output = bool;

    async fn run(&self, unit: &mut dyn Unit) -> Result<bool> {
        unit.user(self.by.user).await?;
        let was_there = unit
            .revoke_client(self.by.user, &self.client, self.by.now)
            .await?;
        if was_there {
            let event = self.by.event(
                EventKind::ClientRevoked,
                json!({"client": self.client.to_string()}),
            );
            unit.record(&event).await?;
        }
        Ok(was_there)
    }
}
