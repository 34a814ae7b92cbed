//! Tokens with which clients register themselves.

use super::Row;
use hufu_core::{
    id::{InitialTokenId, TenantId},
    registration::InitialToken,
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "initial_tokens";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "initial_tokens")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) hash: Vec<u8>,
    pub(crate) uses_left: i64,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, token: &InitialToken) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: token.id.uuid(),
            hash: token.hash.as_bytes().to_vec(),
            uses_left: i64::from(token.uses_left),
            created_at: token.created_at.timestamp_millis(),
            expires_at: token.expires_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for InitialToken {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = InitialTokenId::from_uuid(model.id);
        let name = id.to_string();
        let row = Row::new(TABLE, &name);
        Ok(Self {
            id,
            hash: row.hash(&model.hash)?,
            uses_left: row.column("uses_left", u32::try_from(model.uses_left))?,
            created_at: row.instant(model.created_at)?,
            expires_at: row.instant(model.expires_at)?,
        })
    }
}
