//! What a user lets a client do, remembered, so that they are not asked each time.

use crate::{
    Instant,
    account::ByUser,
    client::ClientId,
    event::{Event, EventKind},
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

/// Remembers that a user lets a client have a scope, beside what it had. `said` is recorded where that is news, with its detail.
pub(crate) async fn remember(
    unit: &mut dyn Unit,
    (user, client): (UserId, &ClientId),
    scope: &Scope,
    said: Event,
) -> Result<()> {
    let known = unit.client_consent(user, client).await?;
    let widened = known
        .as_ref()
        .map_or_else(|| scope.clone(), |known| known.scope.union(scope));
    unit.put_client_consent(&ClientConsent {
        user_id: user,
        client_id: client.clone(),
        scope: widened,
        created_at: known.as_ref().map_or(said.at, |known| known.created_at),
        updated_at: said.at,
    })
    .await?;
    if known.is_some_and(|known| scope.is_subset(&known.scope)) {
        return Ok(());
    }
    let detail = json!({"client": client.to_string(), "scope": scope.to_string()});
    unit.record(&Event { detail, ..said }).await
}
