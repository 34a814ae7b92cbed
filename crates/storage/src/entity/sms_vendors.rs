//! The tenants' SMS vendors, sealed.

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Random,
    id::TenantId,
    store::{KeptSmsVendor, StoreError},
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "sms_vendors";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_vendors")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    pub(crate) config: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Seals the vendor with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        kept: &KeptSmsVendor,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let row = tenant.to_string();
        Ok(Self {
            tenant_id: tenant.uuid(),
            config: key.seal_json(&place(tenant, &row), &kept.vendor, random)?,
            created_at: kept.created_at.timestamp_millis(),
            updated_at: kept.updated_at.timestamp_millis(),
        })
    }

    /// Opens the vendor with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<KeptSmsVendor, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let name = tenant.to_string();
        let row = Row::new(TABLE, &name);
        Ok(KeptSmsVendor {
            vendor: key.open_json(&place(tenant, &name), &self.config)?,
            created_at: row.instant(self.created_at)?,
            updated_at: row.instant(self.updated_at)?,
        })
    }
}

const fn place(tenant: TenantId, row: &str) -> Place<'_> {
    Place {
        tenant,
        table: TABLE,
        column: "config",
        row,
    }
}
