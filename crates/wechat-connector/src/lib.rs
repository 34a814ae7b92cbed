//! Proves a person by WeChat, and an app's credential too; reads what WeChat encrypts and pushes: core's
//! `WechatConnector`, over WeChat's HTTP API.
//!
//! A login is one `jscode2session` call, never a retry, inside one budget; a code that WeChat has answered for is not sent
//! again. Only where WeChat refused the app's secret, without a look at anything else, is the same call made once more with
//! the secret that will follow. An app's secret is proven by a live `stable_token` call. Access tokens are only ever
//! *stable* ones: the other family would disturb the tenant's own backend. They are shared by nodes through core's
//! `WechatApps`; where that is away, each node asks for itself.
//!
//! A session_key goes to the caller, who seals and keeps it or drops it; it never leaves the server, and WeChat is shown
//! signatures by it and not the key. Where WeChat does not answer for an app again and again, it is not asked for a while.
//!
//! Users, tenants, stores and endpoints of ours are unknown here. WeChat's host is the deployment's setting and never a
//! tenant's: the secrets of all tenants are sent to it.
//!
//! | module | owns |
//! | --- | --- |
//! | `http` | the client: budget, size cap, no redirects, no URLs in errors |
//! | `upstream` | one question to WeChat: through the circuit, within the budget, sealed where the app wants that |
//! | `circuit` | not asking for a while where nothing is answered |
//! | `answer` | reading what WeChat answers, whatever shape it takes that day |
//! | `errcode`, `failure` | what follows from each error code; the one log line of each failure |
//! | `errmsg` | what is worth picking from a message |
//! | `jscode2session`, `stable_token`, `getuserphonenumber`, `checksession`, `resetusersessionkey`, `getuserencryptkey`, `getwxacodeunlimit` | one endpoint each |
//! | `login_state` | the signature by which a session_key is shown without being sent |
//! | `used_codes` | which codes are not to be sent again |
//! | `rotation` | which of an app's two secrets goes first, and when the next one becomes the current one |
//! | `app_tokens` | the access token of each app, kept until it is nearly over |
//! | `app_log` | events of an app, for its tenant |
//! | `api_security`, `api_security_keys` | sealing what is asked and verifying what is answered, for apps that turned that on |
//! | `open_data` | opening what a mini-program gets encrypted |
//! | `push`, `message_crypto`, `push_message` | messages that WeChat pushes: proven, decrypted, read |
//! | `aes_cbc`, `base64_text`, `hex`, `strict_json` | formats, as strict or as tolerant as WeChat's make it necessary |
//!
//! To add an endpoint: a `Call` with its path and its rows in `errcode`'s table, and a file that asks
//! `upstream` and takes what it needs from the `answer`; if it takes an access token, called through
//! [`AppTokens::with_token`].

mod aes_cbc;
mod answer;
mod api;
mod api_security;
mod api_security_keys;
mod app_log;
mod app_tokens;
mod base64_text;
mod checksession;
mod circuit;
mod config;
mod errcode;
mod errmsg;
mod failure;
mod getuserencryptkey;
mod getuserphonenumber;
mod getwxacodeunlimit;
mod hex;
mod http;
mod jscode2session;
mod login_state;
mod message_crypto;
mod open_data;
mod push;
mod push_message;
mod resetusersessionkey;
mod rotation;
mod stable_token;
mod strict_json;
mod upstream;
mod used_codes;

pub use api::WechatApi;
pub use app_tokens::AppTokens;
pub use config::{Config, OFFICIAL_API_BASE, UnusableConfig};
