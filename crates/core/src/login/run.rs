//! One run of a step: who are the proofs of, and is that enough?

use super::{
    LoginTransaction, Outcome, Proofs, Refusal, SignIn, SignInRequest, Wants, password,
    person::{self, Person, Sides, UNIONID, WechatStep},
    policy::{self, Standing},
};
use crate::{
    id::{EventId, UserId},
    identity::{IdentityKind, PhoneVerifier, VerifiedPhone, WechatIdentity},
    linking::{self, Candidate, Holder, Known, PhoneCandidate, PhoneHolder, PhoneVerdict, Verdict},
    reason::Reason,
    settings::SecondFactor,
    sms::{SmsPurpose, send},
    store::{Account, Result, StoreError, Unit},
    user::User,
};

/// The way out of a step that does not end in a session.
pub(super) enum Stop {
    Store(StoreError),
    Refused(Refusal),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
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

/// One run of the act.
pub(super) struct Run<'a> {
    pub(super) act: &'a SignIn,
    pub(super) request: &'a SignInRequest,
    pub(super) events: std::slice::Iter<'a, EventId>,
}

/// What is known about everyone who may be meant.
pub(super) struct Everyone {
    pub(super) account: Option<Account>,
    pub(super) wechat: Option<(Known, Verdict)>,
    pub(super) phone_holder: Option<User>,
}

impl Everyone {
    async fn load(unit: &mut dyn Unit, proofs: &Proofs) -> std::result::Result<Self, Stop> {
        // The phone before the person: whoever's first login with this very phone is done in between is found by both looks, or
        // by the second alone. The other way round, the person would be new and the phone somebody else's.
        let phone_holder = match &proofs.phone {
            Some(phone) => unit.phone_holder(&phone.number).await?,
            None => None,
        };
        let account = match &proofs.account {
            Some(proof) => Some(
                password::still_right(unit, proof)
                    .await?
                    .ok_or(Reason::PasswordWrong)?,
            ),
            None => None,
        };
        let wechat = match &proofs.wechat {
            Some(wechat) => {
                let known = known(unit, &wechat.identity).await?;
                let verdict = linking::decide(&wechat.identity, &known);
                Some((known, verdict))
            }
            None => None,
        };
        Ok(Self {
            account,
            wechat,
            phone_holder,
        })
    }

    /// One of them.
    pub(super) fn user(&self, id: UserId) -> Option<&User> {
        let by_wechat = self.wechat.iter().flat_map(|(known, _)| {
            let by_openid = known.by_openid.as_ref().map(|holder| &holder.candidate);
            by_openid
                .into_iter()
                .chain(&known.by_union)
                .map(|candidate| &candidate.user)
        });
        let mut all = (self.account.iter().map(|account| &account.user))
            .chain(by_wechat)
            .chain(&self.phone_holder);
        all.find(|user| user.id == id)
    }
}

/// Who holds the openid and, where that can matter, the unionid.
pub(crate) async fn known(unit: &mut dyn Unit, proven: &WechatIdentity) -> Result<Known> {
    let holder = unit.identity(&proven.appid, &proven.openid).await?;
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
    if let Some(key) = linking::needs_union(proven, known.by_openid.as_ref()) {
        let holder = unit.union_holder(&key).await?;
        known.by_union = holder.map(|user| Candidate { user, bare: false });
    }
    if let (Some(holder), Some(other)) = (&mut known.by_openid, &mut known.by_union)
        && holder.candidate.user.id != other.user.id
    {
        holder.candidate.bare = unit.is_bare(holder.candidate.user.id).await?;
        other.bare = unit.is_bare(other.user.id).await?;
    }
    Ok(known)
}

/// Whether the user is known in the proven identity's app under another openid.
async fn is_in_app(unit: &mut dyn Unit, user: UserId, proven: &WechatIdentity) -> Result<bool> {
    let identities = unit.identities_of(user).await?;
    Ok(identities
        .iter()
        .filter_map(crate::identity::Identity::wechat)
        .any(|wechat| wechat.appid == proven.appid && wechat.openid != proven.openid))
}

/// The kinds of which a proof was of an identity that the person has: not one that is added, nor one of a user who goes into the
/// person by a proof of another kind.
fn matched(proofs: &Proofs, person: &Person, phone: Option<PhoneVerdict>) -> Vec<IdentityKind> {
    let is_matched = |kind: &IdentityKind| match kind {
        IdentityKind::Wechat => {
            person.wechat != WechatStep::Link && person.absorbed.is_none_or(|(_, because)| because == UNIONID)
        }
        IdentityKind::Phone => phone != Some(PhoneVerdict::Link),
        IdentityKind::Account => proofs.account.is_some(),
    };
    proofs.kinds().into_iter().filter(is_matched).collect()
}

impl<'a> Run<'a> {
    pub(super) fn of(act: &'a SignIn) -> Self {
        Self {
            act,
            request: &act.request,
            events: act.ids.events.iter(),
        }
    }

    pub(super) async fn go(
        mut self,
        unit: &mut dyn Unit,
        transaction: Option<LoginTransaction>,
    ) -> std::result::Result<Outcome, Stop> {
        let request = self.request;
        let (kept, awaited) = transaction.as_ref().map_or_else(Default::default, |kept| {
            (kept.proofs.clone(), kept.awaits_code_of.clone())
        });
        let mut proofs = kept.with(request.proofs.clone());
        if let Some(account) = &request.proofs.account {
            let by = (request.ip, request.now);
            password::was_right(unit, account, request.settings.attempts, by).await??;
        }
        if let Some(otp) = &request.otp {
            let number = awaited.ok_or(Reason::OtpExpired)?;
            let asker = self.act.ids.login.uuid();
            send::try_code(unit, &number, SmsPurpose::SignIn, asker, otp, request.now).await??;
            proofs.phone = Some(VerifiedPhone {
                number,
                verifier: PhoneVerifier::Sms,
            });
        }
        let known = Everyone::load(unit, &proofs).await?;
        let (person, phone) = self.who(unit, &proofs, &known).await?;
        let held = self.held(unit, &proofs, person.user).await?;
        if let Some(new) = &proofs.new_account {
            if held.contains(&IdentityKind::Account) {
                return Err(Reason::AccountExists.into());
            }
            if unit.account(&new.username).await?.is_some() {
                return Err(Reason::UsernameTaken.into());
            }
        }
        let standing = Standing {
            is_new: person.user.is_none(),
            held: &held,
            matched: &matched(&proofs, &person, phone),
            step_up: self.step_up(),
        };
        if let Some(more) = policy::missing(&request.settings, &proofs, &standing)? {
            unit.put_transaction(&self.kept(transaction.as_ref(), proofs))
                .await?;
            return Ok(Outcome::More(more));
        }
        if transaction.is_some() {
            unit.delete_transaction(self.act.ids.login).await?;
        }
        let user = self.apply(unit, &proofs, &known, person, phone).await?;
        Ok(self.finish(unit, &proofs, &known, user).await?)
    }

    /// Who the person is, and where the phone goes.
    async fn who(
        &self,
        unit: &mut dyn Unit,
        proofs: &Proofs,
        known: &Everyone,
    ) -> std::result::Result<(Person, Option<PhoneVerdict>), Stop> {
        let account = known.account.as_ref().map(|account| account.user.id);
        let verdict = known.wechat.as_ref().map(|(_, verdict)| verdict.clone());
        let mut sides = Sides {
            wechat_is_bare: false,
            account_in_app: false,
        };
        if let (Some(account), Some(wechat)) = (account, &proofs.wechat) {
            let is_another = !matches!(&verdict, Some(Verdict::Existing { user, .. }) if *user == account);
            sides.account_in_app = is_another && is_in_app(unit, account, &wechat.identity).await?;
            if let Some(Verdict::Existing { user, .. }) = &verdict
                && is_another
            {
                sides.wechat_is_bare = unit.is_bare(*user).await?;
            }
        }
        let person = person::decide(account, verdict, sides)?;
        let phone = self
            .place_phone(unit, proofs, &person, known.phone_holder.as_ref())
            .await?;
        Ok((person.with_phone(phone)?, phone))
    }

    /// Where the proven phone goes, if there is one.
    async fn place_phone(
        &self,
        unit: &mut dyn Unit,
        proofs: &Proofs,
        person: &Person,
        holder: Option<&User>,
    ) -> Result<Option<PhoneVerdict>> {
        if proofs.phone.is_none() {
            return Ok(None);
        }
        // Who can read a code that was sent to the phone proves to be its user. That WeChat knows the number proves less.
        let join = proofs.has_phone_in_hand() || self.request.settings.link_by_wechat_phone;
        let mut candidate = person.user.map(|id| PhoneCandidate { id, bare: false });
        let mut in_app = false;
        if let Some(holder) = holder.filter(|holder| join && person.user != Some(holder.id)) {
            if let Some(wechat) = &proofs.wechat {
                in_app = is_in_app(unit, holder.id, &wechat.identity).await?;
            }
            // Of two users that become one nothing more is given up.
            if let (Some(candidate), None) = (&mut candidate, person.absorbed) {
                candidate.bare = unit.is_bare(candidate.id).await?;
            }
        }
        let holder = holder.map(|user| PhoneHolder { user, in_app });
        Ok(Some(linking::decide_phone(candidate, holder, join)))
    }

    /// The kinds of identity that the user has, where it matters.
    async fn held(
        &self,
        unit: &mut dyn Unit,
        proofs: &Proofs,
        user: Option<UserId>,
    ) -> Result<Vec<IdentityKind>> {
        let settings = &self.request.settings;
        let matters = !settings.require.is_empty()
            || settings.second_factor == SecondFactor::Always
            || !self.step_up().is_empty()
            || proofs.new_account.is_some();
        let Some(user) = user.filter(|_| matters) else {
            return Ok(Vec::new());
        };
        if proofs.new_account.is_some() {
            // Locked, so that of two names chosen at once one stays.
            unit.user(user).await?;
        }
        let mut kinds: Vec<_> = (unit.identities_of(user).await?.iter())
            .map(|identity| identity.external.kind())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        Ok(kinds)
    }

    fn step_up(&self) -> &[IdentityKind] {
        match &self.request.wants {
            Wants::Browser(browser) => &browser.step_up,
            Wants::Session(_) | Wants::Code(_) => &[],
        }
    }

    fn kept(&self, transaction: Option<&LoginTransaction>, proofs: Proofs) -> LoginTransaction {
        let request = self.request;
        LoginTransaction {
            id: self.act.ids.login,
            hash: self.act.auth_session,
            client_id: request.client.clone(),
            user_id: None,
            scope: request.scope.clone(),
            challenge: match &request.wants {
                Wants::Code(challenge) => Some(challenge.clone()),
                Wants::Session(_) | Wants::Browser(_) => None,
            },
            proofs,
            awaits_code_of: transaction.and_then(|kept| kept.awaits_code_of.clone()),
            steps: transaction.map_or(0, |kept| kept.steps) + 1,
            expires_at: transaction
                .map_or_else(|| LoginTransaction::end(request.now), |kept| kept.expires_at),
        }
    }
}
