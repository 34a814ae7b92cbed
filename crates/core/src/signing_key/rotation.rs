//! How one key follows another: by an operator's hand, or by itself when its time has come.
//!
//! Whoever brings a new key decides under the tenant's lock, by the keys that are there, so that of two who do it at once
//! one sees the other's key.

use super::{KEY_LEAD, KEY_TAIL, KeyId, KeyState, SigningAlgorithm, SigningKey, active, state};
use crate::{
    Instant,
    event::EventKind,
    id::TenantId,
    store::{Act, Audit, Result, Unit},
    time,
};
use async_trait::async_trait;
use serde_json::json;

/// How long a rotation is put off where another key waits already, in seconds: a day.
const PUT_OFF: u32 = 86_400;

/// How a new key begins to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// By itself, once it was published for [`KEY_LEAD`]. At once where no key of its algorithm signs: then there is no
    /// client that could have an older JWKS and a token by it.
    AfterLead,
    /// When an operator says so, [`KEY_LEAD`] after its publication at the earliest.
    Manual,
}

/// What became of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// It is published.
    Published,
    /// Another key of the algorithm waits already.
    Waiting,
}

/// A key that is to be succeeded now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueKey {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub kid: KeyId,
    /// What it signs with, and so its successor.
    pub algorithm: SigningAlgorithm,
}

/// When a key that begins to sign at `activates_at` lets its elders leave the JWKS.
fn elders_end(activates_at: Instant) -> Instant {
    time::after(activates_at, KEY_TAIL)
}

/// When a key that begins to sign at `activates_at` is to be succeeded: `period` seconds later, or never where that is 0.
pub fn rotates_at(activates_at: Instant, period: u32) -> Option<Instant> {
    (period > 0).then(|| time::after(activates_at, period))
}

async fn rotation_period(unit: &mut dyn Unit) -> Result<u32> {
    let tenant = unit.this_tenant().await?;
    Ok(tenant.map_or(0, |tenant| tenant.settings.keys.rotation_period))
}

/// Adds a key, and gives its elders an end where it is known when it signs.
pub async fn succeed(
    unit: &mut dyn Unit,
    key: &SigningKey,
    activation: Activation,
    now: Instant,
) -> Result<Succession> {
    // The tenant's row is locked from here on.
    let period = rotation_period(unit).await?;
    let keys = unit.keys(now).await?;
    let waits = |key: &SigningKey| state(&keys, key, now) == KeyState::Published;
    if keys
        .iter()
        .any(|other| other.algorithm == key.algorithm && waits(other))
    {
        return Ok(Succession::Waiting);
    }
    let activates_at = match activation {
        Activation::Manual => None,
        Activation::AfterLead if active(&keys, key.algorithm, now).is_none() => Some(now),
        Activation::AfterLead => Some(time::after(now, KEY_LEAD)),
    };
    let key = SigningKey {
        created_at: now,
        activates_at,
        retires_at: None,
        rotates_at: activates_at.and_then(|at| rotates_at(at, period)),
        ..key.clone()
    };
    unit.insert_key(&key).await?;
    if let Some(at) = activates_at {
        unit.retire_keys(key.algorithm, &key.kid, elders_end(at)).await?;
    }
    Ok(Succession::Published)
}

/// Adds a key that signs at once where no key of its algorithm signs, for the first client that wants one. Gives whether it
/// was added. A key that waits for an operator stays waiting, as this one's successor.
pub async fn begin(unit: &mut dyn Unit, key: &SigningKey, now: Instant) -> Result<bool> {
    let period = rotation_period(unit).await?;
    if active(&unit.keys(now).await?, key.algorithm, now).is_some() {
        return Ok(false);
    }
    let key = SigningKey {
        created_at: now,
        activates_at: Some(now),
        retires_at: None,
        rotates_at: rotates_at(now, period),
        ..key.clone()
    };
    unit.insert_key(&key).await?;
    Ok(true)
}

/// Sets anew when keys are succeeded, for a tenant that wants it every `period` seconds from now on.
pub async fn reschedule(unit: &mut dyn Unit, period: u32, now: Instant) -> Result<()> {
    for key in unit.keys(now).await? {
        if let (Some(activates_at), None) = (key.activates_at, key.retires_at) {
            unit.set_rotation(&key.kid, rotates_at(activates_at, period))
                .await?;
        }
    }
    Ok(())
}

/// What became of a key that an operator wants to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activated {
    /// It signs.
    Done,
    /// There is no such key.
    Missing,
    /// It was not published for [`KEY_LEAD`] yet.
    TooEarly,
    /// It signs already, or did.
    Already,
}

/// Makes a key sign that waits, and gives its elders an end.
pub async fn activate(unit: &mut dyn Unit, kid: &KeyId, now: Instant) -> Result<Activated> {
    let period = rotation_period(unit).await?;
    let keys = unit.keys(now).await?;
    let Some(key) = keys.iter().find(|key| key.kid == *kid) else {
        return Ok(Activated::Missing);
    };
    if state(&keys, key, now) != KeyState::Published {
        return Ok(Activated::Already);
    }
    if now < time::after(key.created_at, KEY_LEAD) {
        return Ok(Activated::TooEarly);
    }
    unit.activate_key(kid, now, rotates_at(now, period)).await?;
    unit.retire_keys(key.algorithm, kid, elders_end(now)).await?;
    Ok(Activated::Done)
}

/// Succeeds a key whose time has come. Where another node has done so, nothing happens.
#[derive(Debug)]
pub struct Rotate {
    /// Which.
    pub due: DueKey,
    /// Its successor, of the same algorithm.
    pub successor: SigningKey,
    /// For the event.
    pub audit: Audit,
}

#[async_trait]
impl Act for Rotate {
    type Output = bool;

    async fn run(&self, unit: &mut dyn Unit) -> Result<bool> {
        let now = self.audit.now;
        // The tenant's row is locked first: of two nodes one finds what the other has done.
        unit.this_tenant().await?;
        let keys = unit.keys(now).await?;
        let is_due = |key: &SigningKey| key.kid == self.due.kid && key.rotates_at.is_some_and(|at| at <= now);
        if !keys.iter().any(is_due) {
            return Ok(false);
        }
        if succeed(unit, &self.successor, Activation::AfterLead, now).await? == Succession::Waiting {
            unit.set_rotation(&self.due.kid, Some(time::after(now, PUT_OFF)))
                .await?;
            return Ok(false);
        }
        let detail = json!({"alg": self.due.algorithm.as_str(), "succeeds": self.due.kid});
        let event = self
            .audit
            .event(EventKind::KeyCreated, self.successor.kid.as_str(), detail);
        unit.record(&event).await?;
        Ok(true)
    }
}
