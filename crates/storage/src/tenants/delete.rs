//! Deleting a tenant with all that it has.

use crate::{
    config,
    entity::{events, tenants},
    error::OrStore,
    log::record,
    writer::Job,
};
use async_trait::async_trait;
use hufu_core::{event::Event, id::TenantId, store::Result, tenant::Tenant};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

/// The tenant, and the event for the platform's log.
pub(crate) struct DeleteTenant {
    pub(crate) id: TenantId,
    pub(crate) event: Event,
}

#[async_trait]
impl Job for DeleteTenant {
    type Output = bool;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let row = tenants::Entity::find_by_id(self.id.uuid())
            .one(tx)
            .await
            .or_store()?;
        let Some(row) = row else { return Ok(false) };
        let tenant = Tenant::try_from(row)?;
        // All else goes by foreign keys.
        let deleted = tenants::Entity::delete_by_id(self.id.uuid())
            .exec(tx)
            .await
            .or_store()?;
        if deleted.rows_affected == 0 {
            return Ok(false);
        }
        events::Entity::delete_many()
            .filter(events::Column::TenantId.eq(self.id.uuid()))
            .exec(tx)
            .await
            .or_store()?;
        record(tx, events::PLATFORM, &self.event).await?;
        config::slug_changed(tx, &tenant.slug, self.event.at).await?;
        Ok(true)
    }
}
