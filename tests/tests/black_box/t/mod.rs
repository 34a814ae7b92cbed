//! Endpoints below `/t/{tenant}`.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod account;
mod acr;
mod authorize;
mod backchannel_logout;
mod browser;
mod challenge;
mod device;
mod discovery;
mod fuzz;
mod introspect;
mod jwt;
mod linking;
mod logout;
mod merging;
mod nodes;
mod outage;
mod pages;
mod proofs;
mod pushed;
mod register;
mod revoke;
mod scan;
mod secrecy;
mod stock_client;
mod token;
mod tutorial;
mod userinfo;
mod wechat_away;
