//! Connections as each database wants them.

use super::{OpenError, sqlite_file};
use crate::{
    options::{Database, Options},
    suspicion::Suspicion,
};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::path::Path;

/// Reading connections of SQLite.
const READERS: u32 = 4;

/// How the store talks to its database.
pub(crate) enum Connections {
    /// One connection that writes, and a pool apart that cannot.
    Sqlite {
        writer: DatabaseConnection,
        reader: DatabaseConnection,
    },
    /// One pool for everything, and whether it can be trusted.
    Postgres {
        pool: DatabaseConnection,
        suspicion: Suspicion,
    },
}

impl Connections {
    pub(crate) const fn writer(&self) -> &DatabaseConnection {
        match self {
            Self::Sqlite { writer, .. } | Self::Postgres { pool: writer, .. } => writer,
        }
    }
}

pub(crate) async fn connect(options: &Options) -> Result<Connections, OpenError> {
    match options.database()? {
        Database::Sqlite(path) => sqlite(&path, options).await,
        Database::Postgres(server) => postgres(*server, options).await,
    }
}

async fn sqlite(path: &Path, options: &Options) -> Result<Connections, OpenError> {
    sqlite_file::require(path)?;
    let file = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        // For another process that writes.
        .busy_timeout(options.patience / 2)
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = pool()
        .max_connections(1)
        // Where the disk is full SQLite ends a transaction by itself, and sqlx goes on counting it: on such a connection all that
        // follows would be a savepoint, and nothing would ever be committed.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        .connect_with(
            file.clone()
                .journal_mode(SqliteJournalMode::Wal)
                // A token that was handed out must not be forgotten when the power fails.
                .synchronous(SqliteSynchronous::Full)
                .pragma("cache_size", "-8192")
                .pragma("wal_autocheckpoint", "4000"),
        )
        .await
        .map_err(|error| sqlite_file::refusal(path, &error))?;
    // SQLite opens a file that it may not write as if nothing were wrong: ask for the lock that a write takes.
    for statement in ["BEGIN IMMEDIATE", "ROLLBACK"] {
        sqlx::query(statement)
            .execute(&writer)
            .await
            .map_err(|error| sqlite_file::refusal(path, &error))?;
    }
    let reader = pool()
        .max_connections(READERS)
        .connect_lazy_with(file.read_only(true).pragma("cache_size", "-4096"));
    Ok(Connections::Sqlite {
        writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
        reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
    })
}

async fn postgres(server: PgConnectOptions, options: &Options) -> Result<Connections, OpenError> {
    let lock_timeout = format!("{}ms", options.patience.as_millis() / 2);
    let server = server
        .application_name("hufu")
        // Nobody waits for a lock, or holds one, for longer than a request may take.
        .options([
            ("lock_timeout", lock_timeout.as_str()),
            ("idle_in_transaction_session_timeout", "60s"),
        ])
        .disable_statement_logging();
    // A pool would try again until its time is up and then only say that it was; one connection says why.
    let first = tokio::time::timeout(options.acquire_timeout, server.connect())
        .await
        .map_err(|_| OpenError::Unreachable(format!("no answer within {:?}", options.acquire_timeout)))?
        .map_err(|error| OpenError::Unreachable(error.to_string()))?;
    first
        .close()
        .await
        .map_err(|error| OpenError::Unreachable(error.to_string()))?;
    let suspicion = Suspicion::default();
    let suspects = suspicion.clone();
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let suspect = suspects.falls_on(meta.idle_for);
            Box::pin(async move { Ok(!suspect || connection.ping().await.is_ok()) })
        })
        .connect_lazy_with(server);
    Ok(Connections::Postgres {
        pool: SqlxPostgresConnector::from_sqlx_postgres_pool(pool),
        suspicion,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test panics where it fails")]
mod tests {
    use super::*;
    use crate::{MasterKey, MasterKeys, writer::begin};
    use hufu_testkit::SeededRandom;
    use sea_orm::ConnectionTrait;
    use std::sync::Arc;

    #[tokio::test]
    async fn what_is_written_after_sqlite_has_given_a_transaction_up_is_there() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("hufu.db");
        std::fs::write(&path, "").unwrap();
        let random = Arc::new(SeededRandom::new(1));
        let keys = MasterKeys::only(MasterKey::generate(&*random));
        let options = Options::new(format!("sqlite://{}", path.display()), keys, random);
        let Connections::Sqlite { writer, reader } = connect(&options).await.unwrap() else {
            panic!("it is SQLite's URL");
        };
        let given_up = begin(&writer).await.unwrap();
        // As SQLite does by itself where the disk is full.
        given_up.execute_unprepared("ROLLBACK").await.unwrap();
        given_up.rollback().await.unwrap_err();
        let failed = begin(&writer).await.unwrap();
        failed.rollback().await.unwrap();
        let tx = begin(&writer).await.unwrap();
        tx.execute_unprepared("CREATE TABLE kept (id INTEGER)")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        reader.execute_unprepared("SELECT id FROM kept").await.unwrap();
    }
}
