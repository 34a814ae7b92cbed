//! Where the user is signed in, and signing out there.

use super::{
    caller::Caller,
    json::{Done, Private, done, missing, private},
};
use crate::{
    oidc::{Refused, schema},
    wire::Named,
};
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use hufu_core::{
    account::EndOtherSessions,
    change::{Audited, Change, Changed},
    id::SessionId,
    session::{Method, Session},
    store::{self, GrantSummary, TenantStore},
};
use serde::Serialize;
use utoipa::ToSchema;

/// The user's sessions that are alive.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnSessions {
    /// Newest first, at most 100.
    sessions: Vec<OwnSession>,
}

/// One sign-in.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnSession {
    /// The session's id, which is the `sid` of its tokens.
    id: String,
    /// Whether it is the one of the access token.
    current: bool,
    /// How the user proved who they are (RFC 8176).
    amr: Vec<&'static str>,
    /// When they proved it.
    auth_time: DateTime<Utc>,
    /// When the session ends by itself.
    expires_at: DateTime<Utc>,
    /// What clients may do in it, newest first.
    grants: Vec<OwnGrant>,
}

/// What a client may do.
#[derive(Serialize, ToSchema)]
struct OwnGrant {
    /// Which client.
    client_id: String,
    /// How far it goes.
    scope: String,
    /// Since when.
    created_at: DateTime<Utc>,
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
pub(super) struct EndedSessions {
    /// Sessions other than this one.
    ended: u64,
}

impl OwnSession {
    /// All live sessions of who calls.
    pub(super) async fn all(caller: &Caller) -> Result<Vec<Self>, Refused> {
        let cx = caller.context();
        let store: &dyn TenantStore = cx.issuer.store.as_ref();
        let sessions = store.sessions(caller.user, cx.now).await?;
        let grants = store.grants(caller.user, cx.now).await?;
        let all = sessions.into_iter();
        Ok(all
            .map(|session| Self::of(session, caller.session, &grants))
            .collect())
    }

    fn of(session: Session, current: SessionId, grants: &[GrantSummary]) -> Self {
        let grants = grants.iter().filter(|grant| grant.session_id == session.id);
        Self {
            id: session.id.to_string(),
            current: session.id == current,
            amr: session.amr.into_iter().map(Method::as_str).collect(),
            auth_time: session.auth_time,
            expires_at: session.expires_at,
            grants: grants
                .map(|grant| OwnGrant {
                    client_id: grant.client_id.to_string(),
                    scope: grant.scope.to_string(),
                    created_at: grant.created_at,
                })
                .collect(),
        }
    }
}

/// A session that the path names. What cannot be an id is as if unknown.
pub(super) struct NamedSession(SessionId);

impl<S: Send + Sync> FromRequestParts<S> for NamedSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let named = Named::<SessionId>::from_request_parts(parts, state).await;
        named.map(|Named(id)| Self(id)).map_err(|_| unknown())
    }
}

fn unknown() -> Response {
    missing("the user has no such session")
}

/// List the user's own sessions
///
/// Those that are alive, newest first, at most 100.
#[utoipa::path(
    get,
    path = "/t/{tenant}/account/sessions",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "All of them", body = OwnSessions),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn list_own_sessions(caller: Caller) -> Result<Private<OwnSessions>, Refused> {
    let sessions = OwnSession::all(&caller).await?;
    Ok(private(OwnSessions { sessions }))
}

/// End all other sessions
///
/// With all tokens that grew from them. This one stays.
#[utoipa::path(
    delete,
    path = "/t/{tenant}/account/sessions",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    responses(
        (status = 200, description = "They are dead, on all nodes", body = EndedSessions),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn end_other_own_sessions(caller: Caller) -> Result<Private<EndedSessions>, Refused> {
    let by = caller.by();
    let ended = caller.change(EndOtherSessions { by }).await?;
    Ok(private(EndedSessions { ended }))
}

/// End one of the user's own sessions
///
/// With all tokens that grew from it. To end the session of the access token is to sign out.
#[utoipa::path(
    delete,
    path = "/t/{tenant}/account/sessions/{session_id}",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(
        ("tenant" = String, Path, description = "The tenant's slug", example = "demo"),
        ("session_id" = String, Path, description = "The session's id, which is the `sid` of its tokens", example = "ses_01920000000070008000000000000001"),
    ),
    responses(
        (status = 204, description = "It is dead, on all nodes"),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "The user has no such session that is alive, or no such tenant", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn end_own_session(
    caller: Caller,
    NamedSession(session): NamedSession,
) -> Result<Done, Response> {
    let end = Audited {
        change: Change::EndSession(caller.user, session),
        audit: caller.audit(),
    };
    match store::write(caller.context().issuer.store.as_ref(), end).await {
        Ok(Changed::Missing) => Err(unknown()),
        Ok(_) => Ok(done()),
        Err(error) => Err(Refused::from(error).into_response()),
    }
}
