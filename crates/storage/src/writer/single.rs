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

/// Runs of a job that loses its races: about a second of pauses.
const RUNS: u32 = 40;

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

/// How many runs of a job have failed, by why: one that lost its connection may yet lose as many races as any other.
#[derive(Default)]
struct Failed {
    contention: u32,
    connection: u32,
    parent: u32,
}

impl Failed {
    /// Counts one more. Gives how many there were of this kind where another run may do.
    fn again(&mut self, error: &StoreError) -> Option<u32> {
        let (failed, runs) = match error {
            StoreError::Contention(_) => (&mut self.contention, RUNS),
            StoreError::Unavailable(_) => (&mut self.connection, RUNS_WITHOUT_CONNECTION),
            StoreError::Gone(_) => (&mut self.parent, RUNS_WITHOUT_PARENT),
            StoreError::Corrupt { .. } | StoreError::Defect(_) => return None,
        };
        *failed += 1;
        (*failed < runs).then_some(*failed)
    }
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
        let mut failed = Failed::default();
        loop {
            let error = match self.attempt(job).await {
                Ok(()) => return Ok(()),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(error)) => error,
            };
            if let StoreError::Unavailable(_) = error {
                self.suspicion.raise();
            }
            let Some(run) = failed.again(&error) else {
                return Err(error);
            };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_own_runs() {
        let (contention, gone) = (
            StoreError::Contention(String::new()),
            StoreError::Gone(String::new()),
        );
        let lost = StoreError::Unavailable(String::new());
        let mut failed = Failed::default();
        for run in 1..RUNS {
            assert_eq!(failed.again(&contention), Some(run));
        }
        assert_eq!(failed.again(&gone), Some(1), "races are not held against it");
        assert_eq!(failed.again(&lost), Some(1));
        assert_eq!(failed.again(&contention), None);
        assert_eq!(failed.again(&gone), None);
        assert_eq!(failed.again(&lost), Some(2));
        assert_eq!(failed.again(&lost), None);
        assert_eq!(failed.again(&StoreError::Defect(String::new())), None);
    }
}
