//! Audit events. The platform's own stand under the nil UUID.

use super::Row;
use hufu_core::{
    event::{Actor, Event, EventKind},
    id::{EventId, TenantId},
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "events";

/// Whose log the platform's own is. No tenant has this id: theirs are UUIDv7.
pub(crate) const PLATFORM: TenantId = TenantId::from_uuid(Uuid::nil());

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) at: i64,
    pub(crate) actor_kind: String,
    pub(crate) actor_id: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) detail: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The event in the log of `tenant`.
    pub(crate) fn of(tenant: TenantId, event: &Event) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: event.id.uuid(),
            at: event.at.timestamp_millis(),
            actor_kind: event.actor.kind().to_owned(),
            actor_id: event.actor.id().map(ToOwned::to_owned),
            ip: event.ip.map(|ip| ip.to_string()),
            kind: event.kind.as_str().to_owned(),
            target: event.target.clone(),
            detail: event.detail.clone(),
        }
    }
}

impl TryFrom<Model> for Event {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = EventId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            at: row.instant(model.at)?,
            actor: row.known("actor_kind", Actor::from_parts(&model.actor_kind, model.actor_id))?,
            ip: row.column("ip", model.ip.as_deref().map(str::parse).transpose())?,
            kind: row.known("kind", EventKind::parse(&model.kind))?,
            target: model.target,
            detail: model.detail,
        })
    }
}
