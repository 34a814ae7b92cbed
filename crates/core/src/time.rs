//! The clock as a port. Every other place takes `now` as an argument.

use chrono::{DateTime, SubsecRound, Utc};

/// A point in time, UTC. The store keeps whole milliseconds, so a [`Clock`] gives no finer ones.
pub type Instant = DateTime<Utc>;

/// The only source of time. Read it once a request and pass `now` down.
pub trait Clock: Send + Sync {
    /// The current instant, in whole milliseconds.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the wall clock"
        )]
        Utc::now().trunc_subsecs(3)
    }
}

/// The instant `seconds` after `at`; the end of time where that overflows.
pub fn after(at: Instant, seconds: u32) -> Instant {
    at.checked_add_signed(chrono::TimeDelta::seconds(i64::from(seconds)))
        .unwrap_or(Instant::MAX_UTC)
}

/// The instant `seconds` before `at`; the beginning of time where that overflows.
pub fn before(at: Instant, seconds: u32) -> Instant {
    at.checked_sub_signed(chrono::TimeDelta::seconds(i64::from(seconds)))
        .unwrap_or(Instant::MIN_UTC)
}

/// `now`, or the next millisecond after `last`: two changes of a thing never carry the same instant, not even by a clock that is
/// behind, so that whoever builds on the elder is seen to be stale.
pub fn later(now: Instant, last: Instant) -> Instant {
    now.max(last + chrono::TimeDelta::milliseconds(1))
}
