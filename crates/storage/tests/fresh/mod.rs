//! Fresh databases, one a test: migrated, empty, and gone when the test is over.
//!
//! SQLite's is a file in a folder of its own. PostgreSQL's is a database in the server that `HUFU_TEST_POSTGRES_URL`
//! names (`scripts/postgres run -- cargo test -p hufu-storage` starts one); without it, PostgreSQL's tests say that they
//! did nothing, which is an error where `CI` is set.
#![allow(dead_code, unused_macros, reason = "each test binary uses its own part")]
#![allow(
    clippy::unwrap_used,
    reason = "a test fails where anything does, and the error says enough"
)]

use hufu_core::{Instant, Random};
use hufu_storage::{MasterKey, MasterKeys, Options, SqlStore, migrate};
use hufu_testkit::{SeededRandom, TestClock};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

/// Makes a test for each database of functions that take a [`Fresh`].
macro_rules! on_both {
    ($($case:ident,)*) => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                crate::$case(&crate::fresh::Fresh::sqlite()).await;
            }
        )*}
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let Some(database) = crate::fresh::Fresh::postgres().await else { return };
                crate::$case(&database).await;
                database.remove().await;
            }
        )*}
    };
}

/// The instant at which fresh databases are migrated.
pub(crate) fn now() -> Instant {
    Instant::from_timestamp_millis(TestClock::START).unwrap()
}

/// A master key, and the randomness that everything else is drawn from.
pub(crate) fn key(seed: u64) -> MasterKey {
    MasterKey::generate(&SeededRandom::new(seed))
}

/// Options for `url` under the master key of seed 1.
pub(crate) fn options(url: impl Into<String>) -> Options {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(2));
    Options::new(url, MasterKeys::only(key(1)), random)
}

static MADE: AtomicU32 = AtomicU32::new(0);

/// A database that is there as long as this value.
pub(crate) enum Fresh {
    Sqlite { folder: TempDir },
    Postgres { server: String, name: String },
}

impl Fresh {
    /// An empty SQLite file, not migrated.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite {
            folder: TempDir::new().unwrap(),
        }
    }

    /// An empty PostgreSQL database, not migrated. `None` where there is no server to make it in.
    pub(crate) async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("HUFU_TEST_POSTGRES_URL") else {
            assert!(
                std::env::var_os("CI").is_none(),
                "HUFU_TEST_POSTGRES_URL is not set"
            );
            eprintln!("HUFU_TEST_POSTGRES_URL is not set: nothing was tested on PostgreSQL");
            return None;
        };
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("hufu_test_{}_{made}", std::process::id());
        // One that a failed test of a process with the same id left behind.
        execute(&server, format!("DROP DATABASE IF EXISTS {name}")).await;
        execute(&server, format!("CREATE DATABASE {name}")).await;
        Some(Self::Postgres { server, name })
    }

    /// What opens it, and waits long: a busy machine makes a test slow, not red.
    pub(crate) fn options(&self) -> Options {
        Options {
            acquire_timeout: Duration::from_mins(1),
            patience: Duration::from_mins(1),
            ..options(self.url())
        }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { folder } => format!("sqlite://{}", folder.path().join("hufu.db").display()),
            Self::Postgres { server, name } => {
                let mut url = url::Url::parse(server).unwrap();
                url.set_path(name);
                url.to_string()
            }
        }
    }

    /// Migrates and opens it.
    pub(crate) async fn store(&self) -> SqlStore {
        migrate(&self.options(), now()).await.unwrap();
        SqlStore::open(self.options()).await.unwrap()
    }

    /// The same, but reads and acts may take no longer than they may by default. Only a connection is waited for as long.
    pub(crate) async fn punctual_store(&self) -> SqlStore {
        migrate(&self.options(), now()).await.unwrap();
        let punctual = Options {
            patience: options(self.url()).patience,
            ..self.options()
        };
        SqlStore::open(punctual).await.unwrap()
    }

    /// Changes it behind the store's back.
    pub(crate) async fn execute(&self, statement: &str) {
        match self {
            Self::Sqlite { .. } => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                connection
                    .execute(sqlx::AssertSqlSafe(statement.to_owned()))
                    .await
                    .unwrap();
                connection.close().await.unwrap();
            }
            Self::Postgres { .. } => execute(&self.url(), statement.to_owned()).await,
        }
    }

    /// Reads it behind the store's back: the bytes of the first column.
    pub(crate) async fn bytes_of(&self, query: &str) -> Vec<Vec<u8>> {
        let query = sqlx::AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite { .. } => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await
            }
            Self::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.url()).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await
            }
        }
        .unwrap()
    }

    /// Counts a table's rows behind the store's back.
    pub(crate) async fn rows_of(&self, table: &str) -> i64 {
        let query = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        match self {
            Self::Sqlite { .. } => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                sqlx::query_scalar(query).fetch_one(&mut connection).await
            }
            Self::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.url()).await.unwrap();
                sqlx::query_scalar(query).fetch_one(&mut connection).await
            }
        }
        .unwrap()
    }

    /// Lets nobody in, and throws out whoever is, or lets them in again. PostgreSQL only.
    pub(crate) async fn closed_to_connections(&self, closed: bool) {
        let Self::Postgres { server, name } = self else {
            panic!("SQLite has no connections to refuse")
        };
        execute(
            server,
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {}", !closed),
        )
        .await;
        if closed {
            let kill =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            execute(server, kill).await;
        }
    }

    /// Removes it. A failed test leaves PostgreSQL's behind, to look into.
    pub(crate) async fn remove(self) {
        if let Self::Postgres { server, name } = self {
            execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn execute(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}
