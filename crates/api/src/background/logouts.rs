//! Tells clients that sessions ended (OpenID Connect Back-Channel Logout 1.0 §2.5).
//!
//! Whom to tell was noted in the unit of work that ended the session. A node takes what is due and has a minute to tell it:
//! if it dies, another takes it then. A client may so be told twice, which the `jti` of the token does not show, since each
//! try has its own; that a session which is over ends again does no harm.

use crate::app::App;
use hufu_core::{
    client::{Client, WebUrl},
    event::{Actor, Event, EventKind, Record},
    id::EventId,
    store::{self, LogoutDelivery, Result, StoreError},
    time,
};
use hufu_oauth::{issuer::Issuer, logout_token};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use url::Url;

/// How often what is due is looked for.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long a node has to tell what it took, in seconds: longer than any call may take.
const LEASE: u32 = 60;

/// How many clients are told at once.
const LIMIT: u32 = 32;

/// How long after each try that failed the next comes, in seconds. After the last of them there is none.
const BACK_OFF: [u32; 5] = [5, 30, 120, 600, 3_600];

pub(super) async fn run(app: Arc<App>) {
    let mut interval = interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        while deliver_logouts(&app).await == LIMIT as usize {}
    }
}

/// One round: tells what is due, and gives how many tries that were.
pub async fn deliver_logouts(app: &Arc<App>) -> usize {
    let now = app.clock.now();
    let due = match app.store.claim_logouts(now, time::after(now, LEASE), LIMIT).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "logouts that are due could not be read; the next round tries again");
            return 0;
        }
    };
    let count = due.len();
    let mut tries = JoinSet::new();
    for delivery in due {
        let app = app.clone();
        tries.spawn(async move {
            let (tenant, client) = (delivery.tenant, delivery.client_id.clone());
            if let Err(error) = deliver(&app, delivery).await {
                tracing::warn!(%tenant, %client, %error, "a logout could not be told; it is tried again");
            }
        });
    }
    while let Some(done) = tries.join_next().await {
        if let Err(error) = done {
            tracing::error!(%error, "telling a logout broke off; it is tried again");
        }
    }
    count
}

/// One try. An error leaves the word to whoever takes it after the lease.
async fn deliver(app: &App, delivery: LogoutDelivery) -> Result<()> {
    let Some((issuer, client, url)) = addressee(app, &delivery).await? else {
        // The tenant, the client or its wish to be told is gone.
        return app.store.forget_logout(&delivery).await;
    };
    let whose = (delivery.user_id, delivery.session_id);
    let token = logout_token::issue(&issuer, &client, whose, app.clock.now(), &*app.random)
        .map_err(|error| StoreError::Defect(error.detail.unwrap_or_default()))?;
    // A JWT needs no encoding: it has only letters, digits, `-`, `_` and `.`.
    let refused = match app
        .outbound
        .post_form(&url, format!("logout_token={token}"))
        .await
    {
        Ok(status) if (200..300).contains(&status) => return app.store.forget_logout(&delivery).await,
        Ok(status) => format!("status {status}"),
        Err(error) => error.to_string(),
    };
    tracing::debug!(client = %client.id, attempts = delivery.attempts + 1, refused, "a logout was not taken");
    match BACK_OFF.get(delivery.attempts as usize) {
        Some(seconds) => {
            let next = time::after(app.clock.now(), *seconds);
            app.store.retry_logout(&delivery, next).await
        }
        None => give_up(app, &delivery, &refused).await,
    }
}

/// Who is told, and where.
async fn addressee(app: &App, delivery: &LogoutDelivery) -> Result<Option<(Arc<Issuer>, Arc<Client>, Url)>> {
    let Some(slug) = app.store.tenant_slug(delivery.tenant).await? else {
        return Ok(None);
    };
    let Some(issuer) = app.issuers.get(app, &slug).await? else {
        return Ok(None);
    };
    let Some(client) = issuer.client(&delivery.client_id).await? else {
        return Ok(None);
    };
    let url = client.details.backchannel_logout_uri.as_ref().map(WebUrl::as_str);
    let url = url.and_then(|text| Url::parse(text).ok());
    Ok(url.map(|url| (issuer, client, url)))
}

/// Records that a client was not told, and forgets the word.
async fn give_up(app: &App, delivery: &LogoutDelivery, refused: &str) -> Result<()> {
    let now = app.clock.now();
    let event = Event {
        id: EventId::generate(now, &*app.random),
        at: now,
        actor: Actor::System,
        ip: None,
        kind: EventKind::LogoutUndelivered,
        target: delivery.client_id.to_string(),
        detail: json!({"session": delivery.session_id.to_string(), "because": refused}),
    };
    let rows = app.store.tenant(delivery.tenant);
    store::write(rows.as_ref(), Record(event)).await?;
    app.store.forget_logout(delivery).await
}
