//! What WeChat remembers: apps, users, open-platform accounts, codes, access tokens, encrypted data and quotas.
//!
//! Knows neither HTTP nor faults. Time is a parameter. One lock guards all of it (see `server`), so that every act here
//! is atomic; none of them takes longer than a few hash computations.

mod access_token;
mod app;
mod app_record;
mod codes;
mod logins;
mod minted_data;
mod open_data;
mod patch;
mod phone;
mod quota;
mod scenes;
mod session_key;
mod user;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(crate) use access_token::{AccessTokens, Issued, Standing};
pub use app::{App, AppChange, AppReport, AppSpec};
pub(crate) use app_record::AppRecord;
pub(crate) use codes::Code;
pub use open_data::{DataKind, EncryptedData, Tamper, UserEncryptKey};
pub use patch::Patch;
pub(crate) use phone::Phone;
pub use quota::QuotaLimits;
pub use scenes::Opened;
pub use session_key::SessionKeyRotation;
pub(crate) use user::UserRecord;
pub use user::{User, UserChange, UserSpec};

use crate::Refusal;
use crate::push::{Delivery, DeliveryOptions, Push, PushEvent, Sender, verification};
use crate::seed::Lots;
use codes::Codes;
use minted_data::MintedData;

/// How many users a report lists; the rest is only counted.
const USERS_LISTED: usize = 1000;

/// The name of an open-platform account: the scope inside which a unionid has meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAccount(pub(crate) Arc<str>);

impl OpenAccount {
    /// The account's name.
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for OpenAccount {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Everything that is remembered.
pub(crate) struct World {
    lots: Lots,
    apps: HashMap<Arc<str>, AppRecord>,
    users: HashMap<Arc<str>, UserRecord>,
    open_accounts: BTreeSet<Arc<str>>,
    /// Each stands for the generation of the session key that was current when it was minted.
    login_codes: Codes<u32>,
    phone_codes: Codes<Phone>,
    minted_data: MintedData,
    scenes: scenes::Scenes,
    /// Counts whatever was drawn, and survives `forget`: nothing is ever drawn twice.
    drawn: u64,
}

impl World {
    pub(crate) fn new(lots: Lots) -> Self {
        Self {
            lots,
            apps: HashMap::new(),
            users: HashMap::new(),
            open_accounts: BTreeSet::new(),
            login_codes: Codes::default(),
            phone_codes: Codes::default(),
            minted_data: MintedData::default(),
            scenes: scenes::Scenes::default(),
            drawn: 0,
        }
    }

    /// Forgets everybody and everything.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            drawn: self.drawn,
            ..Self::new(self.lots.clone())
        };
    }

    // Apps and accounts

    pub(crate) fn create_app(&mut self, spec: AppSpec) -> Result<App, Refusal> {
        app::check_appid(&spec.appid)?;
        if self.apps.contains_key(spec.appid.as_str()) {
            return Err(Refusal::AppExists(spec.appid));
        }
        let open_account = spec
            .open_account
            .as_deref()
            .map(|id| self.known_open_account(id))
            .transpose()?;
        let record = AppRecord::new(spec, open_account, &self.lots)?;
        let app = record.credentials();
        self.apps.insert(Arc::clone(&record.appid), record);
        Ok(app)
    }

    pub(crate) fn change_app(&mut self, appid: &str, change: AppChange) -> Result<App, Refusal> {
        let open_account = change.open_account.try_map(|id| self.known_open_account(id))?;
        let record = self
            .apps
            .get_mut(appid)
            .ok_or_else(|| Refusal::UnknownApp(appid.into()))?;
        record.change(change, open_account, &self.lots)?;
        Ok(record.credentials())
    }

    pub(crate) fn app_mut(&mut self, appid: &str) -> Option<&mut AppRecord> {
        self.apps.get_mut(appid)
    }

    pub(crate) fn known_app(&self, appid: &str) -> Result<&AppRecord, Refusal> {
        self.apps
            .get(appid)
            .ok_or_else(|| Refusal::UnknownApp(appid.into()))
    }

    /// Whose access token this is, and whether it still works. Dead tokens are remembered for a while.
    pub(crate) fn token_owner(&self, token: &str, now: i64) -> Option<(Arc<str>, Standing)> {
        // Every app is asked, since there are few of them.
        self.apps.values().find_map(|app| {
            let standing = app.token_standing(token, now)?;
            Some((Arc::clone(&app.appid), standing))
        })
    }

    pub(crate) fn create_open_account(&mut self, id: &str) -> Result<OpenAccount, Refusal> {
        let id: Arc<str> = Arc::from(checked_name(id)?);
        if !self.open_accounts.insert(Arc::clone(&id)) {
            return Err(Refusal::OpenAccountExists(id.as_ref().into()));
        }
        Ok(OpenAccount(id))
    }

    /// The first free name of `open-account-1`, `open-account-2` …
    pub(crate) fn create_nameless_open_account(&mut self) -> OpenAccount {
        let id: Arc<str> = (1..=self.open_accounts.len() + 1)
            .map(|ordinal| Arc::from(format!("open-account-{ordinal}")))
            .find(|id| !self.open_accounts.contains(id))
            .expect("one name more was tried than there are accounts");
        self.open_accounts.insert(Arc::clone(&id));
        OpenAccount(id)
    }

    fn known_open_account(&self, id: &str) -> Result<Arc<str>, Refusal> {
        self.open_accounts
            .get(id)
            .cloned()
            .ok_or_else(|| Refusal::UnknownOpenAccount(id.into()))
    }

    // Users

    pub(crate) fn create_user(&mut self, spec: &UserSpec) -> Result<User, Refusal> {
        checked_name(&spec.id)?;
        if self.users.contains_key(spec.id.as_str()) {
            return Err(Refusal::UserExists(spec.id.clone()));
        }
        let id: Arc<str> = Arc::from(spec.id.as_str());
        let record = UserRecord::new(Arc::clone(&id), spec, &self.lots)?;
        let user = record.report();
        self.users.insert(id, record);
        Ok(user)
    }

    pub(crate) fn change_user(&mut self, id: &str, change: UserChange) -> Result<User, Refusal> {
        let record = self
            .users
            .get_mut(id)
            .ok_or_else(|| Refusal::UnknownUser(id.into()))?;
        record.change(change, &self.lots)?;
        Ok(record.report())
    }

    pub(crate) fn user(&self, id: &str) -> Option<&UserRecord> {
        self.users.get(id)
    }

    /// The shared text of a user's name. A user that nobody has heard of is created.
    fn user_id(&mut self, id: &str) -> Result<Arc<str>, Refusal> {
        if !self.users.contains_key(id) {
            self.create_user(&UserSpec::named(id))?;
        }
        let (known, _) = self.users.get_key_value(id).expect("it was created above");
        Ok(Arc::clone(known))
    }

    // Messages

    /// The next delivery of an event to an app's own server.
    pub(crate) fn delivery(
        &mut self,
        appid: &str,
        event: &PushEvent,
        options: DeliveryOptions,
        now: i64,
    ) -> Result<Delivery, Refusal> {
        for name in [&event.kind, &event.user].into_iter().chain(&event.revoke_info) {
            checked_name(name)?;
        }
        let serial = self.draw();
        let app = self.known_app(appid)?;
        let unionid = app
            .open_account()
            .map(|account| self.lots.unionid(account, &event.user));
        let sender = Sender {
            lots: &self.lots,
            push: app.push()?,
            appid,
            unionid,
            serial,
            now,
        };
        sender.delivery(event, options)
    }

    /// What WeChat asks before it takes an app's URL.
    pub(crate) fn push_question(&mut self, appid: &str, now: i64) -> Result<(Push, Delivery), Refusal> {
        let serial = self.draw();
        let push = self.known_app(appid)?.push()?;
        Ok((push.clone(), verification(push, &self.lots, serial, now)))
    }

    // Draws

    pub(crate) fn lots(&self) -> &Lots {
        &self.lots
    }

    pub(crate) fn fresh_access_token(&mut self) -> Arc<str> {
        let serial = self.draw();
        Arc::from(self.lots.access_token(serial))
    }

    /// A number that was never drawn before.
    pub(crate) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        self.drawn
    }

    // Reports

    /// All apps by appid; the secrets only where they are asked for.
    pub(crate) fn app_reports(&self, reveal: bool) -> Vec<AppReport> {
        let mut reports: Vec<_> = self.apps.values().map(|app| app.report(reveal)).collect();
        reports.sort_by(|a, b| a.appid.cmp(&b.appid));
        reports
    }

    /// The first thousand users by name, and how many there are.
    pub(crate) fn user_reports(&self) -> (Vec<User>, usize) {
        let mut ids: Vec<_> = self.users.keys().collect();
        ids.sort();
        let listed = ids
            .into_iter()
            .take(USERS_LISTED)
            .filter_map(|id| self.users.get(id));
        (listed.map(UserRecord::report).collect(), self.users.len())
    }

    pub(crate) fn open_account_names(&self) -> Vec<String> {
        self.open_accounts
            .iter()
            .map(|id| id.as_ref().to_owned())
            .collect()
    }

    /// Login codes still remembered: unused, used, and those that expired not long ago.
    pub(crate) fn codes_remembered(&self) -> usize {
        self.login_codes.len()
    }

    /// The same of phone codes.
    pub(crate) fn phone_codes_remembered(&self) -> usize {
        self.phone_codes.len()
    }
}

/// A name of 1 to 128 characters without control characters.
fn checked_name(name: &str) -> Result<&str, Refusal> {
    let is_sound = (1..=128).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if is_sound {
        Ok(name)
    } else {
        Err(Refusal::InvalidName)
    }
}
