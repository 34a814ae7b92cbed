//! Fresh databases, one a test: migrated, empty, and gone when the test is over.
//!
//! SQLite's is a file in a folder of its own. PostgreSQL's is a database in the server that `HUFU_TEST_POSTGRES_URL`
//! names (`scripts/postgres run -- cargo test -p hufu-storage` starts one); without it, PostgreSQL's tests say that they
//! did nothing, which is an error where `CI` is set.
#![allow(dead_code, reason = "each test binary uses its own part")]

use hufu_core::{Instant, Random, store::Store};
use hufu_storage::{MasterKey, MasterKeys, Options, SqlStore, migrate};
use hufu_testkit::{SeededRandom, TestClock};
use sqlx::{Connection, Executor, PgConnection};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;

/// The instant at which fresh databases are migrated.
pub fn now() -> Instant {
    Instant::from_timestamp_millis(TestClock::START).unwrap()
}

/// A master key, and the randomness that everything else is drawn from.
pub fn key(seed: u64) -> MasterKey {
    MasterKey::generate(&SeededRandom::new(seed))
}

/// Options for `url` under the master key of seed 1.
pub fn options(url: impl Into<String>) -> Options {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(2));
    Options::new(url, MasterKeys::only(key(1)), random)
}

/// A database that is there as long as this value.
pub enum Fresh {
    Sqlite { folder: TempDir },
    Postgres { server: String, name: String },
}

impl Fresh {
    /// An empty SQLite file, not migrated.
    pub fn sqlite() -> Self {
        Self::Sqlite {
            folder: TempDir::new().unwrap(),
        }
    }

    /// An empty PostgreSQL database, not migrated. `None` where there is no server to make it in.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("HUFU_TEST_POSTGRES_URL") else {
            assert!(
                std::env::var_os("CI").is_none(),
                "HUFU_TEST_POSTGRES_URL is not set"
            );
            eprintln!("HUFU_TEST_POSTGRES_URL is not set: nothing was tested on PostgreSQL");
            return None;
        };
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("hufu_test_{}_{made}", std::process::id());
        // One that a failed test of a process with the same id left behind.
        execute(&server, format!("DROP DATABASE IF EXISTS {name}")).await;
        execute(&server, format!("CREATE DATABASE {name}")).await;
        Some(Self::Postgres { server, name })
    }

    /// What opens it.
    pub fn options(&self) -> Options {
        options(self.url())
    }

    /// Its URL.
    pub fn url(&self) -> String {
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
    pub async fn store(&self) -> SqlStore {
        migrate(&self.options(), now()).await.unwrap();
        SqlStore::open(self.options()).await.unwrap()
    }

    /// Migrates and opens it, as the store suite wants it.
    pub async fn any_store(&self) -> Arc<dyn Store> {
        Arc::new(self.store().await)
    }

    /// Removes it. A failed test leaves PostgreSQL's behind, to look into.
    pub async fn remove(self) {
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
