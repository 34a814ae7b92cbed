//! The request log.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::json::{Json, Query};
use crate::request_log::{Filter, RequestRecord};
use crate::server::Server;

/// `?appid=&path=&secrets=true`
#[derive(Deserialize)]
pub(super) struct Selection {
    appid: Option<String>,
    path: Option<String>,
    #[serde(default)]
    secrets: bool,
}

impl Selection {
    /// An empty parameter selects nothing in particular.
    fn filter(&self) -> Filter<'_> {
        Filter {
            path: self.path.as_deref().filter(|text| !text.is_empty()),
            appid: self.appid.as_deref().filter(|text| !text.is_empty()),
        }
    }
}

/// `GET requests`, the oldest first.
pub(super) async fn list(
    State(server): State<Arc<Server>>,
    Query(selection): Query<Selection>,
) -> Json<Vec<RequestRecord>> {
    Json(server.log().records(selection.filter(), selection.secrets))
}

/// `DELETE requests`
pub(super) async fn clear(
    State(server): State<Arc<Server>>,
    Query(selection): Query<Selection>,
) -> StatusCode {
    server.log().clear(selection.filter());
    StatusCode::NO_CONTENT
}
