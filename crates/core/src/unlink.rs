//! Giving an identity up.

use crate::{
    Instant,
    event::{Actor, Event, EventKind},
    id::{EventId, IdentityId, SessionId, UserId},
    identity::{Identity, IdentityKind},
    reason::Reason,
    session::Method,
    settings::Settings,
    store::{Act, Result, Unit},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// A user gives an identity up. The other sessions end, and this one too where nothing that it was proven by is left.
#[derive(Debug)]
pub struct Unlink {
    /// Who, proven within the last five minutes.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// How that was proven.
    pub amr: Vec<Method>,
    /// What.
    pub identity: IdentityId,
    /// The tenant's settings.
    pub settings: Settings,
    /// For the event.
    pub event: EventId,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// It is nobody's any more.
    Done,
    /// The user has no such identity.
    Missing,
    /// It cannot be.
    Refused(Reason),
}

#[async_trait]
impl Act for Unlink {
    type Output = Unlinked;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Unlinked> {
        // Locked from here on, so that of two identities unlinked at once one stays.
        if !unit.user(self.user).await?.is_some_and(|user| user.is_active()) {
            return Ok(Unlinked::Refused(Reason::UserDisabled));
        }
        let (gone, left): (Vec<_>, Vec<_>) = (unit.identities_of(self.user).await?.into_iter())
            .partition(|identity| identity.id == self.identity);
        let Some(gone) = gone.first() else {
            return Ok(Unlinked::Missing);
        };
        let kind = gone.external.kind();
        let is_left = left.iter().any(|left| left.external.kind() == kind);
        if self.settings.require.contains(&kind) && !is_left {
            return Ok(Unlinked::Refused(Reason::IdentityRequired));
        }
        let is_other = |left: &Identity| left.external.kind() != IdentityKind::Phone;
        // A phone alone is a way in only where the tenant can send codes.
        if !left.iter().any(is_other) && (left.is_empty() || unit.sms_vendor().await?.is_none()) {
            return Ok(Unlinked::Refused(Reason::LastIdentity));
        }
        unit.remove_identity(gone.id).await?;
        let stands = is_left
            || self
                .amr
                .iter()
                .any(|method| method.kind().is_some_and(|by| by != kind));
        unit.end_other_sessions(self.user, stands.then_some(self.session), self.now)
            .await?;
        let event = Event {
            id: self.event,
            at: self.now,
            actor: Actor::User(self.user.to_string()),
            ip: self.ip,
            kind: EventKind::IdentityUnlinked,
            target: self.user.to_string(),
            detail: json!({"kind": kind.as_str(), "id": gone.id.to_string()}),
        };
        unit.record(&event).await?;
        Ok(Unlinked::Done)
    }
}
