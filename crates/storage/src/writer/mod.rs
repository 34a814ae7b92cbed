//! The only way to write: a [`Job`] is handed over whole, run in a transaction, and answered when that is durable.
//!
//! SQLite has one writer, so jobs queue up for a task that commits several at once ([`group`]). PostgreSQL has many, so
//! each job runs in a transaction of its own and is run again when it loses a race ([`single`]). Either way a job may
//! run more than once, each time on a transaction that has seen nothing of the run before.

mod group;
mod job;
mod single;

pub(crate) use job::{Erased, Job};

use crate::open::Connections;
use hufu_core::{
    Random,
    store::{Result, StoreError},
};
use job::Keep;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use std::{sync::Arc, time::Duration};

/// How long work waits that touches many rows and that nobody does in a hurry.
pub(crate) const BULK: Duration = Duration::from_mins(2);

/// Writes, as the database likes it.
pub(crate) enum Writer {
    Group(group::GroupWriter),
    Single(single::SingleWriter),
}

impl Writer {
    /// Must be called within a tokio runtime.
    pub(crate) fn new(connections: &Connections, random: Arc<dyn Random>) -> Self {
        match connections {
            Connections::Sqlite { writer, .. } => Self::Group(group::GroupWriter::start(writer.clone())),
            Connections::Postgres { pool, suspicion } => Self::Single(single::SingleWriter {
                pool: pool.clone(),
                suspicion: suspicion.clone(),
                random,
            }),
        }
    }

    /// Runs the job and gives back its output once that is durable.
    pub(crate) async fn write<J: Job>(&self, job: J, patience: Duration) -> Result<J::Output> {
        let keep = Arc::new(Keep::new(job));
        self.run(keep.clone(), patience).await?;
        keep.take()
    }

    /// Runs a job. Where `patience` ends first, the answer is [`StoreError::Unavailable`] and the job may yet be done.
    pub(crate) async fn run(&self, job: Arc<dyn Erased>, patience: Duration) -> Result<()> {
        let answer = async {
            match self {
                Self::Group(writer) => writer.run(job, patience).await,
                Self::Single(writer) => writer.run(&*job).await,
            }
        };
        tokio::time::timeout(patience, answer)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable(format!("no answer within {patience:?}"))))
    }
}

/// Begins a transaction that may write: on SQLite it takes the write lock at once, since a transaction that reads first
/// and wants to write later fails where another one wrote in between, however long it waits.
pub(crate) async fn begin(db: &DatabaseConnection) -> std::result::Result<DatabaseTransaction, DbErr> {
    db.begin_with_options(TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    })
    .await
}
