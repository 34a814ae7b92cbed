//! What the handle does with pushed messages.

use super::WxSim;
use crate::Refusal;
use crate::push::{Delivery, DeliveryOptions, Push, PushEvent, PushFailure, PushReply};
use crate::world::{AppChange, Patch};

impl WxSim {
    /// Says where an app's events are sent, and in which form.
    pub fn configure_push(&self, app: impl AsRef<str>, push: Push) -> Result<(), Refusal> {
        let change = AppChange {
            push: Patch::Set(push),
            ..AppChange::default()
        };
        self.change_app(app, change).map(drop)
    }

    /// What WeChat would send now, without sending it. Each has a nonce of its own.
    pub fn push_delivery(&self, app: impl AsRef<str>, event: &PushEvent) -> Result<Delivery, Refusal> {
        self.push_delivery_with(app, event, DeliveryOptions::default())
    }

    /// The same with something broken, or at another time.
    pub fn push_delivery_with(
        &self,
        app: impl AsRef<str>,
        event: &PushEvent,
        options: DeliveryOptions,
    ) -> Result<Delivery, Refusal> {
        let now = self.now();
        self.server.world().delivery(app.as_ref(), event, options, now)
    }

    /// Sends an event to the app's server, once.
    pub async fn push(&self, app: impl AsRef<str>, event: &PushEvent) -> Result<PushReply, PushFailure> {
        let delivery = self.push_delivery(&app, event)?;
        self.deliver(app, &delivery).await
    }

    /// Sends this to the app's server: one delivery sent twice is a replay.
    pub async fn deliver(&self, app: impl AsRef<str>, delivery: &Delivery) -> Result<PushReply, PushFailure> {
        self.server.deliver(app.as_ref(), delivery.clone()).await
    }

    /// What was last sent to the app's server, if anything was.
    pub fn last_delivery(&self, app: impl AsRef<str>) -> Result<Delivery, Refusal> {
        self.server.last_delivery(app.as_ref())
    }

    /// Asks the app's server what WeChat asks before it takes a URL: to send a signed text back.
    pub async fn verify_push_url(&self, app: impl AsRef<str>) -> Result<(), PushFailure> {
        self.server.verify_push_url(app.as_ref()).await
    }
}
