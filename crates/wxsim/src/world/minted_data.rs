//! Which encrypted data WeChat remembers to have made, by its hash.

use std::collections::{HashMap, VecDeque};

/// Seconds. Source: WeChat's documentation of `checkencryptedmsg`.
const REMEMBERED: i64 = 3 * 24 * 3600;
/// The oldest are forgotten beyond this many, whatever their age.
const MOST_REMEMBERED: usize = 100_000;

/// Hashes of encrypted data, and when it was made.
#[derive(Default)]
pub(super) struct MintedData {
    by_hash: HashMap<String, i64>,
    by_age: VecDeque<String>,
}

impl MintedData {
    /// `hash` is the lowercase hex of SHA-256 of the data's base64.
    pub(super) fn insert(&mut self, hash: String, created_at: i64) {
        if self.by_age.len() >= MOST_REMEMBERED
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.by_hash.remove(&oldest);
        }
        self.by_age.push_back(hash.clone());
        self.by_hash.insert(hash, created_at);
    }

    /// When it was made, if that was within the last three days.
    pub(super) fn created_at(&self, hash: &str, now: i64) -> Option<i64> {
        let created_at = *self.by_hash.get(hash)?;
        (now - created_at <= REMEMBERED).then_some(created_at)
    }
}
