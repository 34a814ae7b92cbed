//! A transaction for each job, at READ COMMITTED, run again when it loses a race.

use super::{begin, job::Erased};
use crate::{
    error::{OrStore, connection_was_lost, store_error},
    suspicion::Suspicion,
};
use hufu_core::{
    Random, random,
    store::{Result, StoreError},
};
use sea_orm::DatabaseConnection;
use std::{sync::Arc, time::Duration};

/// Runs of a job that loses its races.
const RUNS: u32 = 10;

/// Runs of a job whose connection breaks. After the first, others are tested before they are used.
const RUNS_WITHOUT_CONNECTION: u32 = 3;

/// Runs of a job that builds on a row that is gone: the first may have read that row before it was deleted.
const RUNS_WITHOUT_PARENT: u32 = 2;

/// PostgreSQL's writers.
pub(crate) struct SingleWriter {
    pub(crate) pool: DatabaseConnection,
    pub(crate) suspicion: Suspicion,
    pub(crate) random: Arc<dyn Random>,
}

/// How a run failed.
enum Failure {
    /// Nothing was written: another run may do.
    Again(StoreError),
    /// Nothing was written and another run is of no use, or nobody knows what was.
    Final(StoreError),
}

impl SingleWriter {
    pub(crate) async fn run(&self, job: &dyn Erased) -> Result<()> {
        let mut run = 0;
        loop {
            run += 1;
            let error = match self.attempt(job).await {
                Ok(()) => return Ok(()),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(error)) => error,
            };
            let runs = match &error {
                StoreError::Contention(_) => RUNS,
                StoreError::Unavailable(_) => {
                    self.suspicion.raise();
                    RUNS_WITHOUT_CONNECTION
                }
                StoreError::Gone(_) => RUNS_WITHOUT_PARENT,
                StoreError::Corrupt { .. } | StoreError::Defect(_) => 1,
            };
            if run >= runs {
                return Err(error);
            }
            tracing::debug!(%error, run, "a write is run again");
            tokio::time::sleep(self.pause(run)).await;
        }
    }

    async fn attempt(&self, job: &dyn Erased) -> std::result::Result<(), Failure> {
        let tx = begin(&self.pool).await.map_err(|error| {
            let failure = store_error(&error);
            if connection_was_lost(&error) {
                Failure::Again(failure)
            } else {
                Failure::Final(failure)
            }
        })?;
        if let Err(error) = job.run(&tx).await {
            if let Err(rollback) = tx.rollback().await {
                // The server rolls back what it lost sight of.
                tracing::debug!(%rollback, "rolling back failed");
            }
            return Err(Failure::Again(error));
        }
        tx.commit().await.or_store().map_err(|error| match error {
            StoreError::Contention(_) | StoreError::Gone(_) => Failure::Again(error),
            // Where the connection breaks under a commit, nobody knows whether it was done.
            other => Failure::Final(other),
        })
    }

    /// Up to 2 ms after the first run, twice that after the second, and so on to 64 ms: those who raced part ways.
    fn pause(&self, run: u32) -> Duration {
        let most = 1_000_u64 << run.min(6);
        let drawn = u64::from(u32::from_be_bytes(random::bytes(&*self.random)));
        Duration::from_micros(drawn % most)
    }
}
