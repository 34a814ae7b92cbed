//! Sending a code, and trying one: the writes of both.
//!
//! A message is counted and its challenge stored before the vendor is asked; an answer that never came is a message that
//! counts.

use super::{
    SmsPurpose, SmsVendor,
    budget::{self, AlarmVerdict, BudgetVerdict, Counted},
    challenge::{self, Pepper, SendVerdict, SmsChallenge, TryVerdict},
};
use crate::{
    Instant, Random,
    client::ClientId,
    event::{Actor, Event, EventKind},
    id::{EventId, LoginId, UserId},
    login::{CodeChallenge, LoginTransaction, Presented, Proofs, Refusal},
    phone::PhoneNumber,
    reason::Reason,
    scope::Scope,
    settings::SmsSettings,
    store::{Act, Result, SmsConversion, SmsCounted, Unit},
    token::{OpaqueToken, SecretHash, TokenKind},
};
use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

/// A code as a person typed it.
#[derive(Clone)]
pub struct Otp {
    /// What they typed.
    pub code: SecretString,
    /// What codes are stored under.
    pub pepper: Arc<Pepper>,
}

impl std::fmt::Debug for Otp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Otp(..)")
    }
}

/// For whom a code is sent.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives for one request, nearly always the large variant"
)]
pub enum SendFor {
    /// Somebody who signs in. The login is kept, so that the code can be shown with its next `auth_session`.
    Login {
        /// The `auth_session` of a login that is under way.
        presented: Option<Presented>,
        /// How far the grant will go.
        scope: Scope,
        /// What the authorization code will be bound to, where the login ends in one.
        challenge: Option<CodeChallenge>,
        /// What was proven beside.
        proofs: Proofs,
    },
    /// A signed-in user who adds the phone.
    Link(UserId),
}

/// Who asks for a code to which phone.
#[derive(Debug)]
pub struct SendCodeRequest {
    /// To whom.
    pub phone: PhoneNumber,
    /// What for.
    pub send_for: SendFor,
    /// Through which client.
    pub client: ClientId,
    /// The tenant's settings.
    pub settings: SmsSettings,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// Counts a message and stores its challenge.
#[derive(Debug)]
pub struct SendCode {
    request: SendCodeRequest,
    challenge: SmsChallenge,
    login: LoginId,
    auth_session: SecretHash,
    events: [EventId; 4],
}

/// What to send, and what to hand out, where the outcome says so.
pub struct Prepared {
    /// The code.
    pub code: SecretString,
    /// The challenge's id: the message's idempotency key.
    pub id: Uuid,
    /// Of a login.
    pub auth_session: OpaqueToken,
}

/// What comes of asking for a code.
#[derive(Debug)]
pub enum Sending {
    /// Send it through this vendor. The login, where it is one, awaits it.
    Send(SmsVendor),
    /// Send nothing. The login, where it is one, is kept.
    Refused(Refusal),
    /// The `auth_session` is no good.
    InvalidSession,
}

impl SendCode {
    /// Prepares the act, and the message.
    pub fn prepare(request: SendCodeRequest, pepper: &Pepper, random: &dyn Random) -> (Self, Prepared) {
        let now = request.now;
        let presented = match &request.send_for {
            SendFor::Login { presented, .. } => *presented,
            SendFor::Link(_) => None,
        };
        let login = presented.map_or_else(|| LoginId::generate(now, random), |presented| presented.id);
        let (purpose, bound_to) = match &request.send_for {
            SendFor::Login { .. } => (SmsPurpose::SignIn, login.uuid()),
            SendFor::Link(user) => (SmsPurpose::Link, user.uuid()),
        };
        let phone = request.phone.clone();
        let (challenge, code) = SmsChallenge::new(phone, purpose, bound_to, pepper, now, random);
        let auth_session = OpaqueToken::generate(TokenKind::AuthSession, login.uuid(), random);
        let act = Self {
            request,
            login,
            auth_session: auth_session.hash(),
            events: std::array::from_fn(|_| EventId::generate(now, random)),
            challenge,
        };
        let id = act.challenge.id;
        let prepared = Prepared {
            code,
            id,
            auth_session,
        };
        (act, prepared)
    }

    async fn count(&self, unit: &mut dyn Unit) -> Result<std::result::Result<SmsVendor, Refusal>> {
        let SendCodeRequest {
            phone, settings, now, ..
        } = &self.request;
        if !budget::is_allowed(phone, &settings.countries) {
            return Ok(Err(Reason::PhoneCountryRefused.into()));
        }
        // Locked from here on: a tenant's messages are counted one after the other.
        let Some(kept) = unit.sms_vendor().await? else {
            return Ok(Err(Reason::SmsMisconfigured.into()));
        };
        let previous = unit.sms_challenge(phone, self.challenge.purpose).await?;
        if let SendVerdict::Wait { retry_after } = challenge::decide_send(previous.as_ref(), *now) {
            return Ok(Err(wait(Reason::OtpResendTooSoon, retry_after)));
        }
        let message = SmsCounted {
            id: self.challenge.id,
            phone: phone.clone(),
            address: self.request.ip.map(budget::address_key),
            sent_at: *now,
        };
        let counts = unit.sms_counts(&message, &settings.budget.limits()).await?;
        if let BudgetVerdict::Exceeded { retry_after, .. } = budget::decide(&counts, &settings.budget, *now) {
            return Ok(Err(wait(Reason::SmsLimited, retry_after)));
        }
        unit.put_sms_challenge(&self.challenge).await?;
        unit.count_sms(&message).await?;
        // Told once: with the message that uses the budget up.
        let is_last = |count: &&budget::Count| {
            let is_of_all = matches!(count.counted, Counted::Country | Counted::Tenant);
            is_of_all
                && settings.budget.limits().iter().any(|limit| {
                    (limit.counted, limit.window) == (count.counted, count.window)
                        && count.sent + 1 == limit.most
                })
        };
        let mut events = self.events.iter().copied();
        if let (Some(count), Some(id)) = (counts.iter().find(is_last), events.next()) {
            let detail = json!({"budget": count.counted.as_str(), "sent": count.sent + 1});
            unit.record(&self.event(id, EventKind::SmsBudgetExhausted, count.counted.as_str(), detail))
                .await?;
        }
        for (conversion, id) in unit.sms_conversions(phone, *now).await?.iter().zip(events) {
            self.watch(unit, conversion, id).await?;
        }
        Ok(Ok(kept.vendor))
    }

    async fn watch(&self, unit: &mut dyn Unit, found: &SmsConversion, id: EventId) -> Result<()> {
        let (raised_at, kind) = match budget::decide_alarm(found.conversion, found.is_raised) {
            AlarmVerdict::AsItWas => return Ok(()),
            AlarmVerdict::Raise => (Some(self.request.now), EventKind::SmsConversionLow),
            AlarmVerdict::End => (None, EventKind::SmsConversionRecovered),
        };
        unit.set_sms_alarm(found.counted, &found.key, raised_at).await?;
        let detail = json!({"counted": found.counted.as_str(), "sent": found.conversion.sent,
            "came_back": found.conversion.verified});
        unit.record(&self.event(id, kind, &found.key, detail)).await
    }

    fn event(&self, id: EventId, kind: EventKind, target: &str, detail: serde_json::Value) -> Event {
        Event {
            id,
            at: self.request.now,
            actor: Actor::Client(self.request.client.to_string()),
            ip: self.request.ip,
            kind,
            target: target.to_owned(),
            detail,
        }
    }

    /// The login as it is after this step.
    fn transaction(
        &self,
        before: Option<LoginTransaction>,
        awaits: Option<PhoneNumber>,
    ) -> Option<LoginTransaction> {
        let SendFor::Login {
            scope,
            challenge,
            proofs,
            ..
        } = &self.request.send_for
        else {
            return None;
        };
        let now = self.request.now;
        let (kept, awaited, steps, expires_at) = match before {
            Some(before) => (
                before.proofs,
                before.awaits_code_of,
                before.steps,
                before.expires_at,
            ),
            None => (Proofs::default(), None, 0, LoginTransaction::end(now)),
        };
        Some(LoginTransaction {
            id: self.login,
            hash: self.auth_session,
            client_id: self.request.client.clone(),
            user_id: None,
            scope: scope.clone(),
            challenge: challenge.clone(),
            proofs: kept.with(proofs.clone()),
            awaits_code_of: awaits.or(awaited),
            steps: steps + 1,
            expires_at,
        })
    }
}

const fn wait(reason: Reason, seconds: u32) -> Refusal {
    Refusal {
        reason,
        retry_after: Some(seconds),
    }
}

#[async_trait]
impl Act for SendCode {
    type Output = Sending;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Sending> {
        let request = &self.request;
        let mut before = None;
        if let SendFor::Login {
            presented: Some(presented),
            ..
        } = &request.send_for
        {
            before = unit
                .transaction(presented.id)
                .await?
                .filter(|kept| kept.is_open_to(presented, &request.client, None, request.now));
            if before.is_none() {
                return Ok(Sending::InvalidSession);
            }
        }
        let counted = self.count(unit).await?;
        let awaits = counted.is_ok().then(|| request.phone.clone());
        if let Some(transaction) = self.transaction(before, awaits) {
            unit.put_transaction(&transaction).await?;
        }
        Ok(match counted {
            Ok(vendor) => Sending::Send(vendor),
            Err(refusal) => Sending::Refused(refusal),
        })
    }
}

/// Tries a code. The outer error rolls back; the inner one is committed, so that the try counts.
pub(crate) async fn try_code(
    unit: &mut dyn Unit,
    phone: &PhoneNumber,
    purpose: SmsPurpose,
    asker: Uuid,
    otp: &Otp,
    now: Instant,
) -> Result<std::result::Result<(), Reason>> {
    let found = unit.sms_challenge(phone, purpose).await?;
    let Some(found) = found.filter(|found| found.bound_to == asker) else {
        return Ok(Err(Reason::OtpExpired));
    };
    let (tries, used, verdict) = match challenge::decide_try(&found, &otp.code, &otp.pepper, now) {
        TryVerdict::Right => (found.tries, true, Ok(())),
        TryVerdict::Wrong { .. } => (found.tries + 1, found.used, Err(Reason::OtpWrong)),
        // A code that was used is over, however often it was tried.
        TryVerdict::Burnt if found.used => return Ok(Err(Reason::OtpExpired)),
        TryVerdict::Burnt => return Ok(Err(Reason::OtpBurnt)),
        TryVerdict::Expired => return Ok(Err(Reason::OtpExpired)),
    };
    let id = found.id;
    unit.put_sms_challenge(&SmsChallenge { tries, used, ..found })
        .await?;
    if used {
        unit.sms_came_back(id).await?;
    }
    Ok(verdict)
}
