//! Words to clients that a session ended.

use super::Row;
use hufu_core::{
    client::ClientId,
    id::{SessionId, TenantId, UserId},
    store::{LogoutDelivery, StoreError},
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "logout_deliveries";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "logout_deliveries")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) session_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) client_id: String,
    pub(crate) user_id: Uuid,
    pub(crate) attempts: i64,
    pub(crate) created_at: i64,
    pub(crate) next_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for LogoutDelivery {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let session_id = SessionId::from_uuid(model.session_id);
        let key = format!("{session_id} {}", model.client_id);
        let row = Row::new(TABLE, &key);
        Ok(Self {
            tenant: TenantId::from_uuid(model.tenant_id),
            session_id,
            user_id: UserId::from_uuid(model.user_id),
            client_id: row.column("client_id", ClientId::parse(&model.client_id))?,
            attempts: row.column("attempts", u32::try_from(model.attempts))?,
            created_at: row.instant(model.created_at)?,
            next_at: row.instant(model.next_at)?,
        })
    }
}
