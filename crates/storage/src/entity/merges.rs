//! Merges of two users, and what it takes to undo them.

use super::Row;
use hufu_core::{
    id::{IdentityId, MergeId, TenantId, UserId},
    merge::Merge,
    store::StoreError,
};
use sea_orm::entity::prelude::*;
use serde_json::json;

pub(crate) const TABLE: &str = "merges";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merges")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) merged: Uuid,
    pub(crate) into_user: Uuid,
    pub(crate) moved: Json,
    pub(crate) at: i64,
    pub(crate) undone_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// One that was not undone.
    pub(crate) fn of(tenant: TenantId, merge: &Merge) -> Self {
        let moved: Vec<_> = merge.moved.iter().map(ToString::to_string).collect();
        Self {
            tenant_id: tenant.uuid(),
            id: merge.id.uuid(),
            merged: merge.merged.uuid(),
            into_user: merge.into.uuid(),
            moved: json!(moved),
            at: merge.at.timestamp_millis(),
            undone_at: None,
        }
    }
}

impl TryFrom<Model> for Merge {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = MergeId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        let moved: Vec<String> = row.json("moved", model.moved)?;
        let moved: Result<_, _> = moved.iter().map(|moved| IdentityId::parse(moved)).collect();
        Ok(Self {
            id,
            merged: UserId::from_uuid(model.merged),
            into: UserId::from_uuid(model.into_user),
            moved: row.column("moved", moved)?,
            at: row.instant(model.at)?,
        })
    }
}
