//! How often WeChat lets itself be asked.

use serde::{Deserialize, Serialize};

/// Days end at midnight in Beijing.
const BEIJING_OFFSET: i64 = 8 * 3600;

/// An app's limits; an absent one is not enforced. The defaults are WeChat's published figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaLimits {
    /// Exchanged codes for each user and minute, then 45011. WeChat: 100.
    pub logins_per_user_minute: Option<u32>,
    /// Exchanged codes a day, then 45009. WeChat derives it from page views; not enforced by default.
    pub logins_per_day: Option<u32>,
    /// Calls of `/cgi-bin/token` a day, then 45009. WeChat: 2,000.
    pub legacy_tokens_per_day: Option<u32>,
    /// Calls of `/cgi-bin/stable_token` a minute, then 45011. WeChat: 10,000.
    pub stable_tokens_per_minute: Option<u32>,
    /// Calls of `/cgi-bin/stable_token` a day, then 45009. WeChat: 500,000.
    pub stable_tokens_per_day: Option<u32>,
    /// Forced refreshes a day that took effect, then 45009. WeChat: 20.
    pub forced_refreshes_per_day: Option<u32>,
    /// Calls for a phone number a minute, then 45011. WeChat publishes no figure; not enforced by default.
    pub phone_numbers_per_minute: Option<u32>,
    /// Calls for a phone number a day, then 45009. WeChat publishes no figure; not enforced by default.
    pub phone_numbers_per_day: Option<u32>,
    /// Codes of mini-programs a minute, then 45009. WeChat: 5,000.
    pub codes_per_minute: Option<u32>,
}

impl Default for QuotaLimits {
    fn default() -> Self {
        Self {
            logins_per_user_minute: Some(100),
            logins_per_day: None,
            legacy_tokens_per_day: Some(2_000),
            stable_tokens_per_minute: Some(10_000),
            stable_tokens_per_day: Some(500_000),
            forced_refreshes_per_day: Some(20),
            phone_numbers_per_minute: None,
            phone_numbers_per_day: None,
            codes_per_minute: Some(5_000),
        }
    }
}

/// The span that a counter counts in.
#[derive(Clone, Copy)]
pub(crate) enum Per {
    Minute,
    Day,
}

impl Per {
    fn span(self, now: i64) -> i64 {
        match self {
            Self::Minute => now.div_euclid(60),
            Self::Day => now.saturating_add(BEIJING_OFFSET).div_euclid(24 * 3600),
        }
    }
}

/// Uses within the current minute or day.
#[derive(Default)]
pub(crate) struct Counter {
    span: i64,
    used: u32,
}

impl Counter {
    /// Whether one more use fits.
    pub(crate) fn has_room(&self, per: Per, limit: Option<u32>, now: i64) -> bool {
        let used = if self.span == per.span(now) { self.used } else { 0 };
        limit.is_none_or(|limit| used < limit)
    }

    /// Counts one use, if it fits.
    pub(crate) fn take(&mut self, per: Per, limit: Option<u32>, now: i64) -> bool {
        let has_room = self.has_room(per, limit, now);
        if has_room {
            let span = per.span(now);
            if self.span != span {
                *self = Self { span, used: 0 };
            }
            self.used = self.used.saturating_add(1);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_beijing() {
        let mut counter = Counter::default();
        let before_midnight = 1_700_063_999; // 2023-11-15 23:59:59 in Beijing
        assert!(counter.take(Per::Day, Some(1), before_midnight));
        assert!(!counter.take(Per::Day, Some(1), before_midnight));
        assert!(counter.take(Per::Day, Some(1), before_midnight + 1));
    }
}
