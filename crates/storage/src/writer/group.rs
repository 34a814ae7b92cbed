//! Group commit: the jobs that wait while one commit is being made durable share the next one.
//!
//! A durable commit costs a flush of the disk, whatever is in it. The writer takes a job, then whatever else is
//! waiting, runs them one after another in one transaction and commits once. Where one of them fails, all is rolled
//! back and each runs again in a transaction of its own, so that nobody suffers for another's failure.

use super::{begin, job::Erased};
use crate::error::OrStore;
use hufu_core::store::{Result, StoreError};
use sea_orm::{DatabaseConnection, DatabaseTransaction};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// Jobs in one transaction at the most.
const GROUP: usize = 64;

/// Jobs that wait at the most; whoever comes then waits for a place.
const QUEUE: usize = 1_024;

struct Waiting {
    task: Task,
    answer: oneshot::Sender<Result<()>>,
}

#[derive(Clone)]
struct Task {
    job: Arc<dyn Erased>,
    patience: Duration,
    /// Held by whoever waits. Who does not wait any more has been told that it was not done.
    wanted: Weak<()>,
}

impl Task {
    fn is_wanted(&self) -> bool {
        self.wanted.strong_count() > 0
    }

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        timeout(self.patience, self.job.run(tx))
            .await
            .unwrap_or_else(|_| {
                Err(StoreError::Unavailable(format!(
                    "a job took longer than {:?}",
                    self.patience
                )))
            })
    }
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

    /// The caller waits no longer than `patience`, and neither does the writer for the job.
    pub(crate) async fn run(&self, job: Arc<dyn Erased>, patience: Duration) -> Result<()> {
        let gone = || StoreError::Unavailable("the writer has stopped".into());
        let (answer, answered) = oneshot::channel();
        let waits = Arc::new(());
        let task = Task {
            job,
            patience,
            wanted: Arc::downgrade(&waits),
        };
        self.queue
            .send(Waiting { task, answer })
            .await
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn write_all(db: DatabaseConnection, mut queue: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP);
    while queue.recv_many(&mut group, GROUP).await > 0 {
        group.retain(|waiting| waiting.task.is_wanted());
        let group = std::mem::take(&mut group);
        if group.len() > 1 {
            let tasks = group.iter().map(|waiting| waiting.task.clone()).collect();
            match attempt(&db, tasks).await {
                // The database's fault, not that of one among them: alone they would only wait for it one by one.
                shared @ (Ok(()) | Err(StoreError::Unavailable(_))) => {
                    for waiting in group {
                        reply(waiting, shared.clone());
                    }
                    continue;
                }
                Err(error) => tracing::debug!(%error, "a group is split"),
            }
        }
        for waiting in group {
            let result = attempt(&db, vec![waiting.task.clone()]).await;
            reply(waiting, result);
        }
    }
}

fn reply(waiting: Waiting, result: Result<()>) {
    if waiting.answer.send(result).is_err() {
        tracing::debug!("nobody waits for this write any more");
    }
}

/// One transaction, in a task of its own, so that a job that panics takes nobody with it.
async fn attempt(db: &DatabaseConnection, tasks: Vec<Task>) -> Result<()> {
    tokio::spawn(transaction(db.clone(), tasks))
        .await
        .unwrap_or_else(|error| Err(StoreError::Defect(format!("a job broke off: {error}"))))
}

async fn transaction(db: DatabaseConnection, tasks: Vec<Task>) -> Result<()> {
    let tx = begin(&db).await.or_store()?;
    // Asked only now: waiting for the lock may have taken longer than somebody's patience.
    for task in tasks.iter().filter(|task| task.is_wanted()) {
        if let Err(error) = task.run(&tx).await {
            if let Err(rollback) = tx.rollback().await {
                // SQLite has given it up by itself.
                tracing::debug!(%rollback, "rolling back failed");
            }
            return Err(error);
        }
    }
    tx.commit().await.or_store()
}
