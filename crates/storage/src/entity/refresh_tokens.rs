//! Refresh tokens.

use super::Row;
use hufu_core::{
    grant::RefreshToken,
    id::{GrantId, RefreshTokenId, TenantId},
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "refresh_tokens";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) grant_id: Uuid,
    pub(crate) generation: i64,
    pub(crate) hash: Vec<u8>,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::grants::Entity",
        from = "(Column::TenantId, Column::GrantId)",
        to = "(super::grants::Column::TenantId, super::grants::Column::Id)"
    )]
    Grant,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, token: &RefreshToken) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: token.id.uuid(),
            grant_id: token.grant_id.uuid(),
            generation: i64::from(token.generation),
            hash: token.hash.as_bytes().to_vec(),
            expires_at: token.expires_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for RefreshToken {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = RefreshTokenId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            grant_id: GrantId::from_uuid(model.grant_id),
            generation: row.column("generation", u32::try_from(model.generation))?,
            hash: row.hash(&model.hash)?,
            expires_at: row.instant(model.expires_at)?,
        })
    }
}
