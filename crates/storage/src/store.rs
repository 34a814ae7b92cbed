//! The store: opened once, shared by everyone.

use crate::{
    OpenError, Options,
    open::{Connections, KeyCheck, connect, require_current},
    reader::Reader,
    secrets::Vault,
    suspicion::Suspicion,
    writer::{Job, Writer},
};
use hufu_core::store::Result;
use hufu_migrations::sea_orm_migration::SchemaManager;
use std::{sync::Arc, time::Duration};

/// The store of an installation. Clones share it.
///
/// Reads and acts wait for a connection at most as long as [`Options::acquire_timeout`] and for their answer at most
/// as long as [`Options::patience`], then fail with `StoreError::Unavailable`; it recovers by itself when the database is back. A write
/// that fails so may have been done all the same where the connection broke under its commit.
#[derive(Clone)]
pub struct SqlStore {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) vault: Arc<Vault>,
    /// How long a request waits for its writes.
    pub(crate) patience: Duration,
}

impl SqlStore {
    /// Opens a database whose schema is this binary's and whose secrets the keys open. Changes nothing in it. Must be
    /// called within a tokio runtime.
    pub async fn open(options: Options) -> std::result::Result<Self, OpenError> {
        let connections = connect(&options).await?;
        require_current(&SchemaManager::new(connections.writer())).await?;
        KeyCheck::read(connections.writer())
            .await?
            // Migrations and the check are written in one transaction, so it can only have been deleted.
            .ok_or_else(|| OpenError::Other("its check of the master key is gone".into()))?
            .verify(&options.keys)?;
        let writer = Writer::new(&connections, options.random.clone());
        let reader = match connections {
            Connections::Sqlite { reader, .. } => Reader::new(reader, Suspicion::default(), options.patience),
            Connections::Postgres { pool, suspicion } => Reader::new(pool, suspicion, options.patience),
        };
        let shared = Shared {
            reader,
            writer,
            vault: Arc::new(Vault::new(options.keys, options.random)),
            patience: options.patience,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    pub(crate) fn db(&self) -> &Reader {
        &self.shared.reader
    }

    pub(crate) async fn write<J: Job>(&self, job: J) -> Result<J::Output> {
        self.shared.writer.write(job, self.shared.patience).await
    }

    pub(crate) async fn write_patiently<J: Job>(&self, job: J, patience: Duration) -> Result<J::Output> {
        self.shared.writer.write(job, patience).await
    }
}

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlStore").finish_non_exhaustive()
    }
}
