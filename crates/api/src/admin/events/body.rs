//! Audit events on the wire.

use crate::openapi::names::EventKindName;
use chrono::{DateTime, Utc};
use hufu_core::event::Event;
use serde::Serialize;
use serde_json::Value;
use std::net::IpAddr;
use utoipa::ToSchema;

/// Who did what, when, from where.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventAnswer {
    /// The event's id; ids are ordered by time.
    id: String,
    /// When.
    at: DateTime<Utc>,
    /// Who.
    #[schema(inline)]
    actor: ActorAnswer,
    /// From where, where an HTTP request caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    ip: Option<IpAddr>,
    /// What.
    #[schema(value_type = EventKindName)]
    kind: &'static str,
    /// On what: an id, a name, an appid.
    target: String,
    /// More, for people to read.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Object, required = false)]
    detail: Value,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
struct ActorAnswer {
    /// `operator`, `client`, `user`, `wechat` (by a message that it pushed), or `system`: Hufu itself, or someone at its command
    /// line.
    kind: &'static str,
    /// Which operator, client, user or WeChat app.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl From<Event> for EventAnswer {
    fn from(event: Event) -> Self {
        Self {
            id: event.id.to_string(),
            at: event.at,
            actor: ActorAnswer {
                kind: event.actor.kind(),
                id: event.actor.id().map(str::to_owned),
            },
            ip: event.ip,
            kind: event.kind.as_str(),
            target: event.target,
            detail: event.detail,
        }
    }
}
