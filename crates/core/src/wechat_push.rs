//! What WeChat pushes about an app's users (message push), and obeying it: who takes a permission back, or closes the WeChat
//! account, is taken at their word at once.

use crate::{
    Instant, Random,
    event::{Actor, Event, EventKind},
    id::{EventId, UserId},
    identity::{Identity, OpenId, PhoneVerifier, WechatIdentity},
    store::{Act, Result, StoreError, Unit},
    time,
    user::UserState,
    wechat_app::AppId,
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// How far a message's time may be from ours, in seconds.
pub const FRESH_FOR: u32 = 600;

/// How long a message is remembered so that it is obeyed once, in seconds: longer than it is fresh on either side.
pub const REMEMBERED_FOR: u32 = 3_600;

/// A message as it came over HTTP, unproven.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delivery<'a> {
    /// Query parameter `signature`: over token, timestamp and nonce alone.
    pub signature: &'a str,
    /// Query parameter `msg_signature`: over the ciphertext too. Only secured deliveries have one.
    pub msg_signature: &'a str,
    /// Query parameter `timestamp`, Unix seconds.
    pub timestamp: &'a str,
    /// Query parameter `nonce`.
    pub nonce: &'a str,
    /// The body: XML or JSON. Empty where WeChat checks the URL.
    pub body: &'a [u8],
}

/// Why a delivery is not believed. The sender learns no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushRefused {
    /// The signature is wrong, or the message was encrypted for another app.
    #[error("the signature is not by this app's Token and EncodingAESKey")]
    NotWechat,
    /// The time is more than ten minutes from ours.
    #[error("the timestamp is more than ten minutes from the server's time")]
    NotFresh,
    /// The delivery is not encrypted. Its signature does not cover its body, so that anyone who saw one could change it.
    #[error(
        "the message is not encrypted: choose 安全模式 (security mode) for the message push in the WeChat console"
    )]
    NotEncrypted,
    /// The signature is right, and what it covers is not a message.
    #[error("the message cannot be read")]
    Unreadable,
}

/// A proven message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// What happened.
    pub event: PushEvent,
    /// To whom; absent in messages that are about nobody.
    pub openid: Option<OpenId>,
    /// SHA-256 of the decrypted message: the same where WeChat sends it again.
    pub digest: [u8; 32],
}

/// What happened to a person's WeChat account or permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEvent {
    /// `user_authorization_revoke`: permissions were taken back, by WeChat's numbers.
    AuthorizationRevoked(Vec<u32>),
    /// `user_authorization_cancellation`: the WeChat account was closed.
    AccountClosed,
    /// `user_info_modified`: nickname, avatar or the like. Hufu keeps none of it.
    InfoModified,
    /// Any other, by name. Accepted and logged: WeChat adds new ones when it likes.
    Other(String),
}

/// WeChat's number for the phone number.
const PHONE: u32 = 8;
/// WeChat's number for the whole app.
const EVERYTHING: u32 = 301;

/// Obeys a proven message, once.
#[derive(Debug)]
pub struct Obey {
    appid: AppId,
    message: PushMessage,
    ip: Option<IpAddr>,
    now: Instant,
    event: EventId,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obeyed {
    /// It was obeyed, and recorded.
    Done,
    /// It had been obeyed before. Nothing changed.
    Replayed,
    /// The person is not known here, or the message asks for nothing. Nothing changed.
    Nothing,
}

impl Obey {
    /// Prepares the act.
    pub fn prepare(
        appid: AppId,
        message: PushMessage,
        ip: Option<IpAddr>,
        now: Instant,
        random: &dyn Random,
    ) -> Self {
        Self {
            appid,
            message,
            ip,
            now,
            event: EventId::generate(now, random),
        }
    }

    async fn record(
        &self,
        unit: &mut dyn Unit,
        kind: EventKind,
        user: UserId,
        detail: serde_json::Value,
    ) -> Result<()> {
        let event = Event {
            id: self.event,
            at: self.now,
            actor: Actor::Wechat(self.appid.to_string()),
            ip: self.ip,
            kind,
            target: user.to_string(),
            detail,
        };
        unit.record(&event).await
    }

    /// The WeChat account behind an identity is no more: neither are the identities that are known to be the same account, nor the
    /// phones that these apps' WeChat verified. Whoever has no other identity is deleted.
    async fn close(&self, unit: &mut dyn Unit, closed: &Identity) -> Result<()> {
        let user = closed.user_id;
        let union = closed.wechat().and_then(WechatIdentity::union_key);
        let is_closed = |identity: &Identity| {
            identity.id == closed.id
                || union.is_some() && identity.wechat().and_then(WechatIdentity::union_key) == union
        };
        let (gone, left): (Vec<_>, Vec<_>) = unit.identities_of(user).await?.into_iter().partition(is_closed);
        let of_gone = |identity: &Identity| {
            identity.phone().is_some_and(|phone| match &phone.verifier {
                PhoneVerifier::Wechat(appid) => gone
                    .iter()
                    .any(|gone| gone.wechat().is_some_and(|wechat| wechat.appid == *appid)),
                PhoneVerifier::Sms | PhoneVerifier::Operator => false,
            })
        };
        let detail = json!({"appid": self.appid, "because": "the WeChat account was closed"});
        let (phones, left): (Vec<_>, Vec<_>) = left.iter().partition(|identity| of_gone(identity));
        if left.is_empty() {
            unit.delete_user(user).await?;
            return self.record(unit, EventKind::UserDeleted, user, detail).await;
        }
        for identity in gone.iter().chain(phones) {
            unit.remove_identity(identity.id).await?;
        }
        unit.end_sessions(user, self.now).await?;
        self.record(unit, EventKind::IdentityUnlinked, user, detail).await
    }

    async fn revoke(&self, unit: &mut dyn Unit, wechat: &Identity, what: &[u32]) -> Result<()> {
        let user = wechat.user_id;
        let everything = what.contains(&EVERYTHING);
        let mut unlinked = false;
        if (everything || what.contains(&PHONE))
            && let Some(phone) = unit.phone_of(user).await?
            && phone
                .phone()
                .is_some_and(|phone| phone.verifier == PhoneVerifier::Wechat(self.appid.clone()))
        {
            unlinked = unit.remove_identity(phone.id).await?;
        }
        if everything {
            unit.forget_session_keys(wechat.id).await?;
            unit.end_sessions(user, self.now).await?;
        }
        let detail = json!({"appid": self.appid, "revoke_info": what, "phone_unlinked": unlinked,
            "sessions_ended": everything});
        self.record(unit, EventKind::UserAuthorizationRevoked, user, detail)
            .await
    }
}

#[async_trait]
impl Act for Obey {
    type Output = Obeyed;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Obeyed> {
        let Some(openid) = &self.message.openid else {
            return Ok(Obeyed::Nothing);
        };
        if matches!(self.message.event, PushEvent::Other(_)) {
            return Ok(Obeyed::Nothing);
        }
        let until = time::after(self.now, REMEMBERED_FOR);
        if !unit
            .first_delivery(&self.appid, self.message.digest, until)
            .await?
        {
            return Ok(Obeyed::Replayed);
        }
        let Some((identity, user)) = unit.identity(&self.appid, openid).await? else {
            return Ok(Obeyed::Nothing);
        };
        // Locked from here on. The person may have gone into another user since the look-up: then it is that one's message.
        match unit.user(user.id).await?.map(|user| user.state) {
            None => return Ok(Obeyed::Nothing),
            Some(UserState::Merged { .. }) => {
                return Err(StoreError::Contention(format!(
                    "{} went into another user",
                    user.id
                )));
            }
            Some(_) => {}
        }
        match &self.message.event {
            PushEvent::AuthorizationRevoked(what) => self.revoke(unit, &identity, what).await?,
            PushEvent::AccountClosed => self.close(unit, &identity).await?,
            PushEvent::InfoModified => {
                let detail = json!({"appid": self.appid});
                self.record(unit, EventKind::UserInfoModified, user.id, detail)
                    .await?;
            }
            PushEvent::Other(_) => return Ok(Obeyed::Nothing),
        }
        Ok(Obeyed::Done)
    }
}
