//! Gives a client a new secret.

use super::{
    WHAT,
    body::{ClientAnswer, ClientPath},
    write::read,
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::{Problem, ProblemType},
    wire::Named,
};
use axum::{Json, extract::State};
use hufu_core::{
    change::Change,
    client::ClientId,
    token::{self, SecretHash},
};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// Give a confidential client a new secret
///
/// The old one is dead at once. The answer has the new one, which nobody can read again.
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/clients/{client_id}/secret",
    tag = "Clients",
    params(TenantPath, ClientPath),
    responses((status = 200, description = "The client with its new secret", body = ClientAnswer))
)]
pub(super) async fn rotate_client_secret(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<ClientId>,
) -> Result<Json<ClientAnswer>, Problem> {
    if !read(&access, &id).await?.has_secret() {
        return Err(Problem::new(
            ProblemType::ClientPublic,
            "Its token_endpoint_auth_method is none.",
        ));
    }
    let secret = token::client_secret(&*app.random);
    let hash = SecretHash::of(secret.expose_secret().as_bytes());
    let change = Change::ClientSecret { id: id.clone(), hash };
    access.change(&app, WHAT, change).await?;
    let client = read(&access, &id).await?;
    Ok(Json(ClientAnswer::of(client, Some(&secret))))
}
