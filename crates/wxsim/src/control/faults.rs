//! Faults.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::json::{Json, Problem};
use crate::fault::{Fault, FaultAction, FaultMatch, FaultReport, Preset};
use crate::server::Server;

/// Either an action or a preset; what `match` says takes the place of what the preset says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFault {
    #[serde(default, rename = "match")]
    matching: FaultMatch,
    action: Option<Value>,
    preset: Option<Preset>,
}

impl NewFault {
    fn fault(self) -> Result<Fault, Problem> {
        let invalid =
            |message: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fault", message);
        let given = match (self.action, self.preset) {
            (Some(action), None) => {
                Fault::new(FaultAction::from_json(action).map_err(|error| invalid(error.to_string()))?)
            }
            (None, Some(preset)) => Fault::from(preset),
            _ => return Err(invalid("a fault is either an action or a preset".into())),
        };
        let matching = FaultMatch {
            path: self.matching.path.or(given.matching.path),
            ..self.matching
        };
        Ok(Fault { matching, ..given })
    }
}

/// `POST faults`
pub(super) async fn add(
    State(server): State<Arc<Server>>,
    Json(new): Json<NewFault>,
) -> Result<(StatusCode, Json<FaultReport>), Problem> {
    let report = server.faults().add(new.fault()?)?;
    Ok((StatusCode::CREATED, Json(report)))
}

/// `GET faults`
pub(super) async fn list(State(server): State<Arc<Server>>) -> Json<Vec<FaultReport>> {
    Json(server.faults().reports())
}

/// `DELETE faults`
pub(super) async fn clear(State(server): State<Arc<Server>>) -> StatusCode {
    server.faults().clear();
    StatusCode::NO_CONTENT
}
