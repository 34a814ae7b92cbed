//! Makes a token with which clients register themselves.

use super::body::{InitialTokenAnswer, InitialTokenRequest};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::JsonBody,
};
use axum::{Json, extract::State, http::StatusCode};
use hufu_core::{
    change::Change,
    id::InitialTokenId,
    registration::InitialToken,
    time,
    token::{OpaqueToken, TokenKind},
};
use std::sync::Arc;

/// Make an initial access token
///
/// Whoever has it can register clients at `POST /t/{tenant}/register` while the tenant's `dynamic_registration` is
/// `initial_access_token`. The answer has the token, which nobody can read again.
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/initial-access-tokens",
    tag = "Clients",
    params(TenantPath),
    request_body = InitialTokenRequest,
    responses((status = 201, description = "Made", body = InitialTokenAnswer))
)]
pub(super) async fn create_initial_token(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    JsonBody(request): JsonBody<InitialTokenRequest>,
) -> Result<(StatusCode, Json<InitialTokenAnswer>), Problem> {
    request.check()?;
    let id = InitialTokenId::generate(access.now(), &*app.random);
    let plain = OpaqueToken::generate(TokenKind::InitialAccess, id.uuid(), &*app.random);
    let token = InitialToken {
        id,
        hash: plain.hash(),
        uses_left: request.uses,
        created_at: access.now(),
        expires_at: time::after(access.now(), request.expires_in),
    };
    let answer = InitialTokenAnswer::of(&token, Some(&plain.reveal()));
    access
        .change(&app, "tenant", Change::CreateInitialToken(token))
        .await?;
    Ok((StatusCode::CREATED, Json(answer)))
}
