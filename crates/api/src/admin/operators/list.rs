//! Lists operators.

use super::body::OperatorAnswer;
use crate::{
    admin::access::Caller,
    app::App,
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::{Json, extract::State};
use hufu_core::operator::OperatorScope;
use std::sync::Arc;

/// List operators
///
/// In the order of their creation, revoked ones too. An operator of one tenant sees those of that tenant.
#[utoipa::path(
    get,
    path = "/admin/v1/operators",
    tag = "Operators",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Listing<OperatorAnswer>))
)]
pub(super) async fn list_operators(
    State(app): State<Arc<App>>,
    caller: Caller,
    page: PageQuery,
) -> Result<Json<Listing<OperatorAnswer>>, Problem> {
    let tenant = match caller.scope() {
        OperatorScope::Platform => None,
        OperatorScope::Tenant(own) => Some(own),
    };
    let operators = app.store.operators(tenant, &page.check()?).await?;
    Ok(Json(Listing::of(operators, |operator| {
        OperatorAnswer::of(&operator, None)
    })))
}
