//! Linking: a signed-in user adds an identity to the account, by proof of both sides.
//!
//! An identity that is somebody else's is an offer to merge ([`merge`](crate::merge)): whoever proves it proves to be that user.

use crate::{
    Instant, Random,
    client::ClientId,
    event::{Actor, Event, EventKind},
    id::{EventId, IdentityId, LoginId, MergeId, UserId},
    identity::{ExternalIdentity, Identity, PhoneVerifier, VerifiedPhone, WechatIdentity},
    linking::{self, Known, Record, Verdict},
    login::{self, LoginTransaction, NewAccount, Presented, Proofs, Refusal},
    merge,
    phone::PhoneNumber,
    reason::Reason,
    scope::Scope,
    settings::{SecondFactor, Settings},
    sms::{
        SmsPurpose,
        send::{self, Otp},
    },
    store::{Act, Result, Unit},
    token::{OpaqueToken, SecretHash, TokenKind},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// A user proves another identity. A phone that the user had before is replaced.
#[derive(Debug)]
pub struct AddIdentity {
    request: AddIdentityRequest,
    login: LoginId,
    auth_session: SecretHash,
    identity: IdentityId,
    merge: MergeId,
    event: EventId,
}

/// Who adds what, through which client, from where and when.
#[derive(Debug)]
pub struct AddIdentityRequest {
    /// Who, proven within the last five minutes.
    pub user: UserId,
    /// What was proven: one kind.
    pub proofs: Proofs,
    /// A phone and the code that came there, to be tried.
    pub otp: Option<(PhoneNumber, Otp)>,
    /// The `auth_session` of an offer to merge.
    pub presented: Option<Presented>,
    /// Whether to merge the user whose identity it is into this one.
    pub merge: bool,
    /// Through which client.
    pub client: ClientId,
    /// The tenant's settings.
    pub settings: Settings,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// The user has the identity now.
    Linked(Identity),
    /// The user had it already.
    Held(Identity),
    /// The user whose it was is one with this user now.
    Merged {
        /// The one that was merged.
        merged: UserId,
    },
    /// It is another user's, and the two may be merged: the `auth_session` counts.
    Offered(Reason),
    /// The `auth_session` is no good.
    InvalidSession,
    /// It cannot be.
    Refused(Refusal),
}

enum Stop {
    Store(crate::store::StoreError),
    Refused(Refusal),
}

impl From<crate::store::StoreError> for Stop {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason.into())
    }
}
impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Whose the proven identity is.
enum Owner {
    Nobody,
    Own(Identity),
    Other(UserId, Reason),
}

impl AddIdentity {
    /// Prepares the act, and the `auth_session` of an offer to merge.
    pub fn prepare(request: AddIdentityRequest, random: &dyn Random) -> (Self, OpaqueToken) {
        let now = request.now;
        let login = request
            .presented
            .map_or_else(|| LoginId::generate(now, random), |presented| presented.id);
        let auth_session = OpaqueToken::generate(TokenKind::AuthSession, login.uuid(), random);
        let act = Self {
            login,
            auth_session: auth_session.hash(),
            identity: IdentityId::generate(now, random),
            merge: MergeId::generate(now, random),
            event: EventId::generate(now, random),
            request,
        };
        (act, auth_session)
    }

    async fn go(&self, unit: &mut dyn Unit) -> std::result::Result<Added, Stop> {
        let request = &self.request;
        let mut kept = None;
        if let Some(presented) = &request.presented {
            let found = unit.transaction(presented.id).await?;
            kept = found.filter(|found| {
                found.is_open_to(presented, &request.client, Some(request.user), request.now)
            });
            if kept.is_none() {
                return Ok(Added::InvalidSession);
            }
        }
        let before = kept
            .as_ref()
            .map_or_else(Proofs::default, |kept| kept.proofs.clone());
        let mut proofs = before.with(request.proofs.clone());
        if let Some(account) = &request.proofs.account {
            let by = (request.ip, request.now);
            if let Err(refusal) = login::was_right(unit, account, request.settings.attempts, by).await? {
                return Err(refusal.into());
            }
        }
        if let Some((number, otp)) = &request.otp {
            let asker = request.user.uuid();
            send::try_code(unit, number, SmsPurpose::Link, asker, otp, request.now).await??;
            proofs.phone = Some(VerifiedPhone {
                number: number.clone(),
                verifier: PhoneVerifier::Sms,
            });
        }
        // Locked from here on, so that of two phones linked at once one stays; and after what was tried, as a login does it.
        if !unit
            .user(request.user)
            .await?
            .is_some_and(|user| user.is_active())
        {
            return Err(Reason::UserDisabled.into());
        }
        let own = unit.identities_of(request.user).await?;
        let (external, owner) = self.owner(unit, &proofs, &own).await?;
        match owner {
            Owner::Own(identity) => Ok(Added::Held(identity)),
            Owner::Nobody => Ok(Added::Linked(self.link(unit, external, &proofs).await?)),
            Owner::Other(other, reason) => {
                let lacks_factor = self.lacks_factor(unit, &proofs, other).await?;
                if request.merge && !lacks_factor {
                    self.merge(unit, other, &own).await?;
                    if kept.is_some() {
                        unit.delete_transaction(self.login).await?;
                    }
                    return Ok(Added::Merged { merged: other });
                }
                unit.put_transaction(&self.kept(kept.as_ref(), proofs)).await?;
                Ok(Added::Offered(if lacks_factor && request.merge {
                    Reason::SecondFactorRequired
                } else {
                    reason
                }))
            }
        }
    }

    /// What was proven, and whose it is.
    async fn owner(
        &self,
        unit: &mut dyn Unit,
        proofs: &Proofs,
        own: &[Identity],
    ) -> std::result::Result<(ExternalIdentity, Owner), Stop> {
        let user = self.request.user;
        if let Some(new) = &proofs.new_account {
            if own.iter().any(|own| own.account().is_some()) {
                return Err(Reason::AccountExists.into());
            }
            if unit.account(&new.username).await?.is_some() {
                return Err(Reason::UsernameTaken.into());
            }
            return Ok((ExternalIdentity::Account(new.username.clone()), Owner::Nobody));
        }
        if let Some(proof) = &proofs.account {
            let account = login::still_right(unit, proof)
                .await?
                .ok_or(Reason::PasswordWrong)?;
            let owner = if account.user.id == user {
                Owner::Own(account.identity.clone())
            } else {
                Owner::Other(account.user.id, Reason::AccountTaken)
            };
            return Ok((account.identity.external, owner));
        }
        if let Some(wechat) = &proofs.wechat {
            let proven = &wechat.identity;
            let known = login::known(unit, proven).await?;
            let owner = wechat_owner(user, own, proven, &known)?;
            return Ok((ExternalIdentity::Wechat(proven.clone()), owner));
        }
        let phone = proofs.phone.as_ref().ok_or(Reason::OtpExpired)?;
        let held = own
            .iter()
            .find(|own| own.phone().is_some_and(|own| own.number == phone.number));
        let owner = match (held, unit.phone_holder(&phone.number).await?) {
            (Some(held), _) => Owner::Own(held.clone()),
            (None, None) => Owner::Nobody,
            // That WeChat knows the number does not prove to be whose it is here.
            (None, Some(_)) if !proofs.has_phone_in_hand() && !self.request.settings.link_by_wechat_phone => {
                return Err(Reason::PhoneTaken.into());
            }
            (None, Some(other)) => Owner::Other(other.id, Reason::PhoneTaken),
        };
        Ok((ExternalIdentity::Phone(phone.clone()), owner))
    }

    async fn link(
        &self,
        unit: &mut dyn Unit,
        external: ExternalIdentity,
        proofs: &Proofs,
    ) -> Result<Identity> {
        let (user, now) = (self.request.user, self.request.now);
        let (identity, detail) = match (&external, &proofs.new_account) {
            (ExternalIdentity::Phone(phone), _) => give_phone(unit, user, phone, self.identity, now).await?,
            (ExternalIdentity::Account(_), Some(new)) => {
                let identity = give_account(unit, user, new, self.identity, now).await?;
                (identity, json!({"kind": "account"}))
            }
            (other, _) => {
                let detail = json!({"kind": other.kind().as_str(), "because": "proof"});
                let identity = Identity {
                    id: self.identity,
                    user_id: user,
                    external,
                    created_at: now,
                };
                unit.insert_identity(&identity).await?;
                (identity, detail)
            }
        };
        unit.record(&self.event(EventKind::IdentityLinked, user, detail))
            .await?;
        Ok(identity)
    }

    /// Whether the tenant asks for two factors, and the other user's proofs are of fewer.
    async fn lacks_factor(&self, unit: &mut dyn Unit, proofs: &Proofs, other: UserId) -> Result<bool> {
        if self.request.settings.second_factor == SecondFactor::Never {
            return Ok(false);
        }
        let mut held: Vec<_> = (unit.identities_of(other).await?.iter())
            .map(|identity| identity.external.kind())
            .collect();
        held.sort_unstable();
        held.dedup();
        let proven = proofs
            .factors()
            .into_iter()
            .filter(|kind| held.contains(kind))
            .count();
        Ok(proven < held.len().min(2))
    }

    /// The other user becomes this one.
    async fn merge(
        &self,
        unit: &mut dyn Unit,
        other: UserId,
        own: &[Identity],
    ) -> std::result::Result<(), Stop> {
        if !unit.user(other).await?.is_some_and(|other| other.is_active()) {
            return Err(Reason::UserDisabled.into());
        }
        let theirs = unit.identities_of(other).await?;
        if own
            .iter()
            .any(|own| theirs.iter().any(|their| merge::excludes(own, their)))
        {
            return Err(Reason::MergeConflict.into());
        }
        let now = self.request.now;
        unit.set_closing(other, None).await?;
        unit.absorb(other, self.request.user, now).await?;
        let merge = merge::Merge {
            id: self.merge,
            merged: other,
            into: self.request.user,
            moved: theirs.iter().map(|identity| identity.id).collect(),
            at: now,
        };
        unit.insert_merge(&merge).await?;
        let detail = json!({"into": self.request.user.to_string(), "identities": theirs.len(),
            "reversible_until": merge.reversible_until().to_rfc3339()});
        unit.record(&self.event(EventKind::UserMerged, other, detail))
            .await?;
        Ok(())
    }

    fn kept(&self, before: Option<&LoginTransaction>, proofs: Proofs) -> LoginTransaction {
        let request = &self.request;
        LoginTransaction {
            id: self.login,
            hash: self.auth_session,
            client_id: request.client.clone(),
            user_id: Some(request.user),
            scope: Scope::default(),
            challenge: None,
            proofs,
            awaits_code_of: None,
            steps: before.map_or(0, |before| before.steps) + 1,
            expires_at: before.map_or_else(|| LoginTransaction::end(request.now), |before| before.expires_at),
        }
    }

    fn event(&self, kind: EventKind, target: UserId, detail: serde_json::Value) -> Event {
        Event {
            id: self.event,
            at: self.request.now,
            actor: Actor::User(self.request.user.to_string()),
            ip: self.request.ip,
            kind,
            target: target.to_string(),
            detail,
        }
    }
}

/// Whose a WeChat identity is, for a user who has `own`.
fn wechat_owner(
    user: UserId,
    own: &[Identity],
    proven: &WechatIdentity,
    known: &Known,
) -> std::result::Result<Owner, Reason> {
    let same_app = |own: &&Identity| own.wechat().is_some_and(|own| own.appid == proven.appid);
    let in_app = own.iter().find(same_app);
    if let Some(held) = in_app.filter(|held| held.wechat().is_some_and(|held| held.openid == proven.openid)) {
        return Ok(Owner::Own(held.clone()));
    }
    if in_app.is_some() {
        return Err(Reason::WechatExists);
    }
    match linking::decide(proven, known) {
        Verdict::New { .. } => Ok(Owner::Nobody),
        Verdict::Existing {
            user: other,
            record: Record::Identity,
        } if other == user => Ok(Owner::Nobody),
        Verdict::Existing { user: other, .. } | Verdict::Absorb { absorbed: other, .. } => {
            Ok(Owner::Other(other, Reason::WechatTaken))
        }
        Verdict::Refused => Err(Reason::UserDisabled),
    }
}

#[async_trait]
impl Act for AddIdentity {
    type Output = Added;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Added> {
        match self.go(unit).await {
            Ok(added) => Ok(added),
            Err(Stop::Refused(refusal)) => Ok(Added::Refused(refusal)),
            Err(Stop::Store(error)) => Err(error),
        }
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
        let by = old.phone().map(|phone| phone.verifier.as_str().to_owned());
        json!({"id": old.id.to_string(), "verified_by": by})
    });
    Ok((identity, json!({"kind": "phone", "replaced": replaced})))
}

/// Gives a locked user, or one that is new in this unit, a username that nobody has.
pub(crate) async fn give_account(
    unit: &mut dyn Unit,
    user: UserId,
    new: &NewAccount,
    id: IdentityId,
    now: Instant,
) -> Result<Identity> {
    let identity = Identity {
        id,
        user_id: user,
        external: ExternalIdentity::Account(new.username.clone()),
        created_at: now,
    };
    unit.insert_identity(&identity).await?;
    unit.set_password(id, &new.hash, now).await?;
    Ok(identity)
}
