//! The simulator over real HTTP, by a client that it did not write.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access_tokens;
mod control_plane;
mod faults;
mod login_codes;
mod people;
mod program;
mod quotas;
mod request_log;
mod session_keys;
mod support;
