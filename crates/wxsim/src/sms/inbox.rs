//! What was sent, as the phones got it. The codes are in clear: it is what tests read.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::SmsVendor;

/// Older messages are forgotten.
const MOST_MESSAGES: usize = 1000;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SmsRecord {
    /// Counts from 1; does not start over when the inbox is emptied.
    pub serial: u64,
    /// Simulated Unix seconds.
    pub at: i64,
    /// Through whom.
    pub vendor: SmsVendor,
    /// By which account.
    pub account: String,
    /// To whom, in E.164.
    pub to: String,
    /// The signature, where the vendor has such.
    pub sign_name: Option<String>,
    /// The template, where the vendor has such.
    pub template: Option<String>,
    /// The first of the variables that is four to eight digits.
    pub code: Option<String>,
    /// The template's variables; by position, from `1` on, where they have no names. All of a webhook's body.
    pub params: BTreeMap<String, String>,
    /// What a webhook was told to know the message again by.
    pub idempotency_key: Option<String>,
}

/// All messages, the oldest first.
#[derive(Default)]
pub(crate) struct Inbox {
    messages: VecDeque<SmsRecord>,
    seen: u64,
}

impl Inbox {
    /// The messages to this number since this second; all numbers' and all times', where it is not given. Of a number only
    /// the digits count, since the `+` of a query is a blank.
    pub(crate) fn messages(&self, to: Option<&str>, since: Option<i64>) -> Vec<SmsRecord> {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        let wanted = to.map(digits);
        let matches = |message: &&SmsRecord| {
            wanted.as_ref().is_none_or(|to| digits(&message.to) == *to)
                && since.is_none_or(|since| message.at >= since)
        };
        self.messages.iter().filter(matches).cloned().collect()
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Gives the message's serial number.
    pub(super) fn put(&mut self, message: SmsRecord) -> u64 {
        if self.messages.len() >= MOST_MESSAGES {
            self.messages.pop_front();
        }
        self.seen = message.serial;
        self.messages.push_back(message);
        self.seen
    }

    /// The message that a webhook was told under this key before.
    pub(super) fn known(&self, account: &str, key: &str) -> Option<u64> {
        let same = |message: &&SmsRecord| {
            message.account == account && message.idempotency_key.as_deref() == Some(key)
        };
        self.messages.iter().find(same).map(|message| message.serial)
    }

    pub(super) fn clear(&mut self) {
        self.messages.clear();
    }
}
