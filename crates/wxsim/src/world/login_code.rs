//! Login codes: what `wx.login` gives a mini-program, once, for five minutes.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Seconds. Source: WeChat's documentation of `wx.login`.
pub(crate) const LOGIN_CODE_TTL: i64 = 300;
/// Seconds for which an expired code is still told apart from one that never was.
const REMEMBERED_AFTER_EXPIRY: i64 = 300;
/// The oldest codes are forgotten beyond this many, whatever their age.
const MOST_REMEMBERED: usize = 1_000_000;

/// One code.
pub(crate) struct LoginCode {
    pub(crate) appid: Arc<str>,
    pub(crate) user: Arc<str>,
    /// The generation of the session key that was current when the code was minted.
    pub(crate) session_key: u32,
    pub(crate) minted_at: i64,
    pub(crate) is_used: bool,
}

/// All codes. Each insertion forgets the codes whose time is long over, so memory follows the rate of logins.
#[derive(Default)]
pub(super) struct LoginCodes {
    by_text: HashMap<[u8; 32], LoginCode>,
    by_age: VecDeque<([u8; 32], i64)>,
}

impl LoginCodes {
    pub(super) fn insert(&mut self, text: [u8; 32], code: LoginCode) {
        let oldest_kept = code.minted_at - LOGIN_CODE_TTL - REMEMBERED_AFTER_EXPIRY;
        while let Some((oldest, minted_at)) = self.by_age.front()
            && (*minted_at < oldest_kept || self.by_age.len() >= MOST_REMEMBERED)
        {
            self.by_text.remove(oldest);
            self.by_age.pop_front();
        }
        self.by_age.push_back((text, code.minted_at));
        self.by_text.insert(text, code);
    }

    pub(super) fn get_mut(&mut self, text: &str) -> Option<&mut LoginCode> {
        self.by_text.get_mut(<&[u8; 32]>::try_from(text.as_bytes()).ok()?)
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
        let mut codes = LoginCodes::default();
        for minute in 0..1000_i64 {
            let mut text = [b'0'; 32];
            text[..8].copy_from_slice(&minute.to_be_bytes());
            let (appid, user) = (Arc::from("wx"), Arc::from("alice"));
            codes.insert(
                text,
                LoginCode {
                    appid,
                    user,
                    session_key: 0,
                    minted_at: minute * 60,
                    is_used: true,
                },
            );
            assert!(codes.len() <= 11, "{}", codes.len());
        }
    }
}
