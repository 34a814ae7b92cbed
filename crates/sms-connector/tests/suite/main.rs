//! The connector against the simulator's SMS vendors, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a test may panic, and so may what sets it up")]

mod aliyun;
mod console;
mod faults;
mod log;
mod secrecy;
mod stage;
mod tencent;
mod webhook;
