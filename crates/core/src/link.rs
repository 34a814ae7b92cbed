//! Linking: a signed-in user adds a phone to the account, by proof of both sides.

use crate::{
    Instant, Random,
    client::ClientId,
    event::{Actor, Event, EventKind},
    id::{EventId, IdentityId, UserId},
    identity::{ExternalIdentity, Identity, PhoneVerifier, VerifiedPhone},
    linking::{self, PhoneVerdict},
    reason::Reason,
    store::{Act, Result, Unit},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// A user proves to have a phone. A phone that the user had before is replaced.
#[derive(Debug)]
pub struct LinkPhone {
    user: UserId,
    phone: VerifiedPhone,
    client: ClientId,
    ip: Option<IpAddr>,
    now: Instant,
    identity: IdentityId,
    event: EventId,
}

/// Who links which phone, through which client, from where and when.
#[derive(Debug)]
pub struct LinkPhoneRequest {
    /// Who, proven within the last five minutes.
    pub user: UserId,
    /// What a connector proved.
    pub phone: VerifiedPhone,
    /// Through which client.
    pub client: ClientId,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// The identity, and whether it is new; or why there is none.
pub type Linked = std::result::Result<(Identity, bool), Reason>;

impl LinkPhone {
    /// Prepares the act.
    pub fn prepare(request: LinkPhoneRequest, random: &dyn Random) -> Self {
        let now = request.now;
        Self {
            user: request.user,
            phone: request.phone,
            client: request.client,
            ip: request.ip,
            now,
            identity: IdentityId::generate(now, random),
            event: EventId::generate(now, random),
        }
    }
}

#[async_trait]
impl Act for LinkPhone {
    type Output = Linked;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Linked> {
        // Locked from here on, so that of two phones linked at once one stays.
        if !unit.user(self.user).await?.is_some_and(|user| user.is_active()) {
            return Ok(Err(Reason::UserDisabled));
        }
        let holder = unit.phone_holder(&self.phone.number).await?;
        let known = linking::PhoneCandidate {
            id: self.user,
            bare: false,
        };
        let holder = holder
            .as_ref()
            .map(|user| linking::PhoneHolder { user, in_app: false });
        match linking::decide_phone(Some(known), holder, false) {
            PhoneVerdict::Held => {
                let own = unit.phone_of(self.user).await?;
                let missing = || crate::store::StoreError::Contention("the phone is gone again".into());
                return Ok(Ok((own.ok_or_else(missing)?, false)));
            }
            PhoneVerdict::Link => {}
            _ => return Ok(Err(Reason::PhoneTaken)),
        }
        let (identity, detail) = give_phone(unit, self.user, &self.phone, self.identity, self.now).await?;
        let event = Event {
            id: self.event,
            at: self.now,
            actor: Actor::Client(self.client.to_string()),
            ip: self.ip,
            kind: EventKind::IdentityLinked,
            target: self.user.to_string(),
            detail,
        };
        unit.record(&event).await?;
        Ok(Ok((identity, true)))
    }
}

/// Gives a locked user a phone that nobody has, in place of the one that the user had. Gives the identity, and what the event says
/// of it: which one it replaced and who had verified that, for an operator who is asked to look into it. Not the number.
pub(crate) async fn give_phone(
    unit: &mut dyn Unit,
    user: UserId,
    phone: &VerifiedPhone,
    id: IdentityId,
    now: Instant,
) -> Result<(Identity, serde_json::Value)> {
    let old = unit.phone_of(user).await?;
    if let Some(old) = &old {
        unit.remove_identity(old.id).await?;
    }
    let identity = Identity {
        id,
        user_id: user,
        external: ExternalIdentity::Phone(phone.clone()),
        created_at: now,
    };
    unit.insert_identity(&identity).await?;
    let replaced = old.map(|old| {
        let by = old.phone().map(|phone| match &phone.verifier {
            PhoneVerifier::Wechat(appid) => appid.to_string(),
        });
        json!({"id": old.id.to_string(), "verified_by": by})
    });
    Ok((identity, json!({"kind": "phone", "replaced": replaced})))
}
