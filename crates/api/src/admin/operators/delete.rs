//! Revokes an operator's token.

use super::body::OperatorPath;
use crate::{admin::access::Caller, app::App, operators, problem::Problem, wire::Named};
use axum::{extract::State, http::StatusCode};
use hufu_core::{
    id::OperatorId,
    operator::{Operator, OperatorScope},
};
use std::sync::Arc;

/// Revoke an operator's token
///
/// It is dead at once. An operator of one tenant can revoke those of that tenant.
#[utoipa::path(
    delete,
    path = "/admin/v1/operators/{operator_id}",
    tag = "Operators",
    params(OperatorPath),
    responses((status = 204, description = "Revoked"))
)]
pub(super) async fn revoke_operator(
    State(app): State<Arc<App>>,
    caller: Caller,
    Named(id): Named<OperatorId>,
) -> Result<StatusCode, Problem> {
    let unknown = || Problem::not_found("operator");
    let found = app.store.operator(id).await?;
    let operator = found
        .filter(|operator| reaches(&caller, operator))
        .ok_or_else(unknown)?;
    if operators::revoke(&*app.store, &operator, &caller.audit(&app)).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown())
    }
}

fn reaches(caller: &Caller, operator: &Operator) -> bool {
    match operator.scope {
        OperatorScope::Platform => caller.scope() == OperatorScope::Platform,
        OperatorScope::Tenant(tenant) => caller.scope().covers(tenant),
    }
}
