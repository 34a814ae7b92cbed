//! Operators.

use super::Row;
use hufu_core::{
    id::{OperatorId, TenantId},
    operator::{Operator, OperatorScope},
    store::StoreError,
    tenant::DisplayName,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "operators";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operators")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Option<Uuid>,
    pub(crate) name: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) revoked_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<&Operator> for Model {
    fn from(operator: &Operator) -> Self {
        Self {
            id: operator.id.uuid(),
            tenant_id: match operator.scope {
                OperatorScope::Platform => None,
                OperatorScope::Tenant(tenant) => Some(tenant.uuid()),
            },
            name: operator.name.to_string(),
            hash: operator.hash.as_bytes().to_vec(),
            created_at: operator.created_at.timestamp_millis(),
            revoked_at: operator.revoked_at.map(|at| at.timestamp_millis()),
        }
    }
}

impl TryFrom<Model> for Operator {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = OperatorId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            name: row.column("name", DisplayName::parse(&model.name))?,
            scope: model.tenant_id.map_or(OperatorScope::Platform, |tenant| {
                OperatorScope::Tenant(TenantId::from_uuid(tenant))
            }),
            hash: row.hash(&model.hash)?,
            created_at: row.instant(model.created_at)?,
            revoked_at: row.instant_or_none(model.revoked_at)?,
        })
    }
}
