//! What is written in one transaction.

use async_trait::async_trait;
use hufu_core::store::{Result, StoreError};
use sea_orm::DatabaseTransaction;
use std::sync::{Mutex, PoisonError};

/// Reads and writes of one transaction. Run again, it does the same.
#[async_trait]
pub(crate) trait Job: Send + Sync + 'static {
    type Output: Send + 'static;

    /// An error rolls back.
    async fn run(&self, tx: &DatabaseTransaction) -> Result<Self::Output>;
}

/// A job whose output is kept aside, so that a queue need not know its type.
#[async_trait]
pub(crate) trait Erased: Send + Sync + 'static {
    async fn run(&self, tx: &DatabaseTransaction) -> Result<()>;
}

/// A job with the output of its last run.
pub(crate) struct Keep<J: Job> {
    job: J,
    output: Mutex<Option<J::Output>>,
}

impl<J: Job> Keep<J> {
    pub(crate) const fn new(job: J) -> Self {
        Self {
            job,
            output: Mutex::new(None),
        }
    }

    pub(crate) fn take(&self) -> Result<J::Output> {
        self.output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or_else(|| StoreError::Defect("a job was committed that never ran".into()))
    }
}

#[async_trait]
impl<J: Job> Erased for Keep<J> {
    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let output = self.job.run(tx).await?;
        *self.output.lock().unwrap_or_else(PoisonError::into_inner) = Some(output);
        Ok(())
    }
}
