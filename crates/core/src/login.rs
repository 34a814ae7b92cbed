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
    identity::{Identity, WechatIdentity},
    linking::{self, Candidate, Holder, Known, Record, Verdict},
    reason::Reason,
    scope::Scope,
    session::{Method, Session},
    settings::{Registration, TokenLifetimes},
    store::{Act, Result, Unit},
    time,
    token::{OpaqueToken, TokenKind},
    user::{User, UserState},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// A proven person asks to be signed in for a client.
#[derive(Debug)]
pub struct SignIn {
    proven: WechatIdentity,
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
    session: SessionId,
    grant: GrantId,
    event: EventId,
}

/// For which client, how far, from where and when.
#[derive(Debug)]
pub struct SignInRequest {
    /// Who the connector proved.
    pub proven: WechatIdentity,
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
            session: SessionId::generate(now, random),
            grant: GrantId::generate(now, random),
            event: EventId::generate(now, random),
        };
        let act = Self {
            proven: request.proven,
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
            by_openid: holder.map(|(identity, user)| Holder {
                identity,
                candidate: Candidate { user, bare: false },
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

    /// Applies the verdict on who the person is.
    async fn apply(&self, unit: &mut dyn Unit, known: &Known) -> Result<std::result::Result<UserId, Reason>> {
        Ok(match linking::decide(&self.proven, known) {
            Verdict::Refused => Err(Reason::UserDisabled),
            Verdict::New { .. } if !self.may_register() => Err(Reason::RegistrationClosed),
            Verdict::New { .. } => {
                let id = self.ids.user;
                let user = User {
                    id,
                    state: UserState::Active,
                    created_at: self.now,
                    updated_at: self.now,
                };
                unit.insert_user(&user).await?;
                unit.insert_identity(&self.new_identity(id)).await?;
                unit.record(&self.event(
                    EventKind::UserCreated,
                    id,
                    json!({"method": "wechat", "appid": self.proven.appid}),
                ))
                .await?;
                Ok(id)
            }
            Verdict::Absorb { absorbed, into } => {
                unit.absorb(absorbed, into, self.now).await?;
                if let (Some(holder), Some(key)) = (&known.by_openid, self.proven.union_key()) {
                    unit.record_union(holder.identity.id, &key, Some(into)).await?;
                }
                let detail = json!({"into": into.to_string(), "because": "unionid"});
                unit.record(&self.event(EventKind::UserAbsorbed, absorbed, detail))
                    .await?;
                Ok(into)
            }
            Verdict::Existing { user, record } => {
                self.learn(unit, user, known.by_openid.as_ref(), &record).await?;
                Ok(user)
            }
        })
    }

    async fn learn(
        &self,
        unit: &mut dyn Unit,
        user: UserId,
        holder: Option<&Holder>,
        record: &Record,
    ) -> Result<()> {
        let identity = holder.map(|holder| holder.identity.id);
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
                crate::store::StoreError::Defect("a unionid was to be recorded on no identity".into()),
            ),
        }
    }

    const fn may_register(&self) -> bool {
        matches!(self.registration, Registration::Open | Registration::Wechat)
    }

    fn new_identity(&self, user_id: UserId) -> Identity {
        Identity {
            id: self.ids.identity,
            user_id,
            wechat: self.proven.clone(),
            created_at: self.now,
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
            amr: vec![Method::Wechat],
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
        let known = self.load(unit).await?;
        let user = match self.apply(unit, &known).await? {
            Ok(user) => user,
            Err(reason) => return Ok(Err(reason)),
        };
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
