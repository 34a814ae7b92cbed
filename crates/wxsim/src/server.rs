//! One simulated WeChat: its clock, world, faults and log, and the order in which they are asked.
//!
//! A request is decided at once, without waiting for anything, and only then sent on its way. So what a request did to
//! the world does not depend on how long its caller was willing to wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::clock::{Clock, ClockSource};
use crate::crypt::api_security::{ApiSecurity, ApiSecurityKeys, DeveloperKey, Platform, SymmetricKey};
use crate::crypt::hex;
use crate::fault::{self, FaultBook, FaultReport, Travel};
use crate::push::{self, Delivery, PushFailure, PushReply};
use crate::request_log::{Ending, RequestLog};
use crate::seed::Lots;
use crate::sms::{self, Sms};
use crate::wechat::{self, Answer, Call, RequestId};
use crate::world::{AppReport, User, World};
use crate::{Config, Cut, Refusal};

/// What the simulator holds, as shown by `GET /__sim/v1/state`.
#[derive(Clone, Debug, Serialize)]
pub struct StateReport {
    /// Simulated Unix seconds.
    pub now: i64,
    /// `real` or `virtual`.
    pub clock: &'static str,
    /// All apps, by appid.
    pub apps: Vec<AppReport>,
    /// All open-platform accounts, by name.
    pub open_accounts: Vec<String>,
    /// The first thousand users, by name.
    pub users: Vec<User>,
    /// How many users there are.
    pub users_total: usize,
    /// Login codes not yet forgotten, used ones included.
    pub codes_remembered: usize,
    /// Phone codes not yet forgotten, used ones included.
    pub phone_codes_remembered: usize,
    /// Accounts at SMS vendors.
    pub sms_accounts: usize,
    /// All faults in force.
    pub faults: Vec<FaultReport>,
    /// Requests in the log.
    pub requests_logged: usize,
    /// Requests to the data plane since the start.
    pub requests_seen: u64,
}

/// One simulated WeChat.
pub(crate) struct Server {
    pub(crate) clock: Clock,
    lots: Lots,
    world: Mutex<World>,
    sms: Mutex<Sms>,
    faults: Mutex<FaultBook>,
    log: Mutex<RequestLog>,
    request_ids: AtomicU64,
    /// Made when the first app turns API security mode on, and kept from then on.
    platform: Mutex<Option<Arc<Platform>>>,
    pub(crate) control_token: Option<String>,
    pub(crate) is_loopback: bool,
}

impl Server {
    pub(crate) fn new(config: &Config) -> Self {
        let clock = Clock::new(config.clock);
        let lots = Lots::new(&config.seed, clock.boot_mark());
        Self {
            world: Mutex::new(World::new(lots.clone())),
            sms: Mutex::new(Sms::new(lots.clone())),
            faults: Mutex::default(),
            log: Mutex::new(RequestLog::new(config.request_log_capacity)),
            request_ids: AtomicU64::new(0),
            platform: Mutex::default(),
            control_token: config.control_token.clone(),
            is_loopback: config.is_loopback(),
            clock,
            lots,
        }
    }

    pub(crate) fn lots(&self) -> &Lots {
        &self.lots
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        locked(&self.world)
    }

    pub(crate) fn sms(&self) -> MutexGuard<'_, Sms> {
        locked(&self.sms)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultBook> {
        locked(&self.faults)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        locked(&self.log)
    }

    /// Decides a call to the data plane: acts on the world, logs it, and says what is sent and how.
    pub(crate) fn decide(&self, mut call: Call) -> (Option<Answer>, Travel) {
        if let Some(token) = call.parameter("access_token") {
            let owner = self.world().token_owner(&token, self.clock.now());
            call.token_owner = owner.map(|(appid, _)| appid);
        }
        let appid = call.appid();
        let strike = self.faults().strike(&call.path, appid.as_deref(), &self.lots);
        let action = strike.as_ref().map(|strike| &strike.action);
        let arrived_at = self.clock.now();
        let now = arrived_at.saturating_add(action.map_or(0, fault::skew));
        let rid = self.request_id(now);
        let replaced = action.and_then(|action| fault::instead(action, &call.path, &rid));
        let (mut answer, travel) = replaced.unwrap_or_else(|| {
            let mut world = self.world();
            let mut answer = if sms::is_path(&call.path) {
                sms::handle(&mut self.sms(), &call, now)
            } else {
                wechat::handle(&mut world, &call, now, &rid)
            };
            let travel = strike.as_ref().map_or(Travel::AtOnce, |strike| {
                fault::alter(&strike.action, strike.serial, &mut world, &call, &mut answer, now)
            });
            (Some(answer), travel)
        });
        if let Some(answer) = &mut answer
            && let Some(seal) = answer.seal.take()
        {
            seal.apply(answer);
        }
        let sent = answer
            .as_ref()
            .filter(|_| !matches!(travel, Travel::Cut(Cut::Before)));
        let ending = Ending {
            status: sent.map(|answer| answer.status.as_u16()),
            errcode: sent.and_then(|answer| answer.errcode),
            fault: strike.map(|strike| strike.fault),
        };
        self.log().record(call, appid, arrived_at, ending);
        (answer, travel)
    }

    /// Turns API security mode on for an app; where it was on, with new keys. The first time takes a good part of a second.
    pub(crate) fn turn_on_api_security(
        &self,
        appid: &str,
        public_key_pem: &str,
    ) -> Result<ApiSecurityKeys, Refusal> {
        self.world().known_app(appid)?;
        let developer = DeveloperKey::parse(public_key_pem)?;
        let platform = self.platform()?;
        let mut world = self.world();
        let serial = world.draw();
        let sn: [u8; 16] = self.lots.bytes("symmetric-sn", serial);
        let security = Arc::new(ApiSecurity {
            symmetric: SymmetricKey::new(self.lots.bytes("symmetric-key", serial), hex(&sn)),
            developer,
            platform,
        });
        let app = world
            .app_mut(appid)
            .ok_or_else(|| Refusal::UnknownApp(appid.into()))?;
        app.set_api_security(Some(Arc::clone(&security)));
        Ok(security.keys())
    }

    pub(crate) fn turn_off_api_security(&self, appid: &str) -> Result<(), Refusal> {
        let mut world = self.world();
        let app = world
            .app_mut(appid)
            .ok_or_else(|| Refusal::UnknownApp(appid.into()))?;
        app.set_api_security(None);
        Ok(())
    }

    fn platform(&self) -> Result<Arc<Platform>, Refusal> {
        let mut platform = locked(&self.platform);
        if let Some(platform) = platform.as_ref() {
            return Ok(Arc::clone(platform));
        }
        let serial = self.lots.bytes("platform-serial", 0);
        let made = Arc::new(Platform::generate(serial).ok_or(Refusal::NoPlatformKey)?);
        *platform = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Sends an app's server something, and remembers what.
    pub(crate) async fn deliver(&self, appid: &str, delivery: Delivery) -> Result<PushReply, PushFailure> {
        let push = {
            let mut world = self.world();
            let app = world
                .app_mut(appid)
                .ok_or_else(|| Refusal::UnknownApp(appid.into()))?;
            app.remember_delivery(delivery.clone());
            app.push()?.clone()
        };
        push::deliver(&push, &delivery).await
    }

    /// What was last sent to an app's server.
    pub(crate) fn last_delivery(&self, appid: &str) -> Result<Delivery, Refusal> {
        self.world()
            .known_app(appid)?
            .last_delivery()
            .cloned()
            .ok_or_else(|| Refusal::NothingSent(appid.into()))
    }

    /// Asks an app's server whether it knows the token, as WeChat does before it takes a URL.
    pub(crate) async fn verify_push_url(&self, appid: &str) -> Result<(), PushFailure> {
        let (push, question) = self.world().push_question(appid, self.clock.now())?;
        push::verify(&push, &question).await
    }

    /// Forgets everything and everybody, and sets the clock back to where it started.
    pub(crate) fn reset(&self) {
        self.world().forget();
        self.sms().forget();
        self.faults().clear();
        self.log().clear(crate::request_log::Filter::default());
        self.clock.reset();
    }

    pub(crate) fn state(&self, reveal: bool) -> StateReport {
        let (requests_logged, requests_seen) = {
            let log = self.log();
            (log.len(), log.seen())
        };
        let faults = self.faults().reports();
        let world = self.world();
        let (users, users_total) = world.user_reports();
        StateReport {
            now: self.clock.now(),
            clock: match self.clock.source() {
                ClockSource::Real => "real",
                ClockSource::Virtual(_) => "virtual",
            },
            apps: world.app_reports(reveal),
            open_accounts: world.open_account_names(),
            users,
            users_total,
            codes_remembered: world.codes_remembered(),
            phone_codes_remembered: world.phone_codes_remembered(),
            sms_accounts: self.sms().accounts(),
            faults,
            requests_logged,
            requests_seen,
        }
    }

    fn request_id(&self, at: i64) -> RequestId {
        let serial = self.request_ids.fetch_add(1, Ordering::Relaxed);
        let (noise, hint) = self.lots.request_id(serial);
        RequestId { at, noise, hint }
    }
}

/// A panic elsewhere does not make what is behind the lock less true: every act leaves it whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
