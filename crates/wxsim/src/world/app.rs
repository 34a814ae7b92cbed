//! Apps: an appid, its secret, who may call for it, and what its users hold there.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::quota::{Counter, Per};
use super::session_key::{CurrentSessionKey, SessionKeyRotation};
use super::{AccessTokens, Patch, QuotaLimits};
use crate::Refusal;
use crate::seed::Lots;
use crate::wechat::Failure;

/// An app, as told to the simulator. Only the appid is needed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSpec {
    /// `wx` and 16 lowercase hex digits.
    pub appid: String,
    /// Derived from the seed where absent: 32 lowercase hex digits.
    #[serde(default)]
    pub secret: Option<String>,
    /// The open-platform account it is bound to; its users have a unionid only then.
    #[serde(default)]
    pub open_account: Option<String>,
    /// The addresses that may fetch access tokens; absent means all of them.
    #[serde(default)]
    pub ip_allow: Option<Vec<IpAddr>>,
    /// The secret is frozen: access tokens are refused with 40243.
    #[serde(default)]
    pub frozen: bool,
    /// When a login mints a new session key.
    #[serde(default)]
    pub session_key_rotation: SessionKeyRotation,
    /// How often it may call.
    #[serde(default)]
    pub quotas: QuotaLimits,
}

/// What to change about an app; what is absent stays.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppChange {
    /// A new secret; the old one stops working at once.
    pub secret: Option<String>,
    /// A new secret drawn from the seed; ignored where `secret` is given.
    pub rotate_secret: bool,
    /// See [`AppSpec::frozen`].
    pub frozen: Option<bool>,
    /// Binds to an open-platform account, or unbinds with `null`.
    pub open_account: Patch<String>,
    /// See [`AppSpec::ip_allow`]; `null` admits every address again.
    pub ip_allow: Patch<Vec<IpAddr>>,
    /// See [`AppSpec::session_key_rotation`].
    pub session_key_rotation: Option<SessionKeyRotation>,
    /// All limits at once; those left out return to WeChat's own.
    pub quotas: Option<QuotaLimits>,
}

/// An app's credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct App {
    appid: Arc<str>,
    secret: String,
}

impl App {
    /// The appid.
    pub fn id(&self) -> &str {
        &self.appid
    }

    /// The secret in force when this value was made.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("App").field(&self.appid).finish()
    }
}

impl AsRef<str> for App {
    fn as_ref(&self) -> &str {
        &self.appid
    }
}

/// An app, as shown.
#[derive(Clone, Debug, Serialize)]
pub struct AppReport {
    /// The appid.
    pub appid: String,
    /// Only where it was asked for.
    pub secret: Option<String>,
    /// See [`AppSpec::open_account`].
    pub open_account: Option<String>,
    /// See [`AppSpec::ip_allow`].
    pub ip_allow: Option<Vec<IpAddr>>,
    /// See [`AppSpec::frozen`].
    pub frozen: bool,
    /// See [`AppSpec::session_key_rotation`].
    pub session_key_rotation: SessionKeyRotation,
    /// See [`AppSpec::quotas`].
    pub quotas: QuotaLimits,
    /// How many users ever logged in.
    pub users: usize,
}

/// What one user holds in one app.
struct Member {
    session_key: CurrentSessionKey,
    logins_this_minute: Counter,
}

/// An app, as remembered.
pub(crate) struct AppRecord {
    pub(crate) appid: Arc<str>,
    secret: String,
    secret_generation: u32,
    open_account: Option<Arc<str>>,
    ip_allow: Option<Vec<IpAddr>>,
    frozen: bool,
    session_key_rotation: SessionKeyRotation,
    quotas: QuotaLimits,
    tokens: AccessTokens,
    logins_today: Counter,
    members: HashMap<Arc<str>, Member>,
}

impl AppRecord {
    pub(super) fn new(spec: AppSpec, open_account: Option<Arc<str>>, lots: &Lots) -> Result<Self, Refusal> {
        let secret = match spec.secret {
            Some(secret) => checked_secret(secret)?,
            None => lots.app_secret(&spec.appid, 0),
        };
        Ok(Self {
            appid: Arc::from(spec.appid),
            secret,
            secret_generation: 0,
            open_account,
            ip_allow: spec.ip_allow,
            frozen: spec.frozen,
            session_key_rotation: spec.session_key_rotation.checked()?,
            quotas: spec.quotas,
            tokens: AccessTokens::default(),
            logins_today: Counter::default(),
            members: HashMap::new(),
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
        let rotation = change
            .session_key_rotation
            .map(SessionKeyRotation::checked)
            .transpose()?;
        if let Some(secret) = secret {
            self.secret = secret;
        } else if change.rotate_secret {
            self.secret_generation += 1;
            self.secret = lots.app_secret(&self.appid, self.secret_generation);
        }
        self.frozen = change.frozen.unwrap_or(self.frozen);
        self.session_key_rotation = rotation.unwrap_or(self.session_key_rotation);
        self.quotas = change.quotas.unwrap_or(self.quotas);
        open_account.apply(&mut self.open_account);
        change.ip_allow.apply(&mut self.ip_allow);
        Ok(())
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

    pub(crate) fn tokens(&mut self) -> (&mut AccessTokens, &QuotaLimits) {
        (&mut self.tokens, &self.quotas)
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
        generation
    }

    pub(super) fn session_key_generation(&self, user: &str) -> Option<u32> {
        self.members.get(user).map(|member| member.session_key.generation)
    }

    pub(super) fn rotate_session_key(&mut self, user: &str, now: i64) {
        if let Some(member) = self.members.get_mut(user) {
            member.session_key.rotate(now);
        }
    }

    pub(super) fn credentials(&self) -> App {
        App {
            appid: Arc::clone(&self.appid),
            secret: self.secret.clone(),
        }
    }

    pub(super) fn report(&self, reveal: bool) -> AppReport {
        AppReport {
            appid: self.appid.as_ref().to_owned(),
            secret: reveal.then(|| self.secret.clone()),
            open_account: self.open_account.as_deref().map(str::to_owned),
            ip_allow: self.ip_allow.clone(),
            frozen: self.frozen,
            session_key_rotation: self.session_key_rotation,
            quotas: self.quotas,
            users: self.members.len(),
        }
    }
}

pub(super) fn check_appid(appid: &str) -> Result<(), Refusal> {
    let digits = appid.strip_prefix("wx").unwrap_or_default();
    let is_sound = digits.len() == 16
        && digits
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if is_sound {
        Ok(())
    } else {
        Err(Refusal::InvalidAppid(appid.into()))
    }
}

fn checked_secret(secret: String) -> Result<String, Refusal> {
    if secret.is_empty() {
        Err(Refusal::EmptySecret)
    } else {
        Ok(secret)
    }
}
