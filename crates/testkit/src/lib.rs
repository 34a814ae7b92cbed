//! Only for tests: a clock that is moved by hand, randomness from a seed, builders of domain values, passwords that are held
//! back, and the store suite that every implementation of core's store ports must pass.
//!
//! Nothing here knows a database, HTTP or a clock of the machine.
#![allow(
    clippy::missing_panics_doc,
    reason = "this is test code: everything here panics where an expectation fails"
)]

pub mod builders;
pub mod clock;
pub mod passwords;
pub mod random;
pub mod store_suite;
pub mod wechat_apps;

pub use builders::Mint;
pub use clock::TestClock;
pub use passwords::{Held, HeldPasswords, Hold};
pub use random::SeededRandom;
pub use wechat_apps::MemoryWechatApps;
