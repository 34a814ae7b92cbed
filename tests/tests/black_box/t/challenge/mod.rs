//! Signing in without a browser: the authorization challenge endpoint, step by step, and the code that a login ends in.

pub(super) mod app;
mod auth_session;
mod code;
mod consent;
mod guessing;
mod login_policy;
mod otp;
mod otp_phone;
mod password;
mod protocol;
mod second_factor;
mod sessions;
mod sms_budget;
mod sms_vendor;
