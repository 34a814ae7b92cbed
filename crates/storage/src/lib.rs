//! SQL: the store of Hufu on SQLite or PostgreSQL, behind the ports of `hufu_core::store`.
//!
//! [`migrate`] makes the database, [`SqlStore::open`] opens it, and everything else happens through core's traits.
//! Inside: `open` refuses what cannot be served, `entity` turns rows into domain values, `unit` is the unit of work
//! that acts run on, `writer` makes writes durable, `reader` reads beside it, and `secrets` seals what must not lie
//! about in plain.

mod accounts;
mod apps;
mod browsers;
mod config;
mod entity;
mod error;
mod housekeeping;
mod insert;
mod keys;
mod listing;
mod live;
mod log;
mod logouts;
mod open;
mod operators;
mod options;
mod reader;
mod rewrap;
mod rows;
mod secrets;
mod store;
mod suspicion;
mod tenants;
mod unit;
mod writer;

pub use open::{OpenError, migrate, pending};
pub use options::Options;
pub use secrets::{InvalidMasterKey, MasterKey, MasterKeys};
pub use store::SqlStore;
