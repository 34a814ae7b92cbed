//! Failures to sign in by password, counted by account, by address and for the whole tenant.

use super::Row;
use hufu_core::{
    attempts::{AttemptKey, AttemptKind, Failures},
    id::TenantId,
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "attempts";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) digest: Vec<u8>,
    pub(crate) count: i64,
    pub(crate) since: i64,
    pub(crate) last_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, failures: &Failures) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            kind: failures.key.kind.as_str().to_owned(),
            digest: failures.key.digest.to_vec(),
            count: i64::from(failures.count),
            since: failures.since.timestamp_millis(),
            last_at: failures.last_at.timestamp_millis(),
            expires_at: failures.expires_at().timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for Failures {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let name = format!("{} of {}", model.kind, TenantId::from_uuid(model.tenant_id));
        let row = Row::new(TABLE, &name);
        let kind = AttemptKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == model.kind);
        Ok(Self {
            key: AttemptKey {
                kind: row.known("kind", kind)?,
                digest: row.known("digest", model.digest.try_into().ok())?,
            },
            count: row.column("count", u32::try_from(model.count))?,
            since: row.instant(model.since)?,
            last_at: row.instant(model.last_at)?,
        })
    }
}
