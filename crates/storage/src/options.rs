//! Where the database is and what opens its secrets.

use crate::{MasterKeys, OpenError};
use hufu_core::Random;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

/// What [`crate::SqlStore::open`] and [`crate::migrate`] need to know.
#[derive(Clone)]
pub struct Options {
    /// `sqlite:///absolute/path.db`, `sqlite:relative.db` or `postgres://user@host/database`.
    pub url: String,
    /// PostgreSQL's password, where it does not stand in `url`.
    pub password: Option<SecretString>,
    /// PostgreSQL connections at the most.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is told that the database is not available.
    pub acquire_timeout: Duration,
    /// How long a read, or a write, may take with all its waiting; one lock is waited for half as long.
    pub patience: Duration,
    /// What opens the secrets.
    pub keys: MasterKeys,
    /// Data keys and nonces.
    pub random: Arc<dyn Random>,
}

impl Options {
    /// 32 connections, 3 seconds for one of them, 10 for an answer, no password apart from the URL.
    pub fn new(url: impl Into<String>, keys: MasterKeys, random: Arc<dyn Random>) -> Self {
        Self {
            url: url.into(),
            password: None,
            max_connections: 32,
            acquire_timeout: Duration::from_secs(3),
            patience: Duration::from_secs(10),
            keys,
            random,
        }
    }

    pub(crate) fn database(&self) -> Result<Database, OpenError> {
        if self.url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(&self.url).map_err(|_| OpenError::Url)?;
            let path = options.get_filename().to_path_buf();
            // A database in memory is another one for every connection.
            let in_memory = self.url.contains(":memory:") || self.url.contains("mode=memory");
            if in_memory || path.as_os_str().is_empty() {
                return Err(OpenError::Url);
            }
            return Ok(Database::Sqlite(path));
        }
        if self.url.starts_with("postgres:") || self.url.starts_with("postgresql:") {
            let mut options = PgConnectOptions::from_str(&self.url).map_err(|_| OpenError::Url)?;
            if let Some(password) = &self.password {
                options = options.password(password.expose_secret());
            }
            return Ok(Database::Postgres(Box::new(options)));
        }
        Err(OpenError::Url)
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Options")
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("patience", &self.patience)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// A URL that was read.
pub(crate) enum Database {
    /// The file.
    Sqlite(PathBuf),
    /// How to connect, the password included.
    Postgres(Box<PgConnectOptions>),
}
