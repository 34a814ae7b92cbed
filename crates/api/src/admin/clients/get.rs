//! Reads a client.

use super::{
    body::{ClientAnswer, ClientPath},
    write::read,
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    problem::Problem,
    wire::Named,
};
use axum::Json;
use hufu_core::client::ClientId;

/// Read a client
#[utoipa::path(
    get,
    path = "/admin/v1/tenants/{tenant}/clients/{client_id}",
    tag = "Clients",
    params(TenantPath, ClientPath),
    responses((status = 200, description = "The client, without its secret", body = ClientAnswer))
)]
pub(super) async fn get_client(
    access: TenantAccess,
    Named(id): Named<ClientId>,
) -> Result<Json<ClientAnswer>, Problem> {
    Ok(Json(ClientAnswer::of(read(&access, &id).await?, None)))
}
