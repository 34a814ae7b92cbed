//! What the server does by itself, apart from answering.

mod logouts;
mod rotation;

pub use logouts::deliver_logouts;
pub use rotation::rotate_keys;

use crate::{app::App, issuers::Issuers};
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

/// How often rows that are of no use are removed.
const REMOVAL_INTERVAL: Duration = Duration::from_mins(1);

/// How many rows of each kind are removed at once: few enough that a login need not wait for them.
const CHUNK: u32 = 500;

/// How many chunks are removed in one round; what is left then waits for the next.
const CHUNKS: u32 = 200;

/// Tasks that run until this is dropped.
#[derive(Debug)]
pub struct Background(JoinSet<()>);

/// Starts all tasks. To add one, spawn it here.
pub fn background(app: Arc<App>) -> Background {
    let mut tasks = JoinSet::new();
    tasks.spawn(Issuers::watch(Arc::downgrade(&app)));
    tasks.spawn(rotation::run(app.clone()));
    tasks.spawn(logouts::run(app.clone()));
    tasks.spawn(remove_expired(app));
    Background(tasks)
}

impl Background {
    /// Ends all tasks where they stand; what they were writing is written whole or not at all.
    pub async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

async fn remove_expired(app: Arc<App>) {
    let mut interval = interval(REMOVAL_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        remove_one_round(&app).await;
    }
}

/// One round of what the server does every minute: removes what is over, a bounded number of rows.
pub async fn remove_one_round(app: &App) {
    let now = app.clock.now();
    let mut removed = 0;
    for _ in 0..CHUNKS {
        match app.store.remove_expired(now, CHUNK).await {
            Ok(0) => break,
            Ok(count) => removed += count,
            Err(error) => {
                tracing::warn!(%error, "expired rows could not be removed; the next round tries again");
                break;
            }
        }
    }
    if removed > 0 {
        tracing::debug!(removed, "expired rows removed");
    }
}
