//! Users.

use super::Row;
use hufu_core::{
    id::{TenantId, UserId},
    store::StoreError,
    user::{User, UserState},
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "users";

/// The state of a user who may sign in.
pub(crate) const ACTIVE: &str = "active";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) state: String,
    pub(crate) merged_into: Option<Uuid>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) closes_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, user: &User) -> Self {
        let (state, merged_into) = columns(user.state);
        Self {
            tenant_id: tenant.uuid(),
            id: user.id.uuid(),
            state: state.to_owned(),
            merged_into,
            created_at: user.created_at.timestamp_millis(),
            updated_at: user.updated_at.timestamp_millis(),
            closes_at: user.closes_at.map(|at| at.timestamp_millis()),
        }
    }
}

/// `state` and `merged_into`.
pub(crate) const fn columns(state: UserState) -> (&'static str, Option<Uuid>) {
    match state {
        UserState::Active => (ACTIVE, None),
        UserState::Disabled => ("disabled", None),
        UserState::Merged { into } => ("merged", Some(into.uuid())),
    }
}

impl TryFrom<Model> for User {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = UserId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        let state = match (model.state.as_str(), model.merged_into) {
            (ACTIVE, None) => UserState::Active,
            ("disabled", None) => UserState::Disabled,
            ("merged", Some(into)) => UserState::Merged {
                into: UserId::from_uuid(into),
            },
            _ => return Err(row.corrupt("state: unknown, or not with this merged_into")),
        };
        Ok(Self {
            id,
            state,
            created_at: row.instant(model.created_at)?,
            updated_at: row.instant(model.updated_at)?,
            closes_at: row.instant_or_none(model.closes_at)?,
        })
    }
}
