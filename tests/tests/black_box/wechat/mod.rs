//! `/wechat/…`: what WeChat itself calls.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod push;
