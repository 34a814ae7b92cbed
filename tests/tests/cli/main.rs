//! The program `hufu` as its operators run it: its commands, and how each refuses to start.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]
#![allow(missing_docs, reason = "a test's name says what it holds")]

mod dev;
mod installation;
mod operation;
mod program;
mod refusal;
