//! The connector against the simulator, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what sets it up")]

mod app_tokens;
mod error_codes;
mod faults;
mod log;
mod login;
mod proving;
mod secrecy;
mod stage;
mod used_codes;
