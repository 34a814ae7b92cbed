//! What a signed-in user changes about the own account: profile, password, consent, and that it shall be closed.

use crate::{
    Instant,
    attempts::AttemptKey,
    client::ClientId,
    consent::Consent,
    event::{Actor, Event, EventKind},
    id::{EventId, IdentityId, SessionId, UserId},
    password::{PasswordHash, Username},
    profile::Profile,
    reason::Reason,
    store::{Act, Result, Unit},
    time,
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// Who changes something, from where and when.
#[derive(Debug, Clone)]
pub struct ByUser {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// Through which client.
    pub client: ClientId,
    /// For the event.
    pub event: EventId,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

impl ByUser {
    pub(crate) fn event(&self, kind: EventKind, detail: serde_json::Value) -> Event {
        Event {
            id: self.event,
            at: self.now,
            actor: Actor::User(self.user.to_string()),
            ip: self.ip,
            kind,
            target: self.user.to_string(),
            detail,
        }
    }

    /// Locks the user. `false` where they may not sign in any more.
    async fn lock(&self, unit: &mut dyn Unit) -> Result<bool> {
        Ok(unit.user(self.user).await?.is_some_and(|user| user.is_active()))
    }
}

/// Why a change was not made.
pub type Done<T> = std::result::Result<T, Reason>;

/// Writes the profile.
#[derive(Debug)]
pub struct UpdateProfile {
    /// Who.
    pub by: ByUser,
    /// As it is to be.
    pub profile: Profile,
}

#[async_trait]
impl Act for UpdateProfile {
    type Output = Done<()>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Done<()>> {
        if !self.by.lock(unit).await? {
            return Ok(Err(Reason::UserDisabled));
        }
        unit.put_profile(self.by.user, &self.profile).await?;
        unit.record(&self.by.event(EventKind::UserUpdated, json!(null)))
            .await?;
        Ok(Ok(()))
    }
}

/// Sets a new password for the user's username. The other sessions end, and failures are forgotten.
#[derive(Debug)]
pub struct ChangePassword {
    /// Who, proven within the last five minutes.
    pub by: ByUser,
    /// The new password's hash.
    pub hash: PasswordHash,
}

#[async_trait]
impl Act for ChangePassword {
    type Output = Done<()>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Done<()>> {
        let by = &self.by;
        // The account's own failures: what an address or the tenant has failed at stays. Forgotten before the user is locked, as a
        // login does it.
        if let Some((_, username)) = account_of(unit, by.user).await? {
            for key in AttemptKey::of_try(&username, None).iter().take(1) {
                unit.forget_failures(key).await?;
            }
        }
        if !by.lock(unit).await? {
            return Ok(Err(Reason::UserDisabled));
        }
        let Some((identity, _)) = account_of(unit, by.user).await? else {
            return Ok(Err(Reason::AccountRequired));
        };
        unit.set_password(identity, &self.hash, by.now).await?;
        let ended = unit.end_other_sessions(by.user, Some(by.session), by.now).await?;
        unit.record(&by.event(EventKind::PasswordChanged, json!({"sessions_ended": ended})))
            .await?;
        Ok(Ok(()))
    }
}

async fn account_of(unit: &mut dyn Unit, user: UserId) -> Result<Option<(IdentityId, Username)>> {
    let identities = unit.identities_of(user).await?;
    Ok(identities
        .iter()
        .find_map(|identity| Some((identity.id, identity.account()?.clone()))))
}

/// Ends all sessions of the user but the one that asks.
#[derive(Debug)]
pub struct EndOtherSessions {
    /// Who.
    pub by: ByUser,
}

#[async_trait]
impl Act for EndOtherSessions {
    /// How many.
    type Output = Done<u64>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Done<u64>> {
        let by = &self.by;
        if !by.lock(unit).await? {
            return Ok(Err(Reason::UserDisabled));
        }
        let ended = unit.end_other_sessions(by.user, Some(by.session), by.now).await?;
        if ended > 0 {
            unit.record(&by.event(EventKind::SessionEnded, json!({"others": ended})))
                .await?;
        }
        Ok(Ok(ended))
    }
}

/// Closes the account: all sessions end, and it is deleted when the cooling-off is over, unless the user signs in before.
#[derive(Debug)]
pub struct CloseAccount {
    /// Who, proven within the last five minutes.
    pub by: ByUser,
    /// The tenant's `account.cooling_off`, in seconds.
    pub cooling_off: u32,
}

#[async_trait]
impl Act for CloseAccount {
    /// When it will be deleted.
    type Output = Done<Instant>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Done<Instant>> {
        let by = &self.by;
        if !by.lock(unit).await? {
            return Ok(Err(Reason::UserDisabled));
        }
        let closes_at = time::after(by.now, self.cooling_off);
        if self.cooling_off == 0 {
            unit.end_sessions(by.user, by.now).await?;
            unit.delete_user(by.user).await?;
            unit.record(&by.event(EventKind::UserDeleted, json!({"because": "closed"})))
                .await?;
            return Ok(Ok(closes_at));
        }
        unit.set_closing(by.user, Some(closes_at)).await?;
        unit.end_sessions(by.user, by.now).await?;
        unit.record(&by.event(EventKind::UserClosing, json!({"at": closes_at.to_rfc3339()})))
            .await?;
        Ok(Ok(closes_at))
    }
}

/// Adds to the record of consent.
#[derive(Debug)]
pub struct RecordConsent {
    /// Who.
    pub by: ByUser,
    /// What they did, with its id.
    pub consent: Consent,
}

#[async_trait]
impl Act for RecordConsent {
    type Output = Done<()>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Done<()>> {
        if !self.by.lock(unit).await? {
            return Ok(Err(Reason::UserDisabled));
        }
        unit.add_consent(&self.consent).await?;
        let Consent { document, action, .. } = &self.consent;
        let named = format!("{}:{}", document.name, document.version);
        let detail = json!({"action": action.as_str(), "documents": [named]});
        unit.record(&self.by.event(EventKind::ConsentRecorded, detail))
            .await?;
        Ok(Ok(()))
    }
}
