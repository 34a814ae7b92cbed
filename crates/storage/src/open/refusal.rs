//! Why a database was not opened.

use crate::error::describe;
use sea_orm::DbErr;
use std::path::PathBuf;
use thiserror::Error;

/// Why a database was not opened. Nothing in it was changed. Each is a sentence for the person who started Hufu.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The configured URL.
    #[error(
        "the database url is none that hufu understands: write sqlite:///path/to/hufu.db or postgres://user@host/database"
    )]
    Url,
    /// SQLite's folder.
    #[error("the database's folder {0} does not exist: create it")]
    MissingFolder(PathBuf),
    /// SQLite's file.
    #[error("the database {0} does not exist: run `hufu migrate`")]
    MissingFile(PathBuf),
    /// SQLite's file or folder.
    #[error(
        "the database {0} cannot be written: check who owns the file and its folder, and whether they are read-only"
    )]
    ReadOnly(PathBuf),
    /// SQLite's file is something else.
    #[error("{0} is not a SQLite database")]
    NotADatabase(PathBuf),
    /// Another process is writing to SQLite's file and does not stop.
    #[error("the database {0} is locked by another process")]
    Locked(PathBuf),
    /// PostgreSQL does not answer, or refuses.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// Migrations are missing.
    #[error("the database's schema is older than this hufu ({0} migrations are missing): run `hufu migrate`")]
    SchemaOlder(usize),
    /// Migrations are there that this binary does not know.
    #[error("this hufu is older than its database: it does not know the migration {0}; run the newer hufu")]
    SchemaNewer(String),
    /// The master key does not open the database's secrets.
    #[error(
        "the master key is not the one of this database, which is {expected}: configure that key, or as the previous key if this one is to replace it"
    )]
    WrongMasterKey {
        /// The id of the key that is needed.
        expected: String,
    },
    /// Something else, said by the database.
    #[error("the database cannot be used: {0}")]
    Other(String),
}

impl From<DbErr> for OpenError {
    fn from(error: DbErr) -> Self {
        Self::Other(describe(&error))
    }
}
