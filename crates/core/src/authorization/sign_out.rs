//! A person signs out: the session ends with all that grew from it, and its clients are to be told.

use crate::{
    Instant,
    event::{Actor, Event, EventKind},
    id::{EventId, SessionId, UserId},
    store::{Act, Result, Unit},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// Ends a session.
#[derive(Debug)]
pub struct SignOut {
    /// Who.
    pub user: UserId,
    /// Which session.
    pub session: SessionId,
    /// For the event.
    pub event: EventId,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

#[async_trait]
impl Act for SignOut {
    /// Whether it was alive.
    type Output = bool;

    async fn run(&self, unit: &mut dyn Unit) -> Result<bool> {
        // Locked before what is theirs, as everywhere.
        unit.user(self.user).await?;
        if !unit.end_session(self.user, self.session, self.now).await? {
            return Ok(false);
        }
        unit.record(&Event {
            id: self.event,
            at: self.now,
            actor: Actor::User(self.user.to_string()),
            ip: self.ip,
            kind: EventKind::SessionEnded,
            target: self.session.to_string(),
            detail: json!({"user": self.user.to_string(), "because": "signed out"}),
        })
        .await?;
        Ok(true)
    }
}
