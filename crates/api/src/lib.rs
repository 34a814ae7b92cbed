//! The hufu server: HTTP, configuration, wiring and the command line.
//!
//! | module | owns |
//! | --- | --- |
//! | [`app`] | what every handler shares, and the one router |
//! | [`server`] | the listener, and what happens around every request: limits, ids, headers, panics |
//! | [`oidc`] | the endpoints below `/t/{tenant}` |
//! | [`account`] | the endpoints below `/t/{tenant}/account`: the signed-in user's own |
//! | [`admin`] | the endpoints below `/admin/v1` |
//! | `pages` | what people see: sign-in, consent, account, logout, errors |
//! | [`wechat`] | what WeChat itself calls: message push |
//! | [`problem`] | the errors of administration (RFC 9457) |
//! | [`openapi`] | the document and the page that shows it |
//! | [`config`] | the file and the environment |
//! | [`cli`] | the commands |
//!
//! A test that wants a server builds an [`app::App`] of its own ports and hands it to [`server::serve`].

pub mod account;
pub mod admin;
pub mod app;
pub mod background;
pub mod base_url;
pub mod cli;
mod client_ip;
pub mod config;
#[cfg(feature = "dev")]
pub mod dev;
pub mod embed;
pub mod issuers;
pub mod metrics;
pub mod oidc;
pub mod openapi;
mod operators;
mod pages;
pub mod problem;
pub mod random;
pub mod server;
pub mod telemetry;
mod texts;
pub mod wechat;
mod wire;
