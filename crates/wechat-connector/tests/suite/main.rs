//! The connector against the simulator, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what sets it up")]

mod api_security;
mod app_tokens;
mod circuit;
mod error_codes;
mod faults;
mod log;
mod login;
mod mini_program_code;
mod open_data;
mod phone;
mod proving;
mod push;
mod rotation;
mod secrecy;
mod session;
mod shared_tokens;
mod stage;
mod used_codes;
