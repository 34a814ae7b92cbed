//! The audit logs: one a tenant, and the platform's.

use crate::{
    entity::{
        events::{self, PLATFORM},
        tenants,
    },
    error::OrStore,
    insert,
    listing::{Direction, page},
};
use hufu_core::{
    event::Event,
    id::{EventId, TenantId},
    page::{Page, PageRequest},
    store::{Result, StoreError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{LockType, Query},
};

/// Adds an event to the log of a tenant, or of the platform. A tenant's is there as long as the tenant: it is held, so
/// that a deletion waits for the event and takes it along.
pub(crate) async fn record<C: ConnectionTrait>(db: &C, log: TenantId, event: &Event) -> Result<()> {
    let row = events::Model::of(log, event).into_active_model();
    if log == PLATFORM {
        events::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .or_store()?;
        return Ok(());
    }
    let tenant = Query::select()
        .from(tenants::Entity)
        .and_where(tenants::Column::Id.eq(log.uuid()))
        .lock(LockType::KeyShare)
        .take();
    if insert::for_each(db, row, tenant).await? == 0 {
        return Err(StoreError::Gone(format!("tenant {log}")));
    }
    Ok(())
}

/// A page of the log of a tenant, or of the platform, newest first.
pub(crate) async fn read<C: ConnectionTrait>(
    db: &C,
    log: TenantId,
    request: &PageRequest,
) -> Result<Page<Event>> {
    page(
        db,
        events::Entity::find().filter(events::Column::TenantId.eq(log.uuid())),
        (events::Column::Id, Direction::Descending),
        request,
        |cursor| EventId::parse(cursor).map(EventId::uuid),
        Event::try_from,
        |event| event.id.to_string(),
    )
    .await
}
