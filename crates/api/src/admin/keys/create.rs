//! Makes a signing key.

use super::body::{KeyAnswer, KeyRequest};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::{Problem, ProblemType},
    wire::JsonBody,
};
use axum::{Json, extract::State, http::StatusCode};
use hufu_core::{
    change::Change,
    signing_key::{KeyState, succession},
};
use hufu_oauth::keys::{KeyGenerationFailed, generate};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// Make a signing key
///
/// It is published at once, begins to sign at `activates_at`, and the key that signs until then stays published until
/// the last token that it signed is dead.
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/keys",
    tag = "Signing keys",
    params(TenantPath),
    request_body = KeyRequest,
    responses((status = 201, description = "Published", body = KeyAnswer))
)]
pub(super) async fn create_key(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    JsonBody(request): JsonBody<KeyRequest>,
) -> Result<(StatusCode, Json<KeyAnswer>), Problem> {
    let algorithm = request.check()?;
    let now = access.now();
    let (activates_at, others_retire_at) = succession(now);
    let _turn = turn().await;
    let random = app.random.clone();
    let key = generated(move || generate(algorithm, now, activates_at, &*random)).await?;
    let answer = KeyAnswer::of(&key, KeyState::Published);
    let change = Change::CreateKey {
        key,
        others_retire_at,
    };
    access.change(&app, "tenant", change).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// An RSA key takes a processor for a while, and logins want one too: keys are made by one request at a time.
static TURN: Mutex<()> = Mutex::const_new(());

/// The turn to make keys, which ends when it is dropped.
pub(in crate::admin) async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// Makes keys where it keeps no other request waiting. Wait for a [`turn`] first.
pub(in crate::admin) async fn generated<T: Send + 'static>(
    make: impl FnOnce() -> Result<T, KeyGenerationFailed> + Send + 'static,
) -> Result<T, Problem> {
    let keys = tokio::task::spawn_blocking(make).await;
    keys.ok().and_then(Result::ok).ok_or_else(|| {
        tracing::error!("a signing key could not be made");
        Problem::new(ProblemType::Internal, "")
    })
}
