//! Creating a tenant with its data key and signing keys.

use crate::{
    config,
    entity::{events::PLATFORM, installation, signing_keys, tenants},
    error::OrStore,
    log::record,
    secrets::Vault,
    writer::Job,
};
use async_trait::async_trait;
use hufu_core::{
    event::Event,
    id::TenantId,
    signing_key::SigningKey,
    store::{Result, StoreError},
    tenant::{Tenant, TenantSlug},
};
use sea_orm::{
    DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect, TryInsertResult, sea_query::LockType,
};

/// All rows of the new tenant, its secrets sealed.
pub(crate) struct CreateTenant {
    id: TenantId,
    slug: TenantSlug,
    row: tenants::Model,
    keys: Vec<signing_keys::Model>,
    /// The master key that this process seals with, and the one before it.
    masters: Vec<String>,
    event: Event,
}

impl CreateTenant {
    pub(crate) fn prepare(
        vault: &Vault,
        tenant: &Tenant,
        keys: &[SigningKey],
        event: &Event,
    ) -> Result<Self> {
        let (data_key, wrapped) = vault.new_data_key(tenant.id)?;
        let masters = vault.masters();
        Ok(Self {
            id: tenant.id,
            slug: tenant.slug.clone(),
            row: tenants::Model::of(tenant, wrapped),
            keys: keys
                .iter()
                .map(|key| signing_keys::Model::seal(tenant.id, key, &data_key, vault.random()))
                .collect::<Result<_>>()?,
            masters: std::iter::once(&masters.current)
                .chain(&masters.previous)
                .map(|key| key.id().to_owned())
                .collect(),
            event: event.clone(),
        })
    }

    /// The master key may have been replaced while this process ran: what it seals now would be lost with the old one.
    /// Shared, so that nobody replaces it before this commits.
    async fn require_master_key(&self, tx: &DatabaseTransaction) -> Result<()> {
        let installation = installation::Entity::find_by_id(installation::ONLY)
            .lock(LockType::Share)
            .one(tx)
            .await
            .or_store()?
            .ok_or_else(|| StoreError::Defect("the check of the master key is gone".into()))?;
        if self.masters.contains(&installation.under) {
            Ok(())
        } else {
            Err(StoreError::Defect(format!(
                "the master key was replaced by {}: restart with that one",
                installation.under
            )))
        }
    }
}

#[async_trait]
impl Job for CreateTenant {
    type Output = bool;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<bool> {
        self.require_master_key(tx).await?;
        let inserted = tenants::Entity::insert(self.row.clone().into_active_model())
            .on_conflict_do_nothing_on([tenants::Column::Slug])
            .exec_without_returning(tx)
            .await
            .or_store()?;
        if !matches!(inserted, TryInsertResult::Inserted(1..)) {
            return Ok(false);
        }
        let keys = self.keys.iter().cloned().map(IntoActiveModel::into_active_model);
        signing_keys::Entity::insert_many(keys)
            .exec_without_returning(tx)
            .await
            .or_store()?;
        record(tx, self.id, &self.event).await?;
        record(tx, PLATFORM, &self.event).await?;
        config::slug_changed(tx, &self.slug, self.event.at).await?;
        Ok(true)
    }
}
