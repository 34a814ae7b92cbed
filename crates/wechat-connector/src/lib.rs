//! Proves a person by WeChat, and an app's credential too: core's `WechatConnector`, over WeChat's HTTP API.
//!
//! A login is one `jscode2session` call, never a retry, inside one budget; a login code that WeChat has answered for is
//! not sent again. An app's secret is proven by a live `stable_token` call. Access tokens are only ever *stable* ones:
//! the other family would disturb the tenant's own backend.
//!
//! Users, tenants, stores and endpoints of ours are unknown here. WeChat's host is the deployment's setting and never a
//! tenant's: the secrets of all tenants are sent to it.
//!
//! | module | owns |
//! | --- | --- |
//! | `http` | the client: budget, size cap, no redirects, no URLs in errors |
//! | `answer` | reading what WeChat answers, whatever shape it takes that day |
//! | `errcode` | what follows from each error code |
//! | `errmsg` | what is worth picking from a message |
//! | `jscode2session`, `stable_token` | one endpoint each |
//! | `used_codes` | which login codes are not to be sent again |
//! | `app_tokens` | the access token of each app, kept until it is nearly over |
//!
//! To add an endpoint: a file that asks `http`, reads an `answer` and lets `errcode` judge it; if it takes an access
//! token, called through [`AppTokens::with_token`].

mod answer;
mod api;
mod app_tokens;
mod config;
mod errcode;
mod errmsg;
mod failure;
mod http;
mod jscode2session;
mod stable_token;
mod used_codes;

pub use api::WechatApi;
pub use app_tokens::AppTokens;
pub use config::{Config, OFFICIAL_API_BASE, UnusableConfig};
