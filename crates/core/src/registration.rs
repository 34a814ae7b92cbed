//! Clients that register themselves (RFC 7591), by tokens that an operator hands out.

use crate::{
    Instant,
    change::{Change, Changed},
    client::Client,
    event::{Actor, EventKind},
    id::InitialTokenId,
    signing_key::SigningKey,
    store::{Act, Audit, Result, Unit},
    token::SecretHash,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Whether clients may register themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DynamicRegistration {
    /// No. The default.
    #[default]
    Off,
    /// Whoever has a token of an operator's (RFC 7591 §3 "initial access token").
    InitialAccessToken,
}

/// The longest life of an initial access token, in seconds: a year.
pub const LONGEST_INITIAL_TTL: u32 = 31_536_000;

/// The most clients that one token can register.
pub const MOST_USES: u32 = 1_000;

/// A token with which clients register themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialToken {
    /// By which it is found and taken back.
    pub id: InitialTokenId,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// How many clients it can still register.
    pub uses_left: u32,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// Registers a client by a token.
#[derive(Debug)]
pub struct RegisterClient {
    /// Which token.
    pub token: InitialTokenId,
    /// What its secret's hash must be.
    pub hash: SecretHash,
    /// The client, new.
    pub client: Client,
    /// A key of the algorithm of its ID tokens, for the case that the tenant has none that signs.
    pub key: Option<Box<SigningKey>>,
    /// For the event.
    pub audit: Audit,
}

/// What became of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// The client is registered.
    Done,
    /// The token is unknown, used up or expired. Nothing changed.
    Refused,
}

#[async_trait]
impl Act for RegisterClient {
    type Output = Registered;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Registered> {
        let now = self.audit.now;
        // The tenant's row comes first, as in every change that may bring a key.
        unit.this_tenant().await?;
        if !unit.spend_initial_token(self.token, self.hash, now).await? {
            return Ok(Registered::Refused);
        }
        let change = Change::Client {
            client: self.client.clone(),
            based_on: None,
            key: self.key.clone(),
        };
        if change.apply(unit, now).await? != Changed::Created {
            return Err(crate::store::StoreError::Defect(
                "an id of 128 random bits was there already".into(),
            ));
        }
        let (kind, target, mut detail) = change.describe(Changed::Created);
        detail["initial_access_token"] = json!(self.token.to_string());
        unit.record(&self.audit.event(kind, &target, detail)).await?;
        Ok(Registered::Done)
    }
}

/// Who is named in the events of a client that registers, changes or removes itself.
pub fn actor(client: &Client) -> Actor {
    Actor::Client(client.id.to_string())
}

/// What is recorded of a new token.
pub(crate) fn described(token: &InitialToken) -> (EventKind, String, serde_json::Value) {
    let detail = json!({"uses": token.uses_left, "expires_at": token.expires_at.to_rfc3339()});
    (EventKind::InitialTokenCreated, token.id.to_string(), detail)
}
