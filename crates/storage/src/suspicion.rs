//! When a connection last broke, so that others which may have broken with it are tested before they are used.
//!
//! Testing every connection before every use costs as much as a query. One that worked a moment ago is taken on trust,
//! until one breaks: then whatever was idle at that time is tested.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A connection that was idle for longer than this is tested in any case.
const TRUSTED_FOR: Duration = Duration::from_millis(500);

/// Shared by a pool and those who use it.
#[derive(Clone, Default)]
pub(crate) struct Suspicion(Arc<Mutex<Option<Instant>>>);

impl Suspicion {
    /// A connection broke just now.
    pub(crate) fn raise(&self) {
        self.raise_at(Instant::now());
    }

    fn raise_at(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Whether a connection that has been idle for so long must be tested.
    pub(crate) fn falls_on(&self, idle_for: Duration) -> bool {
        self.falls_at(Instant::now(), idle_for)
    }

    fn falls_at(&self, now: Instant, idle_for: Duration) -> bool {
        let raised = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle_for >= TRUSTED_FOR
            || raised.is_some_and(|raised| idle_for >= now.saturating_duration_since(raised))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_on_what_was_idle_when_a_connection_broke() {
        let (suspicion, raised) = (Suspicion::default(), Instant::now());
        let later = raised + Duration::from_millis(300);
        assert!(!suspicion.falls_at(later, Duration::from_millis(400)));
        assert!(suspicion.falls_at(later, TRUSTED_FOR));
        suspicion.raise_at(raised);
        assert!(suspicion.falls_at(later, Duration::from_millis(300)));
        assert!(
            !suspicion.falls_at(later, Duration::from_millis(299)),
            "released after that"
        );
    }
}
