//! A user's sessions.

use super::body::{UserPath, read};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{Listing, Named},
};
use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use hufu_core::{
    change::Change,
    id::{SessionId, UserId},
    session::{Method, Session},
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The path of a session.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) struct SessionPath {
    /// The session's id, which is the `sid` of its tokens.
    #[param(
        pattern = "^ses_[0-9a-f]{32}$",
        example = "ses_01920000000070008000000000000001"
    )]
    session_id: String,
}

/// A user signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionAnswer {
    /// The session's id.
    id: String,
    /// How the user proved who they are (RFC 8176).
    amr: Vec<&'static str>,
    /// When they proved it.
    auth_time: DateTime<Utc>,
    /// When the session ends by itself.
    expires_at: DateTime<Utc>,
}

impl From<Session> for SessionAnswer {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.to_string(),
            amr: session.amr.into_iter().map(Method::as_str).collect(),
            auth_time: session.auth_time,
            expires_at: session.expires_at,
        }
    }
}

/// List a user's sessions
///
/// Those that are alive, newest first, at most 100.
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}/sessions",
    tag = "Users",
    params(TenantPath, UserPath),
    responses((status = 200, description = "All of them", body = Listing<SessionAnswer>))
)]
pub(super) async fn list_sessions(
    access: TenantAccess,
    Named(id): Named<UserId>,
) -> Result<Json<Listing<SessionAnswer>>, Problem> {
    let user = read(&access, id).await?;
    let sessions = access.rows().sessions(user.id, access.now()).await?;
    Ok(Json(Listing::whole(sessions, Into::into)))
}

/// End a session
///
/// With all tokens that grew from it.
#[utoipa::path(
    delete,
    path = "/admin/v1/tenants/{tenant}/users/{user_id}/sessions/{session_id}",
    tag = "Users",
    params(TenantPath, UserPath, SessionPath),
    responses((status = 204, description = "Ended"))
)]
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(user): Named<UserId>,
    Named(session): Named<SessionId>,
) -> Result<StatusCode, Problem> {
    let change = Change::EndSession(user, session);
    access.change(&app, "session", change).await?;
    Ok(StatusCode::NO_CONTENT)
}
