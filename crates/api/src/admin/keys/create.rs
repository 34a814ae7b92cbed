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
    Instant,
    change::Change,
    signing_key::{SigningAlgorithm, SigningKey},
};
use hufu_oauth::keys::{KeyGenerationFailed, generate};
use std::sync::Arc;

/// Make a signing key
///
/// It is published at once, begins to sign at `activates_at`, and the key that signs until then stays published until
/// the last token that it signed is dead. With `"activate": "manual"` it waits until it is told to sign.
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
    let (algorithm, activation) = request.check()?;
    let key = make(&app, algorithm, access.now()).await?;
    let kid = key.kid.clone();
    access
        .change(&app, "tenant", Change::CreateKey { key, activation })
        .await?;
    Ok((StatusCode::CREATED, Json(KeyAnswer::read(&access, &kid).await?)))
}

/// Makes a key that no tenant has yet.
pub(in crate::admin) async fn make(
    app: &App,
    algorithm: SigningAlgorithm,
    now: Instant,
) -> Result<SigningKey, Problem> {
    let _turn = app.key_turn.lock().await;
    let random = app.random.clone();
    generated(move || generate(algorithm, now, &*random)).await
}

/// Makes keys where it keeps no other request waiting. Wait for [`App::key_turn`] first.
pub(in crate::admin) async fn generated<T: Send + 'static>(
    make: impl FnOnce() -> Result<T, KeyGenerationFailed> + Send + 'static,
) -> Result<T, Problem> {
    let keys = tokio::task::spawn_blocking(make).await;
    keys.ok().and_then(Result::ok).ok_or_else(|| {
        tracing::error!("a signing key could not be made");
        Problem::new(ProblemType::Internal, "")
    })
}
