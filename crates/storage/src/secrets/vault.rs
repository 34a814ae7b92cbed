//! The tenants' data keys: made, unwrapped, and kept for a while.

use super::{MasterKeys, Place, SealKey};
use crate::{entity::tenants, error::OrStore};
use hufu_core::{
    Random,
    id::TenantId,
    random,
    store::{Result, StoreError},
};
use moka::sync::Cache;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use std::{sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// Unwrapped keys in memory at the most.
const KEPT: u64 = 10_000;

/// How long an unwrapped key is kept: on other nodes, a destroyed data key opens nothing after that.
const KEPT_FOR: Duration = Duration::from_mins(10);

/// Opens and seals the secrets of tenants.
pub(crate) struct Vault {
    masters: MasterKeys,
    random: Arc<dyn Random>,
    unwrapped: Cache<TenantId, Arc<SealKey>>,
}

/// A sealed data key and the id of the master key that sealed it.
pub(crate) struct WrappedKey {
    pub(crate) sealed: Vec<u8>,
    pub(crate) under: String,
}

impl Vault {
    pub(crate) fn new(masters: MasterKeys, random: Arc<dyn Random>) -> Self {
        Self {
            masters,
            random,
            unwrapped: Cache::builder().max_capacity(KEPT).time_to_live(KEPT_FOR).build(),
        }
    }

    pub(crate) const fn masters(&self) -> &MasterKeys {
        &self.masters
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// A new data key: to use now, and to store.
    pub(crate) fn new_data_key(&self, tenant: TenantId) -> Result<(SealKey, WrappedKey)> {
        let plain = Zeroizing::new(random::bytes::<32>(&*self.random));
        let wrapped = self.wrap(tenant, &plain)?;
        Ok((SealKey::new(&plain), wrapped))
    }

    /// The tenant's data key, read through `db` where it is not at hand.
    pub(crate) async fn data_key<C: ConnectionTrait>(
        &self,
        db: &C,
        tenant: TenantId,
    ) -> Result<Arc<SealKey>> {
        if let Some(key) = self.unwrapped.get(&tenant) {
            return Ok(key);
        }
        let row: Option<(Option<Vec<u8>>, String)> = tenants::Entity::find_by_id(tenant.uuid())
            .select_only()
            .columns([tenants::Column::DataKey, tenants::Column::DataKeyUnder])
            .into_tuple()
            .one(db)
            .await
            .or_store()?;
        let (sealed, under) = row.ok_or_else(|| StoreError::Gone(format!("tenant {tenant}")))?;
        let plain = self.unwrap(tenant, sealed.as_deref(), &under)?;
        let key = Arc::new(SealKey::new(&plain));
        self.unwrapped.insert(tenant, key.clone());
        Ok(key)
    }

    /// Forgets a tenant's key.
    pub(crate) fn forget(&self, tenant: TenantId) {
        self.unwrapped.invalidate(&tenant);
    }

    /// Seals a data key that another master key sealed under the current one.
    pub(crate) fn rewrap(&self, tenant: TenantId, sealed: Option<&[u8]>, under: &str) -> Result<WrappedKey> {
        let plain = self.unwrap(tenant, sealed, under)?;
        self.wrap(tenant, &plain)
    }

    fn wrap(&self, tenant: TenantId, plain: &[u8; 32]) -> Result<WrappedKey> {
        let master = &self.masters.current;
        let row = tenant.to_string();
        let sealed = master
            .seal_key()
            .seal(&place(tenant, &row), plain, &*self.random)?;
        Ok(WrappedKey {
            sealed,
            under: master.id().to_owned(),
        })
    }

    fn unwrap(&self, tenant: TenantId, sealed: Option<&[u8]>, under: &str) -> Result<Zeroizing<[u8; 32]>> {
        let row = tenant.to_string();
        let place = place(tenant, &row);
        let sealed = sealed.ok_or_else(|| place.corrupt("is gone"))?;
        let master = self.masters.by_id(under).ok_or_else(|| {
            place.corrupt(&format!(
                "is sealed by master key {under}, which is not configured"
            ))
        })?;
        let opened = master.seal_key().open(&place, sealed)?;
        let plain = opened
            .as_slice()
            .try_into()
            .map_err(|_| place.corrupt("is not 32 bytes"))?;
        Ok(Zeroizing::new(plain))
    }
}

const fn place(tenant: TenantId, row: &str) -> Place<'_> {
    Place {
        tenant,
        table: tenants::TABLE,
        column: "data_key",
        row,
    }
}
