//! Not asking WeChat for a while where it has not answered for an app again and again: nobody waits for a budget to run
//! out, and what is ill is left in peace. Only time and outcomes come in here; who waits and who is told is decided
//! elsewhere.
//!
//! Closed, all calls pass. After [`MOST_FAILURES`] without an answer, one after the other, it is open: no call passes
//! until the pause is over. Then one passes, as a probe: an answer closes the circuit, none opens it again for twice as
//! long. A probe that is given up leaves the next call to be one.

use hufu_core::{Instant, time::after, wechat_app::AppId};
use moka::{policy::EvictionPolicy, sync::Cache};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Failures in a row that open a circuit.
pub(crate) const MOST_FAILURES: u32 = 5;
/// The first pause, in seconds.
pub(crate) const FIRST_PAUSE: u32 = 5;
/// The longest, in seconds.
pub(crate) const LONGEST_PAUSE: u32 = 60;
/// What a call that comes while a probe is under way is told, in seconds.
const PROBING: u32 = 1;

/// Enough for all apps of an installation that are in use at once; beyond that the one unused for longest is forgotten.
const MOST_APPS: u64 = 16_384;

/// The circuits of all apps.
pub(crate) struct Circuits(Cache<AppId, Arc<Mutex<Circuit>>>);

impl Circuits {
    pub(crate) fn new() -> Self {
        let cache = Cache::builder().max_capacity(MOST_APPS);
        Self(cache.eviction_policy(EvictionPolicy::lru()).build())
    }

    /// The right to make one call for the app, or how many seconds to wait.
    pub(crate) fn admit(&self, appid: &AppId, now: Instant) -> Result<Pass, u32> {
        let entry = self.0.entry_by_ref(appid);
        let circuit = entry
            .or_insert_with(|| Arc::new(Mutex::new(Circuit::new())))
            .into_value();
        let ticket = locked(&circuit).admit(now)?;
        Ok(Pass {
            circuit,
            ticket: Some(ticket),
        })
    }
}

/// The right to make one call. Dropped unsettled, such as when the caller went away, it says nothing of WeChat.
pub(crate) struct Pass {
    circuit: Arc<Mutex<Circuit>>,
    ticket: Option<Ticket>,
}

impl Pass {
    /// Tells what came of the call, and learns what follows.
    pub(crate) fn settle(mut self, outcome: Outcome, now: Instant) -> Option<Transition> {
        let ticket = self.ticket.take()?;
        locked(&self.circuit).settle(ticket, outcome, now)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(Ticket::Probe) = self.ticket {
            locked(&self.circuit).give_back_probe();
        }
    }
}

fn locked(circuit: &Mutex<Circuit>) -> MutexGuard<'_, Circuit> {
    circuit.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// WeChat answered, whatever it said.
    Answered,
    /// It did not, or said that it cannot now.
    Failed,
}

/// What is worth telling of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transition {
    /// No call passes for so many seconds. Not said again while no probe is answered.
    Opened { failures: u32, retry_after: u32 },
    /// A probe was answered.
    Closed,
}

/// One app's circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed { failures: u32 },
    Open { until: Instant, pause: u32 },
    Probing { until: Instant, pause: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ticket {
    Ordinary,
    /// There is one at a time: it comes with [`Circuit::Probing`], and only its holder ends that.
    Probe,
}

impl Circuit {
    const fn new() -> Self {
        Self::Closed { failures: 0 }
    }

    fn admit(&mut self, now: Instant) -> Result<Ticket, u32> {
        match *self {
            Self::Closed { .. } => Ok(Ticket::Ordinary),
            Self::Probing { .. } => Err(PROBING),
            Self::Open { until, pause } => {
                let left = (until - now).num_milliseconds();
                // More than the whole pause is left only where the clock was set back.
                if left > 0 && left <= i64::from(pause) * 1_000 {
                    return Err(u32::try_from((left + 999) / 1_000).unwrap_or(pause));
                }
                *self = Self::Probing { until, pause };
                Ok(Ticket::Probe)
            }
        }
    }

    fn settle(&mut self, ticket: Ticket, outcome: Outcome, now: Instant) -> Option<Transition> {
        match (*self, ticket, outcome) {
            (Self::Closed { .. }, _, Outcome::Answered) => {
                *self = Self::new();
                None
            }
            (Self::Closed { failures }, _, Outcome::Failed) => {
                let failures = failures + 1;
                if failures < MOST_FAILURES {
                    *self = Self::Closed { failures };
                    return None;
                }
                *self = Self::open(now, FIRST_PAUSE);
                Some(Transition::Opened {
                    failures,
                    retry_after: FIRST_PAUSE,
                })
            }
            (Self::Probing { .. }, Ticket::Probe, Outcome::Answered) => {
                *self = Self::new();
                Some(Transition::Closed)
            }
            (Self::Probing { pause, .. }, Ticket::Probe, Outcome::Failed) => {
                *self = Self::open(now, (pause * 2).min(LONGEST_PAUSE));
                None
            }
            // From before it opened: that says nothing of now.
            (Self::Open { .. } | Self::Probing { .. }, _, _) => None,
        }
    }

    fn give_back_probe(&mut self) {
        if let Self::Probing { until, pause } = *self {
            *self = Self::Open { until, pause };
        }
    }

    fn open(now: Instant, pause: u32) -> Self {
        Self::Open {
            until: after(now, pause),
            pause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Instant {
        Instant::from_timestamp_millis(1_700_000_000_000 + millis).unwrap()
    }

    fn appid() -> AppId {
        AppId::parse("wxde30000000000001").unwrap()
    }

    fn call(circuits: &Circuits, outcome: Outcome, millis: i64) -> Result<Option<Transition>, u32> {
        let pass = circuits.admit(&appid(), at(millis))?;
        Ok(pass.settle(outcome, at(millis)))
    }

    /// Open since 0, for five seconds.
    fn opened() -> Circuits {
        let circuits = Circuits::new();
        for _ in 1..MOST_FAILURES {
            assert_eq!(call(&circuits, Outcome::Failed, 0), Ok(None));
        }
        let opened = Transition::Opened {
            failures: 5,
            retry_after: 5,
        };
        assert_eq!(call(&circuits, Outcome::Failed, 0), Ok(Some(opened)));
        circuits
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_fewer_do_not() {
        let circuits = opened();
        assert_eq!(call(&circuits, Outcome::Answered, 0), Err(5));
        let other = AppId::parse("wxde30000000000002").unwrap();
        assert!(circuits.admit(&other, at(0)).is_ok());

        let circuits = Circuits::new();
        for _ in 0..100 {
            for _ in 1..MOST_FAILURES {
                assert_eq!(call(&circuits, Outcome::Failed, 0), Ok(None));
            }
            assert_eq!(call(&circuits, Outcome::Answered, 0), Ok(None));
        }
    }

    #[test]
    fn what_is_left_of_the_pause_is_told_and_is_a_second_at_least() {
        let circuits = opened();
        for (millis, left) in [(0, 5), (1, 5), (1_000, 4), (4_000, 1), (4_999, 1)] {
            assert_eq!(call(&circuits, Outcome::Answered, millis), Err(left), "{millis}");
        }
    }

    #[test]
    fn after_the_pause_one_call_at_a_time_passes_and_its_answer_closes_it() {
        let circuits = opened();
        let probe = circuits.admit(&appid(), at(5_000)).ok().unwrap();
        assert_eq!(call(&circuits, Outcome::Answered, 5_000), Err(1));
        assert_eq!(call(&circuits, Outcome::Answered, 100_000), Err(1));
        assert_eq!(
            probe.settle(Outcome::Answered, at(5_001)),
            Some(Transition::Closed)
        );
        for _ in 1..MOST_FAILURES {
            assert_eq!(call(&circuits, Outcome::Failed, 5_002), Ok(None));
        }
    }

    #[test]
    fn pauses_double_up_to_a_minute_and_only_the_first_is_told() {
        let circuits = opened();
        let mut now = 5_000;
        for pause in [10, 20, 40, 60, 60, 60] {
            assert_eq!(call(&circuits, Outcome::Failed, now), Ok(None));
            assert_eq!(call(&circuits, Outcome::Failed, now), Err(pause));
            now += i64::from(pause) * 1_000;
        }
        assert_eq!(
            call(&circuits, Outcome::Answered, now),
            Ok(Some(Transition::Closed))
        );
        for _ in 1..MOST_FAILURES {
            call(&circuits, Outcome::Failed, now).unwrap();
        }
        let opened = call(&circuits, Outcome::Failed, now).unwrap();
        assert!(matches!(opened, Some(Transition::Opened { retry_after: 5, .. })));
    }

    #[test]
    fn a_probe_that_is_given_up_leaves_the_next_call_to_be_one() {
        let circuits = opened();
        for _ in 0..3 {
            drop(circuits.admit(&appid(), at(5_000)).ok().unwrap());
        }
        assert_eq!(
            call(&circuits, Outcome::Answered, 5_000),
            Ok(Some(Transition::Closed))
        );
    }

    #[test]
    fn calls_from_before_it_opened_neither_close_it_nor_prolong_it() {
        let circuits = Circuits::new();
        let mut early: Vec<_> = (0..4)
            .map(|_| circuits.admit(&appid(), at(0)).ok().unwrap())
            .collect();
        for _ in 0..MOST_FAILURES {
            call(&circuits, Outcome::Failed, 0).unwrap();
        }
        let mut settle = |outcome, millis| early.pop().unwrap().settle(outcome, at(millis));
        assert_eq!(settle(Outcome::Answered, 1), None);
        assert_eq!(settle(Outcome::Failed, 4_000), None);
        let probe = circuits.admit(&appid(), at(5_000)).ok().unwrap();
        assert_eq!(settle(Outcome::Answered, 5_001), None);
        assert_eq!(settle(Outcome::Failed, 5_001), None);
        assert_eq!(
            probe.settle(Outcome::Answered, at(5_002)),
            Some(Transition::Closed)
        );
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_it_open() {
        let circuits = opened();
        assert!(circuits.admit(&appid(), at(-3_600_000)).is_ok());
    }

    #[test]
    fn the_circuits_are_bounded() {
        assert_eq!(Circuits::new().0.policy().max_capacity(), Some(MOST_APPS));
    }
}
