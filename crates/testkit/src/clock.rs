//! A clock that stands still until it is moved.

use hufu_core::{Clock, Instant};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A clock that starts at [`TestClock::START`] and moves only by [`TestClock::advance`]. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// 2026-01-05T08:00:00Z, a Monday, in epoch milliseconds.
    pub const START: i64 = 1_767_600_000_000;

    /// A clock of its own, at [`TestClock::START`].
    pub fn new() -> Self {
        Self::at(Self::START)
    }

    /// A clock of its own, at `millis` since the epoch.
    pub fn at(millis: i64) -> Self {
        Self(Arc::new(AtomicI64::new(millis)))
    }

    /// Moves the clock by `seconds` and gives the new instant.
    pub fn advance(&self, seconds: u32) -> Instant {
        let by = i64::from(seconds) * 1_000;
        instant(self.0.fetch_add(by, Ordering::SeqCst) + by)
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        instant(self.0.load(Ordering::SeqCst))
    }
}

fn instant(millis: i64) -> Instant {
    Instant::from_timestamp_millis(millis).expect("a test stays within chrono's years")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_on_a_monday_morning_and_moves_by_hand() {
        let clock = TestClock::new();
        assert_eq!(clock.now().to_rfc3339(), "2026-01-05T08:00:00+00:00");
        assert_eq!(clock.now(), clock.now());
        let after = clock.clone().advance(90);
        assert_eq!(after, clock.now());
        assert_eq!(after.to_rfc3339(), "2026-01-05T08:01:30+00:00");
    }
}
