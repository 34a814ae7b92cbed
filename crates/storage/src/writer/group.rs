//! Group commit: the jobs that wait while one commit is being made durable share the next one.
//!
//! A durable commit costs a flush of the disk, whatever is in it. The writer takes a job, then whatever else is
//! waiting, runs them one after another in one transaction and commits once. Where one of them fails, all is rolled
//! back and each runs again in a transaction of its own, so that nobody suffers for another's failure.

use super::{begin, job::Erased};
use crate::error::OrStore;
use hufu_core::store::{Result, StoreError};
use sea_orm::DatabaseConnection;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Jobs in one transaction at the most.
const GROUP: usize = 64;

/// Jobs that wait at the most; whoever comes then waits for a place.
const QUEUE: usize = 1_024;

struct Waiting {
    job: Arc<dyn Erased>,
    answer: oneshot::Sender<Result<()>>,
}

/// The queue of SQLite's writer. The writer ends when the last of these is dropped.
pub(crate) struct GroupWriter {
    queue: mpsc::Sender<Waiting>,
}

impl GroupWriter {
    /// Starts the writer on a pool of one connection.
    pub(crate) fn start(db: DatabaseConnection) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(db, waiting));
        Self { queue }
    }

    pub(crate) async fn run(&self, job: Arc<dyn Erased>) -> Result<()> {
        let gone = || StoreError::Unavailable("the writer has stopped".into());
        let (answer, answered) = oneshot::channel();
        self.queue
            .send(Waiting { job, answer })
            .await
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn write_all(db: DatabaseConnection, mut queue: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        // Whoever stopped waiting has been told that it was not done.
        group.retain(|waiting| !waiting.answer.is_closed());
        let group = std::mem::take(&mut group);
        if group.len() > 1 && attempt(&db, jobs(&group)).await.is_ok() {
            for waiting in group {
                reply(waiting, Ok(()));
            }
            continue;
        }
        for waiting in group {
            let result = attempt(&db, vec![waiting.job.clone()]).await;
            reply(waiting, result);
        }
    }
}

fn jobs(group: &[Waiting]) -> Vec<Arc<dyn Erased>> {
    group.iter().map(|waiting| waiting.job.clone()).collect()
}

fn reply(waiting: Waiting, result: Result<()>) {
    if waiting.answer.send(result).is_err() {
        tracing::debug!("nobody waits for this write any more");
    }
}

/// One transaction, in a task of its own, so that a job that panics takes nobody with it.
async fn attempt(db: &DatabaseConnection, jobs: Vec<Arc<dyn Erased>>) -> Result<()> {
    let task = tokio::spawn(transaction(db.clone(), jobs));
    task.await
        .unwrap_or_else(|error| Err(StoreError::Defect(format!("a job broke off: {error}"))))
}

async fn transaction(db: DatabaseConnection, jobs: Vec<Arc<dyn Erased>>) -> Result<()> {
    let tx = begin(&db).await.or_store()?;
    for job in jobs {
        if let Err(error) = job.run(&tx).await {
            tx.rollback().await.or_store()?;
            return Err(error);
        }
    }
    tx.commit().await.or_store()
}
