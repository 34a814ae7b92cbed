//! What users let clients do.

use super::Row;
use hufu_core::{
    authorization::ClientConsent,
    client::ClientId,
    id::{TenantId, UserId},
    scope::Scope,
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "client_consents";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_consents")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, consent: &ClientConsent) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            user_id: consent.user_id.uuid(),
            client_id: consent.client_id.to_string(),
            scope: consent.scope.to_string(),
            created_at: consent.created_at.timestamp_millis(),
            updated_at: consent.updated_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for ClientConsent {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let user_id = UserId::from_uuid(model.user_id);
        let key = format!("{user_id} {}", model.client_id);
        let row = Row::new(TABLE, &key);
        Ok(Self {
            user_id,
            client_id: row.column("client_id", ClientId::parse(&model.client_id))?,
            scope: row.column("scope", Scope::parse(&model.scope))?,
            created_at: row.instant(model.created_at)?,
            updated_at: row.instant(model.updated_at)?,
        })
    }
}
