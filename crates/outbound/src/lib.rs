//! The one guarded HTTP client for URLs that clients register (`jwks_uri`, `backchannel_logout_uri`).
//!
//! | module | owns |
//! | --- | --- |
//! | `address` | which addresses are public |
//! | `resolver` | names become addresses, of which only the public ones are connected to |
//! | `client` | the calls: `https` only, no redirects, no proxy, a time and a size that are not passed |
//!
//! What connectors call (WeChat, SMS vendors) is the operator's choice and not called from here.

mod address;
mod client;
mod resolver;

pub use client::{Config, HttpOutbound, UnusableConfig};
