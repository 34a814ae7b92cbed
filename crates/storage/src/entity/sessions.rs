//! Sessions.

use super::Row;
use hufu_core::{
    id::{SessionId, TenantId, UserId},
    session::{Browser, Method, Session},
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
    pub(crate) cookie_hash: Option<Vec<u8>>,
    pub(crate) seen_at: Option<i64>,
    pub(crate) user_agent: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::users::Entity",
        from = "(Column::TenantId, Column::UserId)",
        to = "(super::users::Column::TenantId, super::users::Column::Id)"
    )]
    User,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, session: &Session) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: session.id.uuid(),
            user_id: session.user_id.uuid(),
            amr: methods(&session.amr),
            auth_time: session.auth_time.timestamp_millis(),
            expires_at: session.expires_at.timestamp_millis(),
            ended_at: session.ended_at.map(|at| at.timestamp_millis()),
            cookie_hash: (session.browser.as_ref()).map(|browser| browser.cookie.as_bytes().to_vec()),
            seen_at: (session.browser.as_ref()).map(|browser| browser.seen_at.timestamp_millis()),
            user_agent: (session.browser.as_ref()).and_then(|browser| browser.user_agent.clone()),
        }
    }
}

/// The column `amr`.
pub(super) fn methods(amr: &[Method]) -> Json {
    let amr: Vec<_> = amr.iter().map(|method| method.as_str()).collect();
    json!(amr)
}

/// Reads [`methods`] back.
pub(super) fn methods_of(row: Row<'_>, amr: Json) -> Result<Vec<Method>, StoreError> {
    let amr: Vec<String> = row.json("amr", amr)?;
    row.known("amr", amr.iter().map(|method| Method::parse(method)).collect())
}

impl TryFrom<Model> for Session {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = SessionId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            user_id: UserId::from_uuid(model.user_id),
            amr: methods_of(row, model.amr)?,
            auth_time: row.instant(model.auth_time)?,
            expires_at: row.instant(model.expires_at)?,
            ended_at: row.instant_or_none(model.ended_at)?,
            browser: match (model.cookie_hash, model.seen_at) {
                (None, None) => None,
                (Some(cookie), Some(seen_at)) => Some(Browser {
                    cookie: row.hash(&cookie)?,
                    seen_at: row.instant(seen_at)?,
                    user_agent: model.user_agent,
                }),
                _ => return Err(row.corrupt("cookie_hash and seen_at do not go together")),
            },
        })
    }
}
