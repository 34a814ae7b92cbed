//! One simulated WeChat: its clock, world, faults and log, and the order in which they are asked.
//!
//! A request is decided at once, without waiting for anything, and only then sent on its way. So what a request did to
//! the world does not depend on how long its caller was willing to wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::clock::{Clock, ClockSource};
use crate::fault::{self, FaultBook, FaultReport, Travel};
use crate::request_log::{Ending, RequestLog};
use crate::seed::Lots;
use crate::wechat::{self, Answer, Call, Family, RequestId};
use crate::world::{AppReport, User, World};
use crate::{Config, Cut};

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
    faults: Mutex<FaultBook>,
    log: Mutex<RequestLog>,
    request_ids: AtomicU64,
    pub(crate) control_token: Option<String>,
    pub(crate) is_loopback: bool,
}

impl Server {
    pub(crate) fn new(config: &Config) -> Self {
        let clock = Clock::new(config.clock);
        let lots = Lots::new(&config.seed, clock.boot_mark());
        Self {
            world: Mutex::new(World::new(lots.clone())),
            faults: Mutex::default(),
            log: Mutex::new(RequestLog::new(config.request_log_capacity)),
            request_ids: AtomicU64::new(0),
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

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultBook> {
        locked(&self.faults)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        locked(&self.log)
    }

    /// Decides a call to the data plane: acts on the world, logs it, and says what is sent and how.
    pub(crate) fn decide(&self, call: Call) -> (Option<Answer>, Travel) {
        let appid = call.appid();
        let strike = self.faults().strike(&call.path, appid.as_deref(), &self.lots);
        let action = strike.as_ref().map(|strike| &strike.action);
        let arrived_at = self.clock.now();
        let now = arrived_at.saturating_add(action.map_or(0, fault::skew));
        let rid = self.request_id(now);
        let replaced = action.and_then(|action| fault::instead(action, Family::of(&call.path), rid));
        let (answer, travel) = replaced.unwrap_or_else(|| {
            let mut world = self.world();
            let mut answer = wechat::handle(&mut world, &call, now, rid);
            let travel = strike.as_ref().map_or(Travel::AtOnce, |strike| {
                fault::alter(&strike.action, strike.serial, &mut world, &call, &mut answer, now)
            });
            (Some(answer), travel)
        });
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

    /// Forgets everything and everybody, and sets the clock back to where it started.
    pub(crate) fn reset(&self) {
        self.world().forget();
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
            faults,
            requests_logged,
            requests_seen,
        }
    }

    fn request_id(&self, at: i64) -> RequestId {
        let serial = self.request_ids.fetch_add(1, Ordering::Relaxed);
        RequestId {
            at,
            noise: self.lots.request_id(serial),
        }
    }
}

/// A panic elsewhere does not make what is behind the lock less true: every act leaves it whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
