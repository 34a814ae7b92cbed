//! A tenant's signing keys, opened.

use crate::{entity::signing_keys, error::OrStore, secrets::Vault};
use hufu_core::{Instant, id::TenantId, signing_key::SigningKey, store::Result};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// Those that are not retired at `now`, oldest first.
pub(crate) async fn published<C: ConnectionTrait>(
    db: &C,
    vault: &Vault,
    tenant: TenantId,
    now: Instant,
) -> Result<Vec<SigningKey>> {
    let rows = signing_keys::Entity::find()
        .filter(signing_keys::Column::TenantId.eq(tenant.uuid()))
        .filter(
            Condition::any()
                .add(signing_keys::Column::RetiresAt.is_null())
                .add(signing_keys::Column::RetiresAt.gt(now.timestamp_millis())),
        )
        .order_by_asc(signing_keys::Column::CreatedAt)
        .order_by_asc(signing_keys::Column::Kid)
        .all(db)
        .await
        .or_store()?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = vault.data_key(db, tenant).await?;
    rows.into_iter().map(|row| row.open(&key)).collect()
}
