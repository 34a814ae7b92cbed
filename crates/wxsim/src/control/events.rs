//! Events: what WeChat sends to an app's own server.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::json::{Json, Problem};
use crate::push::{DeliveryOptions, PushEvent, PushFailure, PushReply, PushTamper};
use crate::server::Server;

/// An event, or `"replay":true` for what was sent last, byte for byte.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEvent {
    appid: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    user: Option<String>,
    revoke_info: Option<RevokeInfo>,
    tamper: Option<PushTamper>,
    #[serde(default)]
    timestamp_skew: i64,
    #[serde(default)]
    replay: bool,
}

/// `"8"` or `["8","13"]`, which is sent as `8,13`.
#[derive(Deserialize)]
#[serde(untagged)]
enum RevokeInfo {
    One(String),
    Several(Vec<String>),
}

impl RevokeInfo {
    fn text(self) -> String {
        match self {
            Self::One(text) => text,
            Self::Several(texts) => texts.join(","),
        }
    }
}

/// `POST events`; answers with what the app's server replied.
pub(super) async fn push(
    State(server): State<Arc<Server>>,
    Json(new): Json<NewEvent>,
) -> Result<Json<PushReply>, Problem> {
    let delivery = match (new.replay, new.kind, new.user) {
        (true, None, None) => server.last_delivery(&new.appid)?,
        (false, Some(kind), Some(user)) => {
            let event = PushEvent {
                kind,
                user,
                revoke_info: new.revoke_info.map(RevokeInfo::text),
            };
            let options = DeliveryOptions {
                tamper: new.tamper,
                timestamp_skew: new.timestamp_skew,
            };
            let now = server.clock.now();
            server.world().delivery(&new.appid, &event, options, now)?
        }
        _ => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_event",
                "an event has a type and a user, or is a replay and has neither",
            ));
        }
    };
    Ok(Json(server.deliver(&new.appid, delivery).await?))
}

/// `POST apps/{appid}/verify-push-url`
pub(super) async fn verify_url(
    State(server): State<Arc<Server>>,
    Path(appid): Path<String>,
) -> Result<StatusCode, Problem> {
    server.verify_push_url(&appid).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PushFailure> for Problem {
    fn from(failure: PushFailure) -> Self {
        let message = failure.to_string();
        match failure {
            PushFailure::Refused(refusal) => refusal.into(),
            PushFailure::Unreachable(_) => Self::new(StatusCode::BAD_GATEWAY, "push_unreachable", message),
            PushFailure::TimedOut => Self::new(StatusCode::GATEWAY_TIMEOUT, "push_timed_out", message),
            PushFailure::WrongEcho(_) => Self::new(StatusCode::BAD_GATEWAY, "wrong_echo", message),
        }
    }
}
