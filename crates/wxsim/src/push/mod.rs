//! Pushed messages: what WeChat sends to an app's own server when something happens to a user.
//!
//! `settings` says where to and in which form, `event` what happened, `delivery` makes the request, `send` sends it.

mod delivery;
mod event;
mod send;
mod settings;

pub use delivery::{Delivery, DeliveryOptions, PushTamper};
pub(crate) use delivery::{Sender, verification};
pub use event::PushEvent;
pub use send::{PushFailure, PushReply};
pub(crate) use send::{deliver, verify};
pub use settings::{Push, PushFormat, PushReport};
