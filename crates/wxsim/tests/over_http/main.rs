//! The simulator over real HTTP, by a client that it did not write.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access_tokens;
mod api_security;
mod control_plane;
mod control_refusals;
mod crypto;
mod faults;
mod login_codes;
mod mini_program_codes;
mod open_data;
mod people;
mod phone_faults;
mod phone_numbers;
mod program;
mod push;
mod quotas;
mod request_log;
mod secrets;
mod session_keys;
mod session_state;
mod sms;
mod sms_aliyun;
mod sms_client;
mod sms_tencent;
mod support;
