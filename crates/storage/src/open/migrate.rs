//! Bringing a database up to this binary's schema.

use super::{Connections, KeyCheck, OpenError, connect, schema, sqlite_file};
use crate::{
    options::{Database, Options},
    writer::begin,
};
use hufu_core::Instant;
use hufu_migrations::{
    Migrator,
    sea_orm_migration::{MigratorTrait, SchemaManager},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

/// Two `hufu migrate` at once take turns by this key of PostgreSQL's advisory locks: "hufu" in ASCII.
const TURN: i64 = 0x6875_6675;

/// Applies the missing migrations and gives their names, oldest first. Creates SQLite's file, though not its folder, and
/// seals the key check when there is none. All or nothing; a wrong master key is refused before anything is written.
pub async fn migrate(options: &Options, now: Instant) -> Result<Vec<String>, OpenError> {
    if let Database::Sqlite(path) = options.database()? {
        sqlite_file::create(&path)?;
    }
    let connections = connect(options).await?;
    let applied = apply(&connections, options, now).await;
    close(connections).await;
    applied
}

/// The migrations that [`migrate`] would apply. Writes nothing.
pub async fn pending(options: &Options) -> Result<Vec<String>, OpenError> {
    let connections = connect(options).await?;
    let missing = schema::missing(&SchemaManager::new(connections.writer())).await;
    close(connections).await;
    missing
}

async fn apply(connections: &Connections, options: &Options, now: Instant) -> Result<Vec<String>, OpenError> {
    let tx = begin(connections.writer()).await?;
    if matches!(connections, Connections::Postgres { .. }) {
        let lock = Statement::from_sql_and_values(
            tx.get_database_backend(),
            "SELECT pg_advisory_xact_lock($1)",
            [TURN.into()],
        );
        tx.query_one_raw(lock).await?;
    }
    let missing = prepare(&tx, options, now).await?;
    tx.commit().await?;
    Ok(missing)
}

async fn prepare(
    tx: &DatabaseTransaction,
    options: &Options,
    now: Instant,
) -> Result<Vec<String>, OpenError> {
    let manager = SchemaManager::new(tx);
    let missing = schema::missing(&manager).await?;
    let check = if manager.has_table("installation").await? {
        KeyCheck::read(tx).await?
    } else {
        None
    };
    if let Some(check) = &check {
        check.verify(&options.keys)?;
    }
    if !missing.is_empty() {
        Migrator::up(tx, None).await?;
    }
    if check.is_none() {
        KeyCheck::seal(&options.keys, &*options.random)
            .map_err(|error| OpenError::Other(error.to_string()))?
            .insert(tx, now)
            .await?;
    }
    Ok(missing)
}

async fn close(connections: Connections) {
    // A failure to say goodbye changes nothing about what was done.
    let (first, second) = match connections {
        Connections::Sqlite { writer, reader } => (writer, Some(reader)),
        Connections::Postgres { pool, .. } => (pool, None),
    };
    for connection in std::iter::once(first).chain(second) {
        if let Err(error) = connection.close().await {
            tracing::debug!(%error, "closing a connection failed");
        }
    }
}
