//! Replacing the master key: every tenant's data key is sealed anew, the key check last.
//!
//! One transaction per chunk. As long as the check is not done, both keys are needed, and a run that broke off is taken
//! up again by another; afterwards the previous key opens nothing that is left.

use crate::{
    SqlStore,
    entity::{events::PLATFORM, installation, tenants},
    error::OrStore,
    log::record,
    open::KeyCheck,
    secrets::Vault,
    writer::{BULK, Job},
};
use async_trait::async_trait;
use hufu_core::{
    event::EventKind,
    id::TenantId,
    store::{Audit, Result, StoreError},
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::json;
use std::sync::Arc;

/// Tenants in one transaction.
const CHUNK: u64 = 100;

impl SqlStore {
    /// Seals under the current master key all that the previous one sealed, and records it in the platform's log. Gives
    /// the number of tenants. Where nothing is left to do, it does and records nothing. Broken off half way, it leaves
    /// everything readable to whoever has both keys, and goes on when it is run again.
    ///
    /// [`StoreError::Corrupt`] where a data key opens under neither key.
    pub async fn rewrap(&self, audit: &Audit) -> Result<u64> {
        let mut done = 0;
        loop {
            let job = Chunk(self.shared.vault.clone());
            let chunk = self.write_patiently(job, BULK).await?;
            done += chunk;
            if chunk < CHUNK {
                break;
            }
        }
        let job = Finish {
            vault: self.shared.vault.clone(),
            audit: audit.clone(),
            done,
        };
        self.write_patiently(job, BULK).await
    }
}

/// Rewraps up to [`CHUNK`] tenants.
struct Chunk(Arc<Vault>);

#[async_trait]
impl Job for Chunk {
    type Output = u64;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<u64> {
        rewrap_some(tx, &self.0).await
    }
}

/// Rewraps the tenants that were created meanwhile, then the check, with nobody creating another beside it.
struct Finish {
    vault: Arc<Vault>,
    audit: Audit,
    done: u64,
}

#[async_trait]
impl Job for Finish {
    type Output = u64;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<u64> {
        let current = self.vault.masters().current.id();
        let check = installation::Entity::find_by_id(installation::ONLY)
            .lock_exclusive()
            .one(tx)
            .await
            .or_store()?
            .ok_or_else(|| StoreError::Defect("the check of the master key is gone".into()))?;
        let mut done = self.done;
        loop {
            let chunk = rewrap_some(tx, &self.vault).await?;
            done += chunk;
            if chunk < CHUNK {
                break;
            }
        }
        if check.under == current && done == 0 {
            return Ok(0);
        }
        let check = KeyCheck::seal(self.vault.masters(), self.vault.random())?;
        installation::Entity::update_many()
            .col_expr(installation::Column::Under, Expr::value(check.under))
            .col_expr(installation::Column::KeyCheck, Expr::value(check.sealed))
            .filter(installation::Column::Id.eq(installation::ONLY))
            .exec(tx)
            .await
            .or_store()?;
        let event = self
            .audit
            .event(EventKind::MasterKeyRewrapped, current, json!({"tenants": done}));
        record(tx, PLATFORM, &event).await?;
        Ok(done)
    }
}

async fn rewrap_some(tx: &DatabaseTransaction, vault: &Vault) -> Result<u64> {
    let current = vault.masters().current.id();
    let rows = tenants::Entity::find()
        .filter(tenants::Column::DataKeyUnder.ne(current))
        // A destroyed data key stays destroyed.
        .filter(tenants::Column::DataKey.is_not_null())
        .order_by_asc(tenants::Column::Id)
        .limit(CHUNK)
        .lock_exclusive()
        .all(tx)
        .await
        .or_store()?;
    let mut done = 0;
    for row in rows {
        let id = TenantId::from_uuid(row.id);
        let wrapped = vault.rewrap(id, row.data_key.as_deref(), &row.data_key_under)?;
        tenants::Entity::update_many()
            .col_expr(tenants::Column::DataKey, Expr::value(wrapped.sealed))
            .col_expr(tenants::Column::DataKeyUnder, Expr::value(wrapped.under))
            .filter(tenants::Column::Id.eq(row.id))
            .exec(tx)
            .await
            .or_store()?;
        done += 1;
    }
    Ok(done)
}
