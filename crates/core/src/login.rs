//! The login engine: a proven person becomes a user with a session and a grant, in one unit of work.
//!
//! Doors (endpoints) parse and answer; connectors prove; this module decides. [`SignIn`] is the act that all doors hand
//! to the store.

use crate::{
    Instant, Random,
    client::ClientId,
    event::{Actor, Event, EventKind},
    grant::{Grant, RefreshToken},
    id::{EventId, GrantId, IdentityId, RefreshTokenId, SessionId, UserId},
    identity::{ExternalIdentity, Identity, VerifiedPhone, WechatIdentity},
    link,
    linking::{self, Candidate, Holder, Known, PhoneCandidate, PhoneHolder, PhoneVerdict, Record, Verdict},
    reason::Reason,
    scope::Scope,
    session::{Method, Session},
    settings::{Registration, TokenLifetimes},
    store::{Act, Result, StoreError, Unit},
    time,
    token::{OpaqueToken, TokenKind},
    user::{User, UserState},
    wechat_session::{KeptKey, KeptKeys},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// A proven person asks to be signed in for a client.
#[derive(Debug)]
pub struct SignIn {
    proven: WechatIdentity,
    phone: Option<VerifiedPhone>,
    join_by_phone: bool,
    session_key: Option<KeptKey>,
    client: ClientId,
    scope: Scope,
    registration: Registration,
    lifetimes: TokenLifetimes,
    ip: Option<IpAddr>,
    now: Instant,
    ids: FreshIds,
    refresh: Option<(RefreshTokenId, crate::token::SecretHash)>,
}

/// Ids for rows that the act may add: made before it runs, so that a second run writes the same.
#[derive(Debug)]
struct FreshIds {
    user: UserId,
    identity: IdentityId,
    phone: IdentityId,
    phone_event: EventId,
    session: SessionId,
    grant: GrantId,
    event: EventId,
}

/// For which client, how far, from where and when.
#[derive(Debug)]
pub struct SignInRequest {
    /// Who the connector proved.
    pub proven: WechatIdentity,
    /// The phone that it proved beside that.
    pub phone: Option<VerifiedPhone>,
    /// The tenant's `link_by_wechat_phone`.
    pub join_by_phone: bool,
    /// The session key that came with the proof, where the tenant keeps them.
    pub session_key: Option<KeptKey>,
    /// The client that gets the grant.
    pub client: ClientId,
    /// How far the grant goes.
    pub scope: Scope,
    /// The tenant's policy for people it has not seen before.
    pub registration: Registration,
    /// The tenant's lifetimes.
    pub lifetimes: TokenLifetimes,
    /// Whether the grant comes with a family of refresh tokens.
    pub refreshable: Refreshable,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// Whether a grant comes with refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshable {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Who is signed in now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The grant.
    pub grant: Grant,
}

/// What comes of a sign-in: a session, or the reason that there is none.
pub type Outcome = std::result::Result<SignedIn, Reason>;

impl SignIn {
    /// Prepares the act, and the refresh token to hand out if it succeeds.
    pub fn prepare(request: SignInRequest, random: &dyn Random) -> (Self, Option<OpaqueToken>) {
        let now = request.now;
        let token = (request.refreshable == Refreshable::Yes).then(|| {
            let id = RefreshTokenId::generate(now, random);
            OpaqueToken::generate(TokenKind::Refresh, id.uuid(), random)
        });
        let ids = FreshIds {
            user: UserId::generate(now, random),
            identity: IdentityId::generate(now, random),
            phone: IdentityId::generate(now, random),
            phone_event: EventId::generate(now, random),
            session: SessionId::generate(now, random),
            grant: GrantId::generate(now, random),
            event: EventId::generate(now, random),
        };
        let act = Self {
            proven: request.proven,
            phone: request.phone,
            join_by_phone: request.join_by_phone,
            session_key: request.session_key,
            client: request.client,
            scope: request.scope,
            registration: request.registration,
            lifetimes: request.lifetimes,
            ip: request.ip,
            now,
            ids,
            refresh: token
                .as_ref()
                .map(|token| (RefreshTokenId::from_uuid(token.id()), token.hash())),
        };
        (act, token)
    }

    async fn load(&self, unit: &mut dyn Unit) -> Result<Known> {
        let holder = unit.identity(&self.proven.appid, &self.proven.openid).await?;
        let mut known = Known {
            by_openid: holder.and_then(|(identity, user)| {
                Some(Holder {
                    identity: identity.id,
                    wechat: identity.wechat()?.clone(),
                    candidate: Candidate { user, bare: false },
                })
            }),
            by_union: None,
        };
        if let Some(key) = linking::needs_union(&self.proven, known.by_openid.as_ref()) {
            known.by_union = unit
                .union_holder(&key)
                .await?
                .map(|user| Candidate { user, bare: false });
        }
        if let (Some(holder), Some(other)) = (&mut known.by_openid, &mut known.by_union)
            && holder.candidate.user.id != other.user.id
        {
            holder.candidate.bare = unit.is_bare(holder.candidate.user.id).await?;
            other.bare = unit.is_bare(other.user.id).await?;
        }
        Ok(known)
    }

    /// Who has the proven phone, if there is one.
    async fn phone_holder(&self, unit: &mut dyn Unit) -> Result<Option<User>> {
        match &self.phone {
            Some(phone) => unit.phone_holder(&phone.number).await,
            None => Ok(None),
        }
    }

    /// Where the proven phone goes, if there is one.
    async fn place_phone(
        &self,
        unit: &mut dyn Unit,
        verdict: &Verdict,
        holder: Option<User>,
    ) -> Result<Option<PhoneVerdict>> {
        if self.phone.is_none() {
            return Ok(None);
        }
        let user = match verdict {
            Verdict::New { .. } | Verdict::Refused => None,
            Verdict::Existing { user, .. } => Some((*user, true)),
            // Of two users that become one nothing more is given up.
            Verdict::Absorb { into, .. } => Some((*into, false)),
        };
        let mut candidate = user.map(|(id, _)| PhoneCandidate { id, bare: false });
        let mut in_app = false;
        if let Some(holder) = holder
            .as_ref()
            .filter(|holder| self.join_by_phone && user.is_none_or(|(id, _)| id != holder.id))
        {
            in_app = unit.identities_of(holder.id).await?.iter().any(|identity| {
                identity.wechat().is_some_and(|wechat| {
                    wechat.appid == self.proven.appid && wechat.openid != self.proven.openid
                })
            });
            if let Some((id, true)) = user {
                let bare = unit.is_bare(id).await?;
                candidate = Some(PhoneCandidate { id, bare });
            }
        }
        let holder = holder.as_ref().map(|user| PhoneHolder { user, in_app });
        Ok(Some(linking::decide_phone(candidate, holder, self.join_by_phone)))
    }

    /// Why the verdicts let nobody in. Asked before anything is written: a refusal leaves nothing behind.
    fn refusal(&self, verdict: &Verdict, phone: Option<PhoneVerdict>) -> Option<Reason> {
        match (verdict, phone) {
            (Verdict::Refused, _) | (_, Some(PhoneVerdict::Refused)) => Some(Reason::UserDisabled),
            (_, Some(PhoneVerdict::Taken)) => Some(Reason::PhoneTaken),
            // Whoever is found by the phone is nobody new.
            (Verdict::New { .. }, Some(PhoneVerdict::Join(_))) => None,
            (Verdict::New { .. }, _) if !self.may_register() => Some(Reason::RegistrationClosed),
            _ => None,
        }
    }

    /// Applies the verdict on who the person is.
    async fn apply(
        &self,
        unit: &mut dyn Unit,
        known: &Known,
        verdict: Verdict,
        phone: Option<PhoneVerdict>,
    ) -> Result<UserId> {
        let user = match (verdict, phone) {
            (Verdict::Refused, _) => {
                return Err(StoreError::Defect("a refused login was applied".into()));
            }
            (Verdict::New { .. }, Some(PhoneVerdict::Join(user))) => {
                unit.insert_identity(&self.new_identity(user)).await?;
                let detail = json!({"appid": self.proven.appid, "because": "phone"});
                unit.record(&self.event(EventKind::IdentityLinked, user, detail))
                    .await?;
                user
            }
            (Verdict::New { .. }, _) => self.create(unit).await?,
            (Verdict::Absorb { absorbed, into }, _) => {
                unit.absorb(absorbed, into, self.now).await?;
                if let (Some(holder), Some(key)) = (&known.by_openid, self.proven.union_key()) {
                    unit.record_union(holder.identity, &key, Some(into)).await?;
                }
                let detail = json!({"into": into.to_string(), "because": "unionid"});
                unit.record(&self.event(EventKind::UserAbsorbed, absorbed, detail))
                    .await?;
                into
            }
            (Verdict::Existing { record, .. }, Some(PhoneVerdict::Absorb { absorbed, into })) => {
                unit.absorb(absorbed, into, self.now).await?;
                let detail = json!({"into": into.to_string(), "because": "phone"});
                unit.record(&self.phone_event(EventKind::UserAbsorbed, absorbed, detail))
                    .await?;
                self.learn(unit, into, known.by_openid.as_ref(), &record).await?;
                into
            }
            (Verdict::Existing { user, record }, phone) => {
                // Locked, so that of two phones linked at once one stays; and before any row of the user's is added: the row
                // would share its lock with a login beside this one, and then both would wait for the other to let go.
                if phone == Some(PhoneVerdict::Link)
                    && !unit.user(user).await?.is_some_and(|user| user.is_active())
                {
                    return Err(StoreError::Contention(format!("{user} is not active any more")));
                }
                self.learn(unit, user, known.by_openid.as_ref(), &record).await?;
                user
            }
        };
        if phone == Some(PhoneVerdict::Link) {
            self.link_phone(unit, user).await?;
        }
        Ok(user)
    }

    async fn create(&self, unit: &mut dyn Unit) -> Result<UserId> {
        let id = self.ids.user;
        let user = User {
            id,
            state: UserState::Active,
            created_at: self.now,
            updated_at: self.now,
        };
        unit.insert_user(&user).await?;
        unit.insert_identity(&self.new_identity(id)).await?;
        let detail = json!({"method": "wechat", "appid": self.proven.appid});
        unit.record(&self.event(EventKind::UserCreated, id, detail))
            .await?;
        Ok(id)
    }

    /// The user is new in this unit, or locked.
    async fn link_phone(&self, unit: &mut dyn Unit, user: UserId) -> Result<()> {
        let Some(phone) = &self.phone else {
            return Ok(());
        };
        let own = unit.phone_of(user).await?;
        if own.is_some_and(|own| own.phone().is_some_and(|own| own.number == phone.number)) {
            // A login beside this one was faster.
            return Ok(());
        }
        let (_, detail) = link::give_phone(unit, user, phone, self.ids.phone, self.now).await?;
        unit.record(&self.phone_event(EventKind::IdentityLinked, user, detail))
            .await
    }

    /// Keeps the session key that came with the proof beside the one before.
    async fn keep_session_key(&self, unit: &mut dyn Unit, known: &Known) -> Result<()> {
        let Some(new) = &self.session_key else {
            return Ok(());
        };
        let holder = known.by_openid.as_ref();
        let identity = holder.map_or(self.ids.identity, |holder| holder.identity);
        let kept = unit.session_keys(identity).await?;
        let kept = KeptKeys::with(kept, new.clone());
        unit.keep_session_keys(identity, &kept).await
    }

    async fn learn(
        &self,
        unit: &mut dyn Unit,
        user: UserId,
        holder: Option<&Holder>,
        record: &Record,
    ) -> Result<()> {
        let identity = holder.map(|holder| holder.identity);
        match (record, identity) {
            (Record::Nothing, _) => Ok(()),
            (Record::Identity, _) => {
                unit.insert_identity(&self.new_identity(user)).await?;
                let detail = json!({"appid": self.proven.appid, "because": "unionid"});
                unit.record(&self.event(EventKind::IdentityLinked, user, detail))
                    .await
            }
            (Record::Union(key), Some(id)) => unit.record_union(id, key, Some(user)).await,
            (Record::Rebound { now, free }, Some(id)) => {
                unit.record_union(id, now, free.then_some(user)).await?;
                let detail = json!({"appid": self.proven.appid, "union_scope": now.scope,
                    "advice": "the app was bound to another open-platform account: check its union_scope"});
                unit.record(&self.event(EventKind::IdentityUnionidChanged, user, detail))
                    .await
            }
            (Record::Conflict { union, other }, Some(id)) => {
                unit.record_union(id, union, None).await?;
                let detail = json!({"appid": self.proven.appid, "union_scope": union.scope, "other": other.to_string()});
                unit.record(&self.event(EventKind::IdentityConflict, user, detail))
                    .await
            }
            (Record::Union(_) | Record::Rebound { .. } | Record::Conflict { .. }, None) => Err(
                StoreError::Defect("a unionid was to be recorded on no identity".into()),
            ),
        }
    }

    const fn may_register(&self) -> bool {
        match self.registration {
            Registration::Open | Registration::Wechat => true,
            Registration::Phone => self.phone.is_some(),
            Registration::Closed => false,
        }
    }

    fn new_identity(&self, user_id: UserId) -> Identity {
        Identity {
            id: self.ids.identity,
            user_id,
            external: ExternalIdentity::Wechat(self.proven.clone()),
            created_at: self.now,
        }
    }

    /// A second event beside [`Self::event`].
    fn phone_event(&self, kind: EventKind, target: UserId, detail: serde_json::Value) -> Event {
        Event {
            id: self.ids.phone_event,
            ..self.event(kind, target, detail)
        }
    }

    fn event(&self, kind: EventKind, target: UserId, detail: serde_json::Value) -> Event {
        Event {
            id: self.ids.event,
            at: self.now,
            actor: Actor::Client(self.client.to_string()),
            ip: self.ip,
            kind,
            target: target.to_string(),
            detail,
        }
    }

    fn signed_in(&self, user_id: UserId) -> SignedIn {
        let expires_at = time::after(self.now, self.lifetimes.refresh_token_ttl);
        let session = Session {
            id: self.ids.session,
            user_id,
            amr: std::iter::once(Method::Wechat)
                .chain(self.phone.is_some().then_some(Method::WechatPhone))
                .collect(),
            auth_time: self.now,
            expires_at,
            ended_at: None,
        };
        let grant = Grant {
            id: self.ids.grant,
            session_id: self.ids.session,
            user_id,
            client_id: self.client.clone(),
            scope: self.scope.clone(),
            created_at: self.now,
            expires_at,
            revoked_at: None,
            spent: None,
        };
        SignedIn { session, grant }
    }
}

#[async_trait]
impl Act for SignIn {
    type Output = Outcome;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Outcome> {
        // Before the person: whoever's first login with this very phone is done in between is found by both looks, or by the
        // second alone. The other way round, the person would be new and the phone somebody else's.
        let holder = self.phone_holder(unit).await?;
        let known = self.load(unit).await?;
        let verdict = linking::decide(&self.proven, &known);
        let phone = self.place_phone(unit, &verdict, holder).await?;
        if let Some(reason) = self.refusal(&verdict, phone) {
            return Ok(Err(reason));
        }
        let user = self.apply(unit, &known, verdict, phone).await?;
        self.keep_session_key(unit, &known).await?;
        let signed_in = self.signed_in(user);
        let token = self.refresh.map(|(id, hash)| RefreshToken {
            id,
            grant_id: signed_in.grant.id,
            generation: 1,
            hash,
            expires_at: time::after(self.now, self.lifetimes.refresh_token_idle_ttl)
                .min(signed_in.grant.expires_at),
        });
        unit.open_session(&signed_in.session, &signed_in.grant, token.as_ref())
            .await?;
        Ok(Ok(signed_in))
    }
}
