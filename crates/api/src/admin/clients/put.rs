//! Registers or replaces a client.

use super::{
    body::{ClientAnswer, ClientPath, ClientRequest},
    write::write,
};
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    problem::Problem,
    wire::{JsonBody, New},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::{change::Changed, client::ClientId};
use std::sync::Arc;

/// Register or replace a client
///
/// The answer has `client_secret` where it is new: for a new confidential client, and for one that was public before.
/// A confidential client that is replaced keeps its secret.
#[utoipa::path(
    put,
    path = "/admin/v1/tenants/{tenant}/clients/{client_id}",
    tag = "Clients",
    params(TenantPath, ClientPath),
    request_body = ClientRequest,
    responses(
        (status = 200, description = "Replaced", body = ClientAnswer),
        (status = 201, description = "Registered", body = ClientAnswer, headers(("Location" = String)))
    )
)]
pub(super) async fn put_client(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    New(id): New<ClientId>,
    JsonBody(request): JsonBody<ClientRequest>,
) -> Result<Response, Problem> {
    let tenant = &access.tenant().slug;
    let location = format!("{}/admin/v1/tenants/{tenant}/clients/{id}", app.base_url);
    let (changed, client) = write(&app, &access, id, &request, None).await?;
    if changed != Changed::Created {
        return Ok(Json(client).into_response());
    }
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(client)).into_response())
}
