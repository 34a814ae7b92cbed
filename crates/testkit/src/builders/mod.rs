//! Builders: domain values with sensible defaults, one file a noun. Change what a test is about by struct update
//! (`Client { first_party: false, ..mint.client("shop") }`) or by the small traits beside a builder.

mod client;
mod event;
mod key;
mod operator;
mod person;
mod phone;
mod proof;
mod session_key;
mod sign_in;
mod sms;
mod tenant;
mod user;
mod wechat_app;

pub use client::{ClientChanges, client_id, scope};
pub use event::CALLER;
pub use key::kid;
pub use person::{Person, person};
pub use phone::{phone, phone_number};
pub use proof::{by_new_account, by_password, by_phone, password, phone_in_hand};
pub use session_key::session_key;
pub use sign_in::{SignInChanges, by_wechat, refresh_token};
pub use sms::{otp, pepper};
pub use tenant::{display_name, slug};
pub use user::username;
pub use wechat_app::appid;

use crate::{SeededRandom, TestClock};
use hufu_core::{Clock, Instant};

/// Mints domain values: fresh ids from its randomness, instants from its clock. Clones share both.
#[derive(Debug, Clone)]
pub struct Mint {
    /// What the time is.
    pub clock: TestClock,
    /// Where ids and secrets come from.
    pub random: SeededRandom,
}

impl Mint {
    /// A mint with a clock and a stream of its own.
    pub fn new(seed: u64) -> Self {
        Self {
            clock: TestClock::new(),
            random: SeededRandom::new(seed),
        }
    }

    /// The instant of its clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Moves its clock and gives the new instant.
    pub fn later(&self, seconds: u32) -> Instant {
        self.clock.advance(seconds)
    }
}
