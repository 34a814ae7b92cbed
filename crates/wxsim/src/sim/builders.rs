//! Apps and people in the making.

use std::net::IpAddr;

use super::WxSim;
use crate::Refusal;
use crate::push::Push;
use crate::world::{App, AppSpec, OpenAccount, QuotaLimits, SessionKeyRotation, User, UserSpec};

/// An app in the making.
#[must_use = "an app exists only after `create`"]
pub struct AppBuilder<'a> {
    pub(super) sim: &'a WxSim,
    pub(super) spec: AppSpec,
}

impl AppBuilder<'_> {
    /// The secret; derived from the seed otherwise.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.spec.secret = Some(secret.into());
        self
    }

    /// The open-platform account it is bound to; none otherwise.
    pub fn bound_to(mut self, account: &OpenAccount) -> Self {
        self.spec.open_account = Some(account.id().into());
        self
    }

    /// The addresses that may fetch access tokens; all of them otherwise.
    pub fn ip_allow(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.spec.ip_allow = Some(addresses.into_iter().collect());
        self
    }

    /// When a login mints a new session key; three times in ten otherwise.
    pub fn session_keys(mut self, rotation: SessionKeyRotation) -> Self {
        self.spec.session_key_rotation = rotation;
        self
    }

    /// How often it may call; WeChat's own figures otherwise.
    pub fn quotas(mut self, quotas: QuotaLimits) -> Self {
        self.spec.quotas = quotas;
        self
    }

    /// It belongs to a person: phone numbers are refused with 48001.
    pub fn personal(mut self) -> Self {
        self.spec.personal = true;
        self
    }

    /// WeChat has not verified who owns it: phone numbers are refused with 48001.
    pub fn unverified(mut self) -> Self {
        self.spec.verified = false;
        self
    }

    /// The pages that are published; every page where this is not said.
    pub fn pages<P: Into<String>>(mut self, pages: impl IntoIterator<Item = P>) -> Self {
        self.spec.pages = Some(pages.into_iter().map(Into::into).collect());
        self
    }

    /// Where its events are sent.
    pub fn push(mut self, push: Push) -> Self {
        self.spec.push = Some(push);
        self
    }

    /// Makes it.
    pub fn create(self) -> Result<App, Refusal> {
        self.sim.server.world().create_app(self.spec)
    }
}

/// A person in the making.
#[must_use = "a person exists only after `create`, or after a first login"]
pub struct UserBuilder<'a> {
    pub(super) sim: &'a WxSim,
    pub(super) spec: UserSpec,
}

impl UserBuilder<'_> {
    /// WeChat's risk rank, 0 to 4; rank 4 cannot log in.
    pub fn risk_rank(mut self, rank: u8) -> Self {
        self.spec.risk_rank = rank;
        self
    }

    /// WeChat intercepts this person's logins (errcode 40226).
    pub fn blocked(mut self) -> Self {
        self.spec.blocked = true;
        self
    }

    /// The WeChat account is closed (errcode 50002).
    pub fn closed(mut self) -> Self {
        self.spec.closed = true;
        self
    }

    /// One more phone number, in E.164. The first is the one that WeChat tells; without any there is one drawn from the
    /// seed.
    pub fn phone(mut self, e164: impl Into<String>) -> Self {
        self.spec.phones.push(e164.into());
        self
    }

    /// Makes the person.
    pub fn create(self) -> Result<User, Refusal> {
        self.sim.server.world().create_user(&self.spec)
    }
}
