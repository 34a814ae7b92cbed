//! Codes that a mini-program is given once, for five minutes: those of `wx.login` and those of the phone buttons.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Seconds. Source: WeChat's documentation of `wx.login` and of `getuserphonenumber`.
const CODE_TTL: i64 = 300;
/// Seconds for which an expired code is still told apart from one that never was.
const REMEMBERED_AFTER_EXPIRY: i64 = 300;
/// The oldest codes are forgotten beyond this many, whatever their age.
const MOST_REMEMBERED: usize = 1_000_000;

/// One code, and what it stands for.
pub(crate) struct Code<T> {
    pub(crate) appid: Arc<str>,
    pub(crate) user: Arc<str>,
    pub(crate) minted_at: i64,
    pub(crate) is_used: bool,
    pub(crate) grant: T,
}

impl<T> Code<T> {
    pub(crate) fn is_expired(&self, now: i64) -> bool {
        now - self.minted_at > CODE_TTL
    }
}

/// All codes of one kind. Each insertion forgets the codes whose time is long over, so memory follows the rate of logins.
pub(super) struct Codes<T> {
    by_text: HashMap<Arc<str>, Code<T>>,
    by_age: VecDeque<(Arc<str>, i64)>,
}

impl<T> Default for Codes<T> {
    fn default() -> Self {
        Self {
            by_text: HashMap::new(),
            by_age: VecDeque::new(),
        }
    }
}

impl<T> Codes<T> {
    pub(super) fn insert(&mut self, text: &str, code: Code<T>) {
        let oldest_kept = code.minted_at - CODE_TTL - REMEMBERED_AFTER_EXPIRY;
        while let Some((oldest, minted_at)) = self.by_age.front()
            && (*minted_at < oldest_kept || self.by_age.len() >= MOST_REMEMBERED)
        {
            self.by_text.remove(oldest);
            self.by_age.pop_front();
        }
        let text: Arc<str> = Arc::from(text);
        self.by_age.push_back((Arc::clone(&text), code.minted_at));
        self.by_text.insert(text, code);
    }

    pub(super) fn get_mut(&mut self, text: &str) -> Option<&mut Code<T>> {
        self.by_text.get_mut(text)
    }

    pub(super) fn len(&self) -> usize {
        self.by_text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_long_expired_are_forgotten() {
        let mut codes = Codes::default();
        for minute in 0..1000_i64 {
            codes.insert(
                &minute.to_string(),
                Code {
                    appid: Arc::from("wx"),
                    user: Arc::from("alice"),
                    minted_at: minute * 60,
                    is_used: true,
                    grant: (),
                },
            );
            assert!(codes.len() <= 11, "{}", codes.len());
        }
    }
}
