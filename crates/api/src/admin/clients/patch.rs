//! Changes parts of a client.

use super::{
    body::{ClientAnswer, ClientPath, ClientRequest},
    write::{read, write},
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{Named, PatchBody},
};
use axum::{Json, extract::State};
use hufu_core::client::ClientId;
use std::sync::Arc;

/// Change parts of a client
///
/// A JSON merge patch (RFC 7396): what is left out stays, `null` restores the default. The answer has `client_secret`
/// where the client was public before.
#[utoipa::path(
    patch,
    path = "/admin/v1/tenants/{tenant}/clients/{client_id}",
    tag = "Clients",
    params(TenantPath, ClientPath),
    request_body(content = ClientRequest, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed", body = ClientAnswer))
)]
pub(super) async fn patch_client(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    Named(id): Named<ClientId>,
    patch: PatchBody,
) -> Result<Json<ClientAnswer>, Problem> {
    let current = read(&access, &id).await?;
    let request = patch.apply_to(&ClientRequest::from(&current))?;
    let (_, client) = write(&app, &access, id, &request, Some(current.updated_at)).await?;
    Ok(Json(client))
}
