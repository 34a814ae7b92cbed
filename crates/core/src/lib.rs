//! What is true on paper: tenants, users, identities, linking, logins, sessions, grants and token families, keys,
//! and the ports (traits) that connectors and the store implement.
//!
//! Nothing here speaks HTTP or SQL, reads a clock or draws a random number: time is [`Clock`], randomness is
//! [`Random`], rows come through [`store`], proofs through [`connector`]. The shape of every rule is *load, decide,
//! apply*: rows are loaded, a pure function that takes `now` decides, and its verdict is applied in one unit of work.

pub mod account;
pub mod attempts;
pub mod authorization;
pub mod branding;
pub mod change;
pub mod client;
pub mod connector;
pub mod consent;
pub mod device;
pub mod event;
pub mod grant;
pub mod id;
pub mod identity;
pub mod link;
pub mod linking;
pub mod locale;
pub mod login;
pub mod merge;
pub mod operator;
pub mod outbound;
pub mod page;
pub mod password;
pub mod phone;
pub mod profile;
pub mod random;
pub mod reason;
pub mod refresh;
pub mod registration;
pub mod scan;
pub mod scope;
pub mod session;
pub mod settings;
pub mod signing_key;
pub mod sms;
pub mod store;
pub mod tenant;
pub mod text;
pub mod time;
pub mod token;
pub mod unlink;
pub mod user;
pub mod wechat_app;
pub mod wechat_push;
pub mod wechat_session;

pub use random::Random;
pub use text::Invalid;
pub use time::{Clock, Instant};
