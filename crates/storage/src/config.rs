//! The mark that a tenant's configuration changed, written in the transaction that changes it.

use crate::{
    entity::{config_changes, tenants},
    error::OrStore,
};
use hufu_core::{
    Instant,
    id::TenantId,
    store::{Result, StoreError},
    tenant::TenantSlug,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};

/// Marks the tenant, whose slug is not at hand.
pub(crate) async fn changed<C: ConnectionTrait>(db: &C, tenant: TenantId, now: Instant) -> Result<()> {
    let slug: Option<String> = tenants::Entity::find()
        .select_only()
        .column(tenants::Column::Slug)
        .filter(tenants::Column::Id.eq(tenant.uuid()))
        .into_tuple()
        .one(db)
        .await
        .or_store()?;
    let slug = slug.ok_or_else(|| StoreError::Gone(format!("tenant {tenant}")))?;
    mark(db, slug, now).await
}

/// Marks the tenant with that slug, be it new or just deleted.
pub(crate) async fn slug_changed<C: ConnectionTrait>(db: &C, slug: &TenantSlug, now: Instant) -> Result<()> {
    mark(db, slug.to_string(), now).await
}

async fn mark<C: ConnectionTrait>(db: &C, slug: String, now: Instant) -> Result<()> {
    let changed_at = now.timestamp_millis();
    let mark = config_changes::Model { slug, changed_at };
    config_changes::Entity::insert(mark.into_active_model())
        .on_conflict(
            OnConflict::column(config_changes::Column::Slug)
                // Strictly later than the mark before, whatever the clocks of nodes say: whoever compares marks sees each.
                .value(
                    config_changes::Column::ChangedAt,
                    Expr::case(
                        Expr::col((config_changes::Entity, config_changes::Column::ChangedAt)).lt(changed_at),
                        changed_at,
                    )
                    .finally(Expr::col((config_changes::Entity, config_changes::Column::ChangedAt)).add(1)),
                )
                .to_owned(),
        )
        .exec_without_returning(db)
        .await
        .or_store()?;
    Ok(())
}
