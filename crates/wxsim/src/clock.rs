//! What time it is at the simulated WeChat, in whole Unix seconds.
//!
//! The only place of the crate that reads the machine's clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Refusal;

/// The last second of the year 9999: later ones cannot be written as a date.
const LATEST: i64 = 253_402_300_799;

/// Where a simulator's time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSource {
    /// The machine's clock, plus whatever the clock has been advanced by.
    Real,
    /// Frozen at this Unix second; moves only when told.
    Virtual(i64),
}

/// A clock that can be moved. For a real clock `shift` is an offset, for a virtual one the time itself.
#[derive(Debug)]
pub(crate) struct Clock {
    source: ClockSource,
    shift: AtomicI64,
}

impl Clock {
    pub(crate) fn new(source: ClockSource) -> Self {
        Self {
            source,
            shift: AtomicI64::new(starting_shift(source)),
        }
    }

    pub(crate) fn source(&self) -> ClockSource {
        self.source
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.base().saturating_add(self.shift.load(Ordering::Acquire))
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, seconds: u64) -> Result<i64, Refusal> {
        let target = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| self.now().checked_add(seconds));
        self.set(target.ok_or(Refusal::ClockOutOfRange)?)
    }

    /// Moves the clock to a Unix second, forward or back.
    pub(crate) fn set(&self, unix_seconds: i64) -> Result<i64, Refusal> {
        if !(0..=LATEST).contains(&unix_seconds) {
            return Err(Refusal::ClockOutOfRange);
        }
        self.shift.store(unix_seconds - self.base(), Ordering::Release);
        Ok(unix_seconds)
    }

    /// Back to where it started.
    pub(crate) fn reset(&self) {
        self.shift.store(starting_shift(self.source), Ordering::Release);
    }

    /// A number that differs between two runs on real time, and is the same in two runs on the same virtual time.
    pub(crate) fn boot_mark(&self) -> u128 {
        match self.source {
            ClockSource::Real => since_epoch().as_nanos(),
            ClockSource::Virtual(start) => u128::from(start.unsigned_abs()),
        }
    }

    fn base(&self) -> i64 {
        match self.source {
            ClockSource::Real => i64::try_from(since_epoch().as_secs()).unwrap_or(LATEST),
            ClockSource::Virtual(_) => 0,
        }
    }
}

fn starting_shift(source: ClockSource) -> i64 {
    match source {
        ClockSource::Real => 0,
        ClockSource::Virtual(start) => start.clamp(0, LATEST),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the simulator's own clock, which everything else is given"
)]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
