//! Sessions.

use super::Row;
use hufu_core::{
    id::{SessionId, TenantId, UserId},
    session::{Method, Session},
    store::StoreError,
};
use sea_orm::entity::prelude::*;
use serde_json::json;

pub(crate) const TABLE: &str = "sessions";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) amr: Json,
    pub(crate) auth_time: i64,
    pub(crate) expires_at: i64,
    pub(crate) ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, session: &Session) -> Self {
        let amr: Vec<_> = session.amr.iter().map(|method| method.as_str()).collect();
        Self {
            tenant_id: tenant.uuid(),
            id: session.id.uuid(),
            user_id: session.user_id.uuid(),
            amr: json!(amr),
            auth_time: session.auth_time.timestamp_millis(),
            expires_at: session.expires_at.timestamp_millis(),
            ended_at: session.ended_at.map(|at| at.timestamp_millis()),
        }
    }
}

impl TryFrom<Model> for Session {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = SessionId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        let amr: Vec<String> = row.json("amr", model.amr)?;
        Ok(Self {
            id,
            user_id: UserId::from_uuid(model.user_id),
            amr: row.known("amr", amr.iter().map(|method| Method::parse(method)).collect())?,
            auth_time: row.instant(model.auth_time)?,
            expires_at: row.instant(model.expires_at)?,
            ended_at: row.instant_or_none(model.ended_at)?,
        })
    }
}
