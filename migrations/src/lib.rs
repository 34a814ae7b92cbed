//! The database schema, one source for SQLite and PostgreSQL.
//!
//! `tenant_id` leads every primary key and index, so that a cluster can shard by tenant. The exceptions are what stands
//! above tenants (`tenants`, `operators`, `installation`, `config_changes`), the uniqueness of an appid across the
//! installation, and the indices by the instant at which rows die: housekeeping looks for dead rows of all tenants at once.
//!
//! A new migration is one file here and one line in [`Migrator`]. A released one is never edited.

mod m20261101_000001_tenants;
mod m20261101_000002_users;
mod m20261101_000003_sessions;
mod m20261101_000004_platform;
mod m20261122_000005_wechat;
mod m20261122_000006_accounts;
mod m20261122_000007_browsers;
mod m20261122_000008_replay;
mod m20261122_000009_keys;
mod m20261122_000010_devices;
mod m20261122_000011_registration;
mod m20261122_000012_scans;
mod m20261123_000013_claims;
mod schema;

pub use sea_orm_migration;
use sea_orm_migration::prelude::*;

/// All migrations, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261101_000001_tenants::Migration),
            Box::new(m20261101_000002_users::Migration),
            Box::new(m20261101_000003_sessions::Migration),
            Box::new(m20261101_000004_platform::Migration),
            Box::new(m20261122_000005_wechat::Migration),
            Box::new(m20261122_000006_accounts::Migration),
            Box::new(m20261122_000007_browsers::Migration),
            Box::new(m20261122_000008_replay::Migration),
            Box::new(m20261122_000009_keys::Migration),
            Box::new(m20261122_000010_devices::Migration),
            Box::new(m20261122_000011_registration::Migration),
            Box::new(m20261122_000012_scans::Migration),
            Box::new(m20261123_000013_claims::Migration),
        ]
    }
}
