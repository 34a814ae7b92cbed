//! Signing keys: a tenant's, opened, and those of all tenants that are to be succeeded.

use crate::{
    entity::{Row, signing_keys},
    error::OrStore,
    secrets::Vault,
};
use hufu_core::{
    Instant,
    id::TenantId,
    signing_key::{KeyId, SigningAlgorithm, SigningKey, rotation::DueKey},
    store::Result,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Uuid,
};

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

/// At most `limit` that are to be succeeded at `now`, the longest overdue first.
pub(crate) async fn due<C: ConnectionTrait>(db: &C, now: Instant, limit: u32) -> Result<Vec<DueKey>> {
    use signing_keys::Column as C;
    let rows: Vec<(Uuid, String, String)> = signing_keys::Entity::find()
        .select_only()
        .columns([C::TenantId, C::Kid, C::Algorithm])
        .filter(C::RotatesAt.lte(now.timestamp_millis()))
        .order_by_asc(C::RotatesAt)
        .limit(u64::from(limit))
        .into_tuple()
        .all(db)
        .await
        .or_store()?;
    rows.into_iter()
        .map(|(tenant, kid, algorithm)| {
            let row = Row::new(signing_keys::TABLE, &kid);
            Ok(DueKey {
                tenant: TenantId::from_uuid(tenant),
                kid: row.column("kid", KeyId::parse(&kid))?,
                algorithm: row.column("algorithm", SigningAlgorithm::parse(&algorithm))?,
            })
        })
        .collect()
}
