//! Passwords in a login: failures are counted, and a success counts only where it was let try.

use super::{AccountProof, Refusal};
use crate::{
    Instant, Random,
    attempts::{self, AttemptKey, AttemptKind, AttemptLimits, FREE, Failures, MOST},
    client::ClientId,
    event::{Actor, Event, EventKind},
    id::{EventId, UserId},
    password::Username,
    reason::Reason,
    store::{Account, Act, Result, Unit},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// A password was wrong, or there is no such account; or somebody wanted a username that is taken, and may be asking who is here:
/// the failure is counted.
#[derive(Debug)]
pub struct PasswordFailed {
    keys: Vec<AttemptKey>,
    reason: Reason,
    user: Option<UserId>,
    limits: AttemptLimits,
    client: ClientId,
    ip: Option<IpAddr>,
    now: Instant,
    event: EventId,
}

impl PasswordFailed {
    /// A wrong password. `user` is whose account it is, where it is one.
    pub fn wrong(
        username: &Username,
        user: Option<UserId>,
        limits: AttemptLimits,
        client: ClientId,
        (ip, now): (Option<IpAddr>, Instant),
        random: &dyn Random,
    ) -> Self {
        Self {
            keys: AttemptKey::of_try(username, ip),
            reason: Reason::PasswordWrong,
            user,
            limits,
            client,
            ip,
            now,
            event: EventId::generate(now, random),
        }
    }

    /// A username that is taken. It is no failure of the account that has it.
    pub fn taken(
        username: &Username,
        limits: AttemptLimits,
        client: ClientId,
        by: (Option<IpAddr>, Instant),
        random: &dyn Random,
    ) -> Self {
        let mut failed = Self::wrong(username, None, limits, client, by, random);
        failed.keys.retain(|key| key.kind != AttemptKind::Account);
        failed.reason = Reason::UsernameTaken;
        failed
    }
}

#[async_trait]
impl Act for PasswordFailed {
    /// What to answer: a try that came too early is told nothing.
    type Output = Refusal;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Refusal> {
        let known = unit.failures(&self.keys).await?;
        if let Some(refusal) = too_early(&known, self.limits, self.now) {
            return Ok(refusal);
        }
        for key in &self.keys {
            let failures = Failures::one_more(*key, &known, self.now);
            unit.put_failures(&failures).await?;
            if let Some(user) = self.user.filter(|_| is_worth_telling(&failures)) {
                let event = Event {
                    id: self.event,
                    at: self.now,
                    actor: Actor::Client(self.client.to_string()),
                    ip: self.ip,
                    kind: EventKind::PasswordGuessed,
                    target: user.to_string(),
                    detail: json!({"failures": failures.count}),
                };
                unit.record(&event).await?;
            }
        }
        Ok(self.reason.into())
    }
}

/// A password was right, and something else is to be tried beside it, whose answer would tell so: whether that may be told, now that
/// those who guessed at the same time have been counted. Changes nothing.
#[derive(Debug)]
pub struct PasswordRight {
    keys: Vec<AttemptKey>,
    limits: AttemptLimits,
    now: Instant,
}

impl PasswordRight {
    /// Prepares the act.
    pub fn prepare(username: &Username, limits: AttemptLimits, (ip, now): (Option<IpAddr>, Instant)) -> Self {
        let keys = AttemptKey::of_try(username, ip);
        Self { keys, limits, now }
    }
}

#[async_trait]
impl Act for PasswordRight {
    /// What to answer where it may not be told.
    type Output = Option<Refusal>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Option<Refusal>> {
        let known = unit.failures(&self.keys).await?;
        Ok(too_early(&known, self.limits, self.now))
    }
}

fn is_worth_telling(failures: &Failures) -> bool {
    failures.key.kind == AttemptKind::Account && [2 * FREE, MOST / 2, MOST].contains(&failures.count)
}

/// What to say to a try that does not count.
pub fn too_early(failures: &[Failures], limits: AttemptLimits, now: Instant) -> Option<Refusal> {
    let seconds = attempts::wait(failures, limits, now)?;
    Some(Refusal {
        reason: Reason::PasswordThrottled,
        retry_after: Some(seconds),
    })
}

/// A password was right: that counts unless the failures of others beside it hold it off, and the account's are forgotten.
pub(crate) async fn was_right(
    unit: &mut dyn Unit,
    proof: &AccountProof,
    limits: AttemptLimits,
    (ip, now): (Option<IpAddr>, Instant),
) -> Result<std::result::Result<(), Refusal>> {
    let keys = AttemptKey::of_try(&proof.username, ip);
    let known = unit.failures(&keys).await?;
    if let Some(refusal) = too_early(&known, limits, now) {
        return Ok(Err(refusal));
    }
    if let Some(own) = known.iter().find(|known| known.key.kind == AttemptKind::Account) {
        unit.forget_failures(&own.key).await?;
    }
    Ok(Ok(()))
}

/// The account, where the password that was right is still its password and its user may sign in.
pub(crate) async fn still_right(unit: &mut dyn Unit, proof: &AccountProof) -> Result<Option<Account>> {
    let account = unit.account_of(proof.identity).await?;
    Ok(account
        .filter(|account| account.user.is_active() && AccountProof::digest(&account.hash) == proof.checked))
}
