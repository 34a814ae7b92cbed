//! Opening a database: connections, the schema's version, the master key. A refusal is one plain sentence.

mod connect;
mod key_check;
mod migrate;
mod refusal;
mod schema;
mod sqlite_file;

pub(crate) use connect::{Connections, connect};
pub use migrate::{migrate, pending};
pub use refusal::OpenError;
pub(crate) use {key_check::KeyCheck, schema::require_current};
