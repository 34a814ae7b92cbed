//! What a person does about a device, each as one act.

use super::{Allowed, Device, DeviceState};
use crate::{
    Instant,
    attempts::{self, AttemptKey, AttemptLimits, Begun, Failures},
    authorization,
    event::{Actor, Event, EventKind},
    grant::Authentication,
    id::{EventId, SessionId, UserId},
    store::{Act, Result, Unit},
    token::SecretHash,
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// Keeps a new device.
#[derive(Debug)]
pub struct MakeDevice {
    /// As it is to be kept.
    pub device: Device,
    /// How many its address may begin; `None` where its client has proven who it is, for then the address is that of a server.
    pub limits: Option<AttemptLimits>,
}

#[async_trait]
impl Act for MakeDevice {
    type Output = Begun;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Begun> {
        let device = &self.device;
        if let Some(limits) = self.limits
            && let Some(seconds) = attempts::begin(unit, device.ip, limits, device.created_at).await?
        {
            return Ok(Begun::TooMany(seconds));
        }
        let is_kept = unit.put_device(device).await?;
        Ok(if is_kept { Begun::Kept } else { Begun::Taken })
    }
}

/// A person types a user code.
#[derive(Debug)]
pub struct EnterUserCode {
    /// [`UserCode::hash`](super::UserCode::hash); `None` where what was typed cannot be a code.
    pub user_code: Option<SecretHash>,
    /// Who guesses; `None` where the browser has shown that it knew the code before.
    pub guess: Option<Guess>,
    /// When.
    pub now: Instant,
}

/// Who may be guessing user codes, and how often they may be wrong.
#[derive(Debug, Clone, Copy)]
pub struct Guess {
    /// Who is signed in. All their sessions are counted together, so that another session is no new start.
    pub user: UserId,
    /// From where.
    pub ip: Option<IpAddr>,
    /// The tenant's limits.
    pub limits: AttemptLimits,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// A device that waits for the person.
    Found(Box<Device>),
    /// There is none, or none any more: whoever asks learns no more.
    Unknown,
    /// They were wrong too often: nothing is told of this code, right or wrong. For how many seconds.
    TooOften(u32),
}

#[async_trait]
impl Act for EnterUserCode {
    type Output = Entered;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Entered> {
        let keys = match &self.guess {
            Some(guess) => AttemptKey::of_user_code(guess.user, guess.ip),
            None => Vec::new(),
        };
        let known = unit.failures(&keys).await?;
        if let Some(guess) = &self.guess
            && let Some(seconds) = attempts::wait(&known, guess.limits, self.now)
        {
            return Ok(Entered::TooOften(seconds));
        }
        let found = match self.user_code {
            Some(user_code) => unit.device_of(user_code).await?,
            None => None,
        };
        if let Some(device) = found.filter(|device| device.is_open(self.now)) {
            return Ok(Entered::Found(Box::new(device)));
        }
        for key in keys {
            unit.put_failures(&Failures::one_more(key, &known, self.now))
                .await?;
        }
        Ok(Entered::Unknown)
    }
}

/// A person lets a device in, or does not. What they were shown is looked at again in the unit.
#[derive(Debug)]
pub struct DecideDevice {
    /// Which.
    pub user_code: SecretHash,
    /// The session of the browser, and the hash of its cookie.
    pub session: (SessionId, SecretHash),
    /// The tenant's setting.
    pub idle_ttl: u32,
    /// Whether they let it in.
    pub allow: bool,
    /// For the decision and the consent.
    pub events: [EventId; 2],
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It counts.
    Done,
    /// The session is over.
    SignedOut,
    /// The device is, or somebody has decided.
    Unknown,
}

#[async_trait]
impl Act for DecideDevice {
    type Output = Decided;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Decided> {
        let (session, cookie) = self.session;
        // Locks the user, before the device, as whoever redeems it does.
        let found = unit.browser_session(session).await?;
        let open = found.filter(|(session, user)| {
            session.is_open_to(cookie, self.now, self.idle_ttl) && user.is_active()
        });
        let Some((session, _)) = open else {
            return Ok(Decided::SignedOut);
        };
        let found = unit.device_of(self.user_code).await?;
        let Some(device) = found.filter(|device| device.is_open(self.now)) else {
            return Ok(Decided::Unknown);
        };
        let user = session.user_id;
        let next = if self.allow {
            DeviceState::Allowed(Allowed {
                user,
                session: session.id,
                authentication: Authentication {
                    amr: session.amr,
                    auth_time: session.auth_time,
                },
            })
        } else {
            DeviceState::Denied { user }
        };
        if !unit.set_device_state(device.id, &device.state, &next).await? {
            return Ok(Decided::Unknown);
        }
        let [decision, consent] = self.events;
        let event = |id, kind, detail| Event {
            id,
            at: self.now,
            actor: Actor::User(user.to_string()),
            ip: self.ip,
            kind,
            target: user.to_string(),
            detail,
        };
        let kind = if self.allow {
            let said = event(consent, EventKind::ClientConsented, json!(null));
            authorization::remember(unit, (user, &device.client_id), &device.scope, said).await?;
            EventKind::DeviceAllowed
        } else {
            EventKind::DeviceDenied
        };
        let detail = json!({
            "client": device.client_id.to_string(),
            "scope": device.scope.to_string(),
            "device_ip": device.ip.map(|ip| ip.to_string()),
        });
        unit.record(&event(decision, kind, detail)).await?;
        Ok(Decided::Done)
    }
}
