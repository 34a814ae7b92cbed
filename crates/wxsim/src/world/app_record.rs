//! Apps, as remembered: what an app may do, and what its users hold there.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::app::checked_secret;
use super::quota::{Counter, Per};
use super::session_key::{CurrentSessionKey, SessionKeyRotation};
use super::{AccessTokens, App, AppChange, AppReport, AppSpec, Patch, QuotaLimits, Standing};
use crate::Refusal;
use crate::crypt::api_security::ApiSecurity;
use crate::push::{Delivery, Push};
use crate::seed::Lots;
use crate::wechat::Failure;

/// What one user holds in one app.
struct Member {
    session_key: CurrentSessionKey,
    logins_this_minute: Counter,
}

/// An app, as remembered.
pub(crate) struct AppRecord {
    pub(crate) appid: Arc<str>,
    secret: String,
    next_secret: Option<String>,
    /// Counts the secrets that were drawn.
    secret_generation: u32,
    open_account: Option<Arc<str>>,
    ip_allow: Option<Vec<IpAddr>>,
    frozen: bool,
    personal: bool,
    verified: bool,
    session_key_rotation: SessionKeyRotation,
    quotas: QuotaLimits,
    tokens: AccessTokens,
    logins_today: Counter,
    phones_this_minute: Counter,
    phones_today: Counter,
    codes_this_minute: Counter,
    pages: Option<Vec<String>>,
    members: HashMap<Arc<str>, Member>,
    /// The members' names by openid.
    openids: HashMap<String, Arc<str>>,
    push: Option<Push>,
    last_delivery: Option<Delivery>,
    api_security: Option<Arc<ApiSecurity>>,
}

impl AppRecord {
    pub(super) fn new(spec: AppSpec, open_account: Option<Arc<str>>, lots: &Lots) -> Result<Self, Refusal> {
        let secret = match spec.secret {
            Some(secret) => checked_secret(secret)?,
            None => lots.app_secret(&spec.appid, 0),
        };
        if let Some(push) = &spec.push {
            push.check()?;
        }
        Ok(Self {
            appid: Arc::from(spec.appid),
            secret,
            next_secret: spec.next_secret.map(checked_secret).transpose()?,
            secret_generation: 0,
            open_account,
            ip_allow: spec.ip_allow,
            frozen: spec.frozen,
            personal: spec.personal,
            verified: spec.verified,
            session_key_rotation: spec.session_key_rotation.checked()?,
            quotas: spec.quotas,
            tokens: AccessTokens::default(),
            logins_today: Counter::default(),
            phones_this_minute: Counter::default(),
            phones_today: Counter::default(),
            codes_this_minute: Counter::default(),
            pages: spec.pages,
            members: HashMap::new(),
            openids: HashMap::new(),
            push: spec.push,
            last_delivery: None,
            api_security: None,
        })
    }

    /// Carries out all of a change or none of it. `open_account` is the change's, already looked up.
    pub(super) fn change(
        &mut self,
        change: AppChange,
        open_account: Patch<Arc<str>>,
        lots: &Lots,
    ) -> Result<(), Refusal> {
        let secret = change.secret.map(checked_secret).transpose()?;
        let next_secret = change.next_secret.map(checked_secret).transpose()?;
        let rotation = change
            .session_key_rotation
            .map(SessionKeyRotation::checked)
            .transpose()?;
        if let Patch::Set(push) = &change.push {
            push.check()?;
        }
        let will_have_next = next_secret.is_some() || change.prepare_secret || self.next_secret.is_some();
        if change.activate_secret && !will_have_next {
            return Err(Refusal::NoNextSecret(self.appid.as_ref().into()));
        }
        // Nothing below can be refused.
        if let Some(secret) = secret {
            self.secret = secret;
        } else if change.rotate_secret {
            self.secret = self.draw_secret(lots);
        }
        if next_secret.is_some() {
            self.next_secret = next_secret;
        } else if change.prepare_secret {
            self.next_secret = Some(self.draw_secret(lots));
        }
        if change.activate_secret
            && let Some(next) = self.next_secret.take()
        {
            self.secret = next;
        }
        self.frozen = change.frozen.unwrap_or(self.frozen);
        self.personal = change.personal.unwrap_or(self.personal);
        self.verified = change.verified.unwrap_or(self.verified);
        self.session_key_rotation = rotation.unwrap_or(self.session_key_rotation);
        self.quotas = change.quotas.unwrap_or(self.quotas);
        open_account.apply(&mut self.open_account);
        change.ip_allow.apply(&mut self.ip_allow);
        change.push.apply(&mut self.push);
        Ok(())
    }

    fn draw_secret(&mut self, lots: &Lots) -> String {
        self.secret_generation += 1;
        lots.app_secret(&self.appid, self.secret_generation)
    }

    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.secret.as_bytes().ct_eq(secret.as_bytes()).into()
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen
    }

    pub(crate) fn allows(&self, peer: IpAddr) -> bool {
        self.ip_allow
            .as_ref()
            .is_none_or(|allowed| allowed.contains(&peer))
    }

    pub(crate) fn open_account(&self) -> Option<&Arc<str>> {
        self.open_account.as_ref()
    }

    /// Whether WeChat lets it ask for phone numbers.
    pub(crate) fn may_have_phones(&self) -> bool {
        self.verified && !self.personal
    }

    pub(crate) fn tokens(&mut self) -> (&mut AccessTokens, &QuotaLimits) {
        (&mut self.tokens, &self.quotas)
    }

    /// Whether this access token of the app works; nothing where it is not the app's.
    pub(super) fn token_standing(&self, token: &str, now: i64) -> Option<Standing> {
        self.tokens.standing(token, now)
    }

    /// Counts one exchange of a code; the user is known where the code is.
    pub(crate) fn count_login(&mut self, user: Option<&str>, now: i64) -> Result<(), Failure> {
        if !self
            .logins_today
            .has_room(Per::Day, self.quotas.logins_per_day, now)
        {
            return Err(Failure::DAILY_QUOTA);
        }
        if let Some(member) = user.and_then(|user| self.members.get_mut(user))
            && !member
                .logins_this_minute
                .take(Per::Minute, self.quotas.logins_per_user_minute, now)
        {
            return Err(Failure::MINUTE_QUOTA);
        }
        self.logins_today.take(Per::Day, self.quotas.logins_per_day, now);
        Ok(())
    }

    /// Whether a page was published.
    pub(crate) fn has_published(&self, page: &str) -> bool {
        let pages = self.pages.as_deref();
        pages.is_none_or(|pages| pages.iter().any(|published| published == page))
    }

    /// Counts one code that is drawn.
    pub(crate) fn count_code(&mut self, now: i64) -> Result<(), Failure> {
        let limit = self.quotas.codes_per_minute;
        if self.codes_this_minute.take(Per::Minute, limit, now) {
            Ok(())
        } else {
            Err(Failure::DAILY_QUOTA)
        }
    }

    /// Counts one call for a phone number.
    pub(crate) fn count_phone(&mut self, now: i64) -> Result<(), Failure> {
        let limits = &self.quotas;
        if !self
            .phones_today
            .has_room(Per::Day, limits.phone_numbers_per_day, now)
        {
            return Err(Failure::DAILY_QUOTA);
        }
        if !self
            .phones_this_minute
            .take(Per::Minute, limits.phone_numbers_per_minute, now)
        {
            return Err(Failure::MINUTE_QUOTA);
        }
        self.phones_today
            .take(Per::Day, limits.phone_numbers_per_day, now);
        Ok(())
    }

    /// The generation of the key that a login at this moment leaves in force.
    pub(super) fn take_session_key(&mut self, user: &Arc<str>, serial: u64, now: i64, lots: &Lots) -> u32 {
        if let Some(member) = self.members.get_mut(user) {
            member
                .session_key
                .rotate_if_due(self.session_key_rotation, serial, now, lots);
            return member.session_key.generation;
        }
        let session_key = CurrentSessionKey::first(now);
        let generation = session_key.generation;
        self.members.insert(
            Arc::clone(user),
            Member {
                session_key,
                logins_this_minute: Counter::default(),
            },
        );
        self.openids
            .insert(lots.openid(&self.appid, user), Arc::clone(user));
        generation
    }

    /// Whose openid this is, if the user ever logged in here.
    pub(crate) fn member(&self, openid: &str) -> Option<&Arc<str>> {
        self.openids.get(openid)
    }

    pub(super) fn session_key_generation(&self, user: &str) -> Option<u32> {
        self.members.get(user).map(|member| member.session_key.generation)
    }

    pub(super) fn rotate_session_key(&mut self, user: &str, now: i64) {
        if let Some(member) = self.members.get_mut(user) {
            member.session_key.rotate(now);
        }
    }

    pub(crate) fn push(&self) -> Result<&Push, Refusal> {
        self.push
            .as_ref()
            .ok_or_else(|| Refusal::NoPush(self.appid.as_ref().into()))
    }

    pub(crate) fn last_delivery(&self) -> Option<&Delivery> {
        self.last_delivery.as_ref()
    }

    pub(crate) fn remember_delivery(&mut self, delivery: Delivery) {
        self.last_delivery = Some(delivery);
    }

    pub(crate) fn api_security(&self) -> Option<&Arc<ApiSecurity>> {
        self.api_security.as_ref()
    }

    pub(crate) fn set_api_security(&mut self, api_security: Option<Arc<ApiSecurity>>) {
        self.api_security = api_security;
    }

    pub(super) fn credentials(&self) -> App {
        App {
            appid: Arc::clone(&self.appid),
            secret: self.secret.clone(),
            next_secret: self.next_secret.clone(),
        }
    }

    pub(super) fn report(&self, reveal: bool) -> AppReport {
        AppReport {
            appid: self.appid.as_ref().to_owned(),
            secret: reveal.then(|| self.secret.clone()),
            next_secret: self.next_secret.clone().filter(|_| reveal),
            open_account: self.open_account.as_deref().map(str::to_owned),
            ip_allow: self.ip_allow.clone(),
            frozen: self.frozen,
            personal: self.personal,
            verified: self.verified,
            session_key_rotation: self.session_key_rotation,
            quotas: self.quotas,
            push: self.push.as_ref().map(|push| push.report(reveal)),
            api_security: self.api_security.is_some(),
            users: self.members.len(),
        }
    }
}
