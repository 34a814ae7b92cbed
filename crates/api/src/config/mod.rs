//! Configuration: one TOML file, and every key of it also from the environment as `HUFU_<SECTION>__<KEY>`, which wins.
//!
//! A key that is not known refuses to start: a setting that is silently ignored is worse than none. To add a key, add a
//! field with its documentation to its section here, and to `docs/hufu.toml`, which a test holds against this module.

mod read;
mod sections;

pub use read::{ConfigError, read};
pub use sections::{
    Config, Database, Log, LogFormat, Metrics, Outbound, Passwords, Secrets, Server, Sms, Tls, Wechat,
};

#[cfg(test)]
mod tests;
