//! Telling the tenant that has an app what befell it, through the store. A store that is away is logged and changes nothing
//! else: whoever signs in does not wait for a record.

use hufu_core::{
    Clock, Random,
    event::{Actor, Event, EventKind},
    id::EventId,
    store::{StoreError, WechatApps},
    wechat_app::AppId,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use tracing::warn;

/// The log of each app's tenant.
#[derive(Clone)]
pub(crate) struct AppLog {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) apps: Arc<dyn WechatApps>,
}

impl AppLog {
    /// Records that Hufu itself found this.
    pub(crate) async fn record(&self, kind: EventKind, appid: &AppId, detail: Value) {
        let event = self.event(kind, appid, detail);
        if let Err(error) = self.apps.record_of_app(appid, &event).await {
            away(appid, &error, "an event of a WeChat app cannot be recorded");
        }
    }

    /// Makes the next secret the current one, and records that. Whether the store could say that it is done.
    pub(crate) async fn promote(&self, appid: &AppId, next: &SecretString) -> bool {
        let event = self.event(EventKind::WechatAppSecretPromoted, appid, json!({}));
        match self.apps.promote_secret(appid, next, &event).await {
            Ok(promoted) => {
                tracing::info!(%appid, promoted, "WeChat took the app's next secret");
                true
            }
            Err(error) => {
                away(
                    appid,
                    &error,
                    "the next secret of a WeChat app cannot be promoted now",
                );
                false
            }
        }
    }

    fn event(&self, kind: EventKind, appid: &AppId, detail: Value) -> Event {
        let now = self.clock.now();
        Event {
            id: EventId::generate(now, self.random.as_ref()),
            at: now,
            actor: Actor::System,
            ip: None,
            kind,
            target: appid.to_string(),
            detail,
        }
    }
}

/// The store did not do it.
pub(crate) fn away(appid: &AppId, error: &StoreError, what: &'static str) {
    let error: &dyn std::error::Error = error;
    warn!(%appid, error, "{what}");
}
