//! Creates an operator's token.

use super::body::{OperatorAnswer, OperatorRequest};
use crate::{
    admin::access::{Caller, platform_only},
    app::App,
    operators::NewOperator,
    problem::{FieldError, Problem},
    wire::JsonBody,
};
use axum::{Json, extract::State, http::StatusCode};
use hufu_core::{operator::OperatorScope, tenant::TenantSlug};
use std::sync::Arc;

/// Create an operator's token
///
/// The answer has the token, which nobody can read again. An operator of one tenant can create others of that tenant.
#[utoipa::path(
    post,
    path = "/admin/v1/operators",
    tag = "Operators",
    request_body = OperatorRequest,
    responses((status = 201, description = "Created", body = OperatorAnswer))
)]
pub(super) async fn create_operator(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonBody(request): JsonBody<OperatorRequest>,
) -> Result<(StatusCode, Json<OperatorAnswer>), Problem> {
    let wanted = request.check()?;
    let scope = scope(&app, &caller, wanted.tenant.as_ref()).await?;
    let audit = caller.audit(&app);
    let created = NewOperator::generate(wanted.name, scope, caller.now(), &*app.random);
    app.store
        .create_operator(&created.operator, &created.event(&audit))
        .await?;
    let answer = OperatorAnswer::of(&created.operator, Some(&created.token));
    Ok((StatusCode::CREATED, Json(answer)))
}

/// How far the new token reaches: never further than the caller's own.
async fn scope(app: &App, caller: &Caller, tenant: Option<&TenantSlug>) -> Result<OperatorScope, Problem> {
    match (tenant, caller.scope()) {
        (None, OperatorScope::Platform) => Ok(OperatorScope::Platform),
        (None, OperatorScope::Tenant(_)) => Err(platform_only()),
        (Some(slug), _) => match caller.tenant(app, slug).await? {
            Some(access) => Ok(OperatorScope::Tenant(access.id())),
            None => Err(FieldError::at("/tenant", "must be a tenant that is there").into()),
        },
    }
}
