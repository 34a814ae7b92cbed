//! Lists the platform's own events.

use super::body::EventAnswer;
use crate::{
    admin::access::PlatformCaller,
    app::App,
    problem::Problem,
    wire::{Listing, PageQuery},
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// List the platform's audit events
///
/// Newest first: tenants created and deleted, operators of the whole installation, the master key. For operators of
/// the whole installation.
#[utoipa::path(
    get,
    path = "/admin/v1/events",
    tag = "Events",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Listing<EventAnswer>))
)]
pub(super) async fn list_platform_events(
    State(app): State<Arc<App>>,
    _: PlatformCaller,
    page: PageQuery,
) -> Result<Json<Listing<EventAnswer>>, Problem> {
    let events = app.store.platform_events(&page.check()?).await?;
    Ok(Json(Listing::of(events, Into::into)))
}
