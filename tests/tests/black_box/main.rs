//! The server as its users see it: real HTTP, a real database, WeChat played by `wxsim`. Folders mirror the URL tree.

#![allow(missing_docs, reason = "a test's name says what it holds")]

mod admin;
mod t;
mod wechat;
