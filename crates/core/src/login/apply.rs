//! What a complete login writes.

use super::{
    AuthorizationCode, CodeDetails, NewAccount, Outcome, Proofs, SignedIn, Wants,
    code::{self, Opening},
    person::{Person, WechatStep},
    run::{Everyone, Run},
};
use crate::{
    consent::{Consent, ConsentAction, Document},
    event::{Actor, Event, EventKind},
    id::UserId,
    identity::{ExternalIdentity, Identity, IdentityKind, VerifiedPhone, WechatIdentity},
    link,
    linking::{Holder, PhoneVerdict, Record},
    store::{Result, StoreError, Unit},
    time,
    user::{User, UserState},
    wechat_session::KeptKeys,
};
use serde_json::json;

impl Run<'_> {
    /// Writes what the login changes about the person. Gives who that is.
    pub(super) async fn apply(
        &mut self,
        unit: &mut dyn Unit,
        proofs: &Proofs,
        known: &Everyone,
        person: Person,
        phone: Option<PhoneVerdict>,
    ) -> Result<UserId> {
        let is_new = person.user.is_none();
        let user = match person.user {
            None => self.create(unit, proofs).await?,
            Some(user) => {
                // Locked, so that of two phones linked at once one stays; and before any row of the user's is added: the row
                // would share its lock with a login beside this one, and then both would wait for the other to let go.
                let adds = phone == Some(PhoneVerdict::Link) || person.wechat.adds();
                if adds
                    && person.absorbed.is_none()
                    && !unit.user(user).await?.is_some_and(|user| user.is_active())
                {
                    return Err(StoreError::Contention(format!("{user} is not active any more")));
                }
                user
            }
        };
        if let Some((absorbed, because)) = person.absorbed {
            unit.absorb(absorbed, user, self.request.now).await?;
            let detail = json!({"into": user.to_string(), "because": because});
            self.record(unit, EventKind::UserAbsorbed, absorbed, detail)
                .await?;
        }
        if let (Some(wechat), Some((found, _))) = (&proofs.wechat, &known.wechat) {
            self.place_wechat(
                unit,
                user,
                is_new,
                &wechat.identity,
                found.by_openid.as_ref(),
                person.wechat,
            )
            .await?;
        }
        if let (Some(PhoneVerdict::Link), Some(proven)) = (phone, &proofs.phone) {
            self.link_phone(unit, user, proven).await?;
        }
        if let Some(new) = &proofs.new_account {
            self.add_account(unit, user, is_new, new).await?;
        }
        if let (Some(proof), Some(_)) = (&proofs.account, &known.account)
            && let Some(rehash) = &proof.rehash
        {
            unit.set_password(proof.identity, rehash, self.request.now)
                .await?;
        }
        Ok(user)
    }

    async fn create(&mut self, unit: &mut dyn Unit, proofs: &Proofs) -> Result<UserId> {
        let id = self.act.ids.user;
        let user = User {
            id,
            state: UserState::Active,
            created_at: self.request.now,
            updated_at: self.request.now,
            closes_at: None,
        };
        unit.insert_user(&user).await?;
        let methods: Vec<_> = proofs.kinds().into_iter().map(IdentityKind::as_str).collect();
        let appid = proofs.wechat.as_ref().map(|wechat| &wechat.identity.appid);
        let detail = json!({"method": methods.first(), "methods": methods, "appid": appid});
        self.record(unit, EventKind::UserCreated, id, detail).await?;
        Ok(id)
    }

    async fn place_wechat(
        &mut self,
        unit: &mut dyn Unit,
        user: UserId,
        is_new: bool,
        proven: &WechatIdentity,
        holder: Option<&Holder>,
        step: WechatStep,
    ) -> Result<()> {
        match step {
            WechatStep::None => Ok(()),
            WechatStep::Link => {
                unit.insert_identity(&self.wechat_identity(user, proven)).await?;
                if is_new {
                    return Ok(());
                }
                let because = if self.request.proofs.account.is_some() {
                    "password"
                } else {
                    "phone"
                };
                let detail = json!({"kind": "wechat", "appid": proven.appid, "because": because});
                self.record(unit, EventKind::IdentityLinked, user, detail).await
            }
            WechatStep::Unite => match (holder, proven.union_key()) {
                (Some(holder), Some(key)) => unit.record_union(holder.identity, &key, Some(user)).await,
                _ => Ok(()),
            },
            WechatStep::Learn(record) => self.learn(unit, user, proven, holder, &record).await,
        }
    }

    async fn learn(
        &mut self,
        unit: &mut dyn Unit,
        user: UserId,
        proven: &WechatIdentity,
        holder: Option<&Holder>,
        record: &Record,
    ) -> Result<()> {
        let identity = holder.map(|holder| holder.identity);
        match (record, identity) {
            (Record::Nothing, _) => Ok(()),
            (Record::Identity, _) => {
                unit.insert_identity(&self.wechat_identity(user, proven)).await?;
                let detail = json!({"kind": "wechat", "appid": proven.appid, "because": "unionid"});
                self.record(unit, EventKind::IdentityLinked, user, detail).await
            }
            (Record::Union(key), Some(id)) => unit.record_union(id, key, Some(user)).await,
            (Record::Rebound { now, free }, Some(id)) => {
                unit.record_union(id, now, free.then_some(user)).await?;
                let detail = json!({"appid": proven.appid, "union_scope": now.scope,
                    "advice": "the app was bound to another open-platform account: check its union_scope"});
                self.record(unit, EventKind::IdentityUnionidChanged, user, detail)
                    .await
            }
            (Record::Conflict { union, other }, Some(id)) => {
                unit.record_union(id, union, None).await?;
                let detail =
                    json!({"appid": proven.appid, "union_scope": union.scope, "other": other.to_string()});
                self.record(unit, EventKind::IdentityConflict, user, detail).await
            }
            (Record::Union(_) | Record::Rebound { .. } | Record::Conflict { .. }, None) => Err(
                StoreError::Defect("a unionid was to be recorded on no identity".into()),
            ),
        }
    }

    /// The user is new in this unit, or locked.
    async fn link_phone(&mut self, unit: &mut dyn Unit, user: UserId, phone: &VerifiedPhone) -> Result<()> {
        let own = unit.phone_of(user).await?;
        if own.is_some_and(|own| own.phone().is_some_and(|own| own.number == phone.number)) {
            // A login beside this one was faster.
            return Ok(());
        }
        let (_, detail) = link::give_phone(unit, user, phone, self.act.ids.phone, self.request.now).await?;
        self.record(unit, EventKind::IdentityLinked, user, detail).await
    }

    async fn add_account(
        &mut self,
        unit: &mut dyn Unit,
        user: UserId,
        is_new: bool,
        new: &NewAccount,
    ) -> Result<()> {
        let (id, now) = (self.act.ids.account, self.request.now);
        link::give_account(unit, user, new, id, now).await?;
        if is_new {
            return Ok(());
        }
        let detail = json!({"kind": "account"});
        self.record(unit, EventKind::IdentityLinked, user, detail).await
    }

    /// Keeps what came with the proofs and opens the session, or makes the code.
    pub(super) async fn finish(
        &mut self,
        unit: &mut dyn Unit,
        proofs: &Proofs,
        known: &Everyone,
        user: UserId,
    ) -> Result<Outcome> {
        let request = self.request;
        if let Some(new) = proofs
            .wechat
            .as_ref()
            .and_then(|wechat| wechat.session_key.as_ref())
        {
            let holder = known
                .wechat
                .as_ref()
                .and_then(|(known, _)| known.by_openid.as_ref());
            let identity = holder.map_or(self.act.ids.wechat, |holder| holder.identity);
            let kept = unit.session_keys(identity).await?;
            unit.keep_session_keys(identity, &KeptKeys::with(kept, new.clone()))
                .await?;
        }
        self.accept(unit, proofs, user).await?;
        if known.user(user).is_some_and(|user| user.closes_at.is_some()) {
            unit.user(user).await?;
            unit.set_closing(user, None).await?;
            self.record(unit, EventKind::UserReopened, user, json!(null))
                .await?;
        }
        let ids = &self.act.ids;
        let amr = proofs.methods();
        match &request.wants {
            Wants::Code(challenge) => {
                unit.insert_code(&AuthorizationCode {
                    id: ids.code,
                    hash: self.act.code,
                    client_id: request.client.clone(),
                    user_id: user,
                    session_id: ids.session,
                    grant_id: ids.grant,
                    scope: request.scope.clone(),
                    amr,
                    auth_time: request.now,
                    challenge: Some(challenge.clone()),
                    details: CodeDetails {
                        dpop_jkt: proofs.dpop_jkt.clone(),
                        ..CodeDetails::default()
                    },
                    expires_at: time::after(request.now, code::LIFETIME),
                    used_at: None,
                })
                .await?;
                Ok(Outcome::Code)
            }
            Wants::Browser(browser) => {
                let session = self.enter(unit, user, amr, browser).await?;
                Ok(Outcome::Browser(session))
            }
            Wants::Session(_) => {
                let (session, mut grant, token) = code::open(Opening {
                    user,
                    session: ids.session,
                    grant: ids.grant,
                    client: &request.client,
                    scope: &request.scope,
                    amr,
                    auth_time: request.now,
                    refresh: self.act.refresh,
                    settings: &request.settings,
                    now: request.now,
                });
                grant.details.dpop_jkt.clone_from(&proofs.dpop_jkt);
                if let Some(most) = request.settings.sessions.most_per_user {
                    unit.user(user).await?;
                    unit.end_oldest_sessions(user, most.saturating_sub(1), request.now)
                        .await?;
                }
                unit.open_session(&session, &grant, token.as_ref()).await?;
                Ok(Outcome::SignedIn(SignedIn { session, grant }))
            }
        }
    }

    /// Records the documents that the person has accepted and had not before.
    async fn accept(&mut self, unit: &mut dyn Unit, proofs: &Proofs, user: UserId) -> Result<()> {
        if proofs.documents.is_empty() {
            return Ok(());
        }
        let request = self.request;
        let last = unit.last_consents(user).await?;
        let is_known = |document: &Document| {
            last.iter()
                .any(|last| last.document == *document && last.action == ConsentAction::Accept)
        };
        let mut named = Vec::new();
        for (document, id) in proofs.documents.iter().zip(&self.act.ids.consents) {
            if is_known(document) {
                continue;
            }
            unit.add_consent(&Consent {
                id: *id,
                user_id: user,
                document: document.clone(),
                action: ConsentAction::Accept,
                at: request.now,
                client_id: request.client.clone(),
                ip: request.ip,
            })
            .await?;
            named.push(format!("{}:{}", document.name, document.version));
        }
        if named.is_empty() {
            return Ok(());
        }
        let detail = json!({"action": "accept", "documents": named});
        self.record(unit, EventKind::ConsentRecorded, user, detail).await
    }

    fn wechat_identity(&self, user_id: UserId, proven: &WechatIdentity) -> Identity {
        Identity {
            id: self.act.ids.wechat,
            user_id,
            external: ExternalIdentity::Wechat(proven.clone()),
            created_at: self.request.now,
        }
    }

    async fn record(
        &mut self,
        unit: &mut dyn Unit,
        kind: EventKind,
        target: UserId,
        detail: serde_json::Value,
    ) -> Result<()> {
        let id = self.events.next().copied();
        let event = Event {
            id: id.ok_or_else(|| StoreError::Defect("a login has more events than ids".into()))?,
            at: self.request.now,
            actor: Actor::Client(self.request.client.to_string()),
            ip: self.request.ip,
            kind,
            target: target.to_string(),
            detail,
        };
        unit.record(&event).await
    }
}
