//! Signing keys that are succeeded when their time has come.
//!
//! Each node looks for keys that are due, makes a successor and offers it; the first that the database takes counts, so
//! that any number of nodes make one successor.

use crate::app::App;
use hufu_core::{
    event::Actor,
    id::EventId,
    signing_key::rotation::{DueKey, Rotate},
    store::{self, Audit, StoreError},
};
use hufu_oauth::keys;
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// How often keys that are due are looked for.
const INTERVAL: Duration = Duration::from_mins(1);

/// How many keys are succeeded in one round: an RSA key takes 70 ms of a processor, and logins want one too.
const LIMIT: u32 = 20;

pub(super) async fn run(app: Arc<App>) {
    let mut interval = interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        rotate_keys(&app).await;
    }
}

/// One round: succeeds the keys that are due, and gives how many. What fails is tried again in the next.
pub async fn rotate_keys(app: &Arc<App>) -> usize {
    let due = match app.store.due_keys(app.clock.now(), LIMIT).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "keys that are due could not be read; the next round tries again");
            return 0;
        }
    };
    let mut rotated = 0;
    for key in due {
        let (tenant, kid) = (key.tenant, key.kid.clone());
        match rotate(app, key).await {
            Ok(true) => {
                tracing::info!(%tenant, %kid, "a signing key was succeeded");
                rotated += 1;
            }
            // Another node was faster, or another key waits.
            Ok(false) => {}
            Err(error) => tracing::warn!(%tenant, %kid, %error, "a signing key could not be succeeded"),
        }
    }
    rotated
}

async fn rotate(app: &Arc<App>, due: DueKey) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let (random, algorithm) = (app.random.clone(), due.algorithm);
    let successor = tokio::task::spawn_blocking(move || keys::generate(algorithm, now, &*random)).await;
    let successor = successor
        .map_err(|error| StoreError::Defect(error.to_string()))?
        .map_err(|error| StoreError::Defect(error.to_string()))?;
    let audit = Audit {
        event: EventId::generate(now, &*app.random),
        actor: Actor::System,
        ip: None,
        now,
    };
    let rows = app.store.tenant(due.tenant);
    let rotate = Rotate {
        due,
        successor,
        audit,
    };
    store::write(rows.as_ref(), rotate).await
}
