//! Grants.

use super::Row;
use hufu_core::{
    client::ClientId,
    grant::{Grant, GrantDetails, Spent},
    id::{GrantId, RefreshTokenId, SessionId, TenantId, UserId},
    scope::Scope,
    store::{GrantSummary, StoreError},
};
use sea_orm::entity::prelude::*;
use serde_json::json;

pub(crate) const TABLE: &str = "grants";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) session_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) details: Option<Json>,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) spent_generation: Option<i64>,
    pub(crate) spent_token: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::sessions::Entity",
        from = "(Column::TenantId, Column::SessionId)",
        to = "(super::sessions::Column::TenantId, super::sessions::Column::Id)"
    )]
    Session,
    #[sea_orm(
        belongs_to = "super::users::Entity",
        from = "(Column::TenantId, Column::UserId)",
        to = "(super::users::Column::TenantId, super::users::Column::Id)"
    )]
    User,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, grant: &Grant) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: grant.id.uuid(),
            session_id: grant.session_id.uuid(),
            user_id: grant.user_id.uuid(),
            client_id: grant.client_id.to_string(),
            scope: grant.scope.to_string(),
            created_at: grant.created_at.timestamp_millis(),
            expires_at: grant.expires_at.timestamp_millis(),
            // Most grants have none: they come of logins without a browser.
            details: (grant.details != GrantDetails::default()).then(|| json!(grant.details)),
            revoked_at: grant.revoked_at.map(|at| at.timestamp_millis()),
            spent_generation: grant.spent.map(|spent| i64::from(spent.generation)),
            spent_token: grant.spent.map(|spent| spent.token.uuid()),
        }
    }
}

impl TryFrom<Model> for GrantSummary {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let grant = Grant::try_from(model)?;
        Ok(Self {
            id: grant.id,
            session_id: grant.session_id,
            client_id: grant.client_id,
            scope: grant.scope,
            created_at: grant.created_at,
        })
    }
}

impl TryFrom<Model> for Grant {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = GrantId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        let spent = match (model.spent_generation, model.spent_token) {
            (None, None) => None,
            (Some(generation), Some(token)) => Some(Spent {
                generation: row.column("spent_generation", u32::try_from(generation))?,
                token: RefreshTokenId::from_uuid(token),
            }),
            _ => return Err(row.corrupt("spent_generation and spent_token do not go together")),
        };
        Ok(Self {
            id,
            session_id: SessionId::from_uuid(model.session_id),
            user_id: UserId::from_uuid(model.user_id),
            client_id: row.column("client_id", ClientId::parse(&model.client_id))?,
            scope: row.column("scope", Scope::parse(&model.scope))?,
            created_at: row.instant(model.created_at)?,
            expires_at: row.instant(model.expires_at)?,
            details: match model.details {
                Some(details) => row.json("details", details)?,
                None => GrantDetails::default(),
            },
            revoked_at: row.instant_or_none(model.revoked_at)?,
            spent,
        })
    }
}
