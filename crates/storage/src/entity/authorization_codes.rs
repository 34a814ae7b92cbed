//! Authorization codes, used or not.

use super::{
    Row,
    sessions::{methods, methods_of},
};
use hufu_core::{
    client::ClientId,
    id::{CodeId, GrantId, SessionId, TenantId, UserId},
    login::{AuthorizationCode, CodeChallenge, CodeDetails},
    scope::Scope,
    store::StoreError,
};
use sea_orm::entity::prelude::*;
use serde_json::json;

pub(crate) const TABLE: &str = "authorization_codes";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_codes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) hash: Vec<u8>,
    pub(crate) client_id: String,
    pub(crate) user_id: Uuid,
    pub(crate) session_id: Uuid,
    pub(crate) grant_id: Uuid,
    pub(crate) scope: String,
    pub(crate) amr: Json,
    pub(crate) auth_time: i64,
    /// Empty where the code is bound to none.
    pub(crate) challenge: String,
    pub(crate) details: Option<Json>,
    pub(crate) expires_at: i64,
    pub(crate) used_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, code: &AuthorizationCode) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: code.id.uuid(),
            hash: code.hash.as_bytes().to_vec(),
            client_id: code.client_id.to_string(),
            user_id: code.user_id.uuid(),
            session_id: code.session_id.uuid(),
            grant_id: code.grant_id.uuid(),
            scope: code.scope.to_string(),
            amr: methods(&code.amr),
            auth_time: code.auth_time.timestamp_millis(),
            challenge: code
                .challenge
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            details: (code.details != CodeDetails::default()).then(|| json!(code.details)),
            expires_at: code.expires_at.timestamp_millis(),
            used_at: code.used_at.map(|at| at.timestamp_millis()),
        }
    }
}

impl TryFrom<Model> for AuthorizationCode {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = CodeId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            hash: row.hash(&model.hash)?,
            client_id: row.column("client_id", ClientId::parse(&model.client_id))?,
            user_id: UserId::from_uuid(model.user_id),
            session_id: SessionId::from_uuid(model.session_id),
            grant_id: GrantId::from_uuid(model.grant_id),
            scope: row.column("scope", Scope::parse(&model.scope))?,
            amr: methods_of(row, model.amr)?,
            auth_time: row.instant(model.auth_time)?,
            challenge: match model.challenge.as_str() {
                "" => None,
                text => Some(row.column("challenge", CodeChallenge::parse(text))?),
            },
            details: match model.details {
                Some(details) => row.json("details", details)?,
                None => CodeDetails::default(),
            },
            expires_at: row.instant(model.expires_at)?,
            used_at: row.instant_or_none(model.used_at)?,
        })
    }
}
