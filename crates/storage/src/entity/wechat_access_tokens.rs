//! The access tokens of WeChat apps, sealed: one an app, for all nodes.

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Random,
    id::TenantId,
    store::{SharedToken, StoreError},
    wechat_app::AppId,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "wechat_access_tokens";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_access_tokens")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) appid: String,
    pub(crate) secret_hash: Vec<u8>,
    pub(crate) token: Vec<u8>,
    pub(crate) fetched_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::wechat_apps::Entity",
        from = "(Column::TenantId, Column::Appid)",
        to = "(super::wechat_apps::Column::TenantId, super::wechat_apps::Column::Appid)"
    )]
    App,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Seals the token with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        appid: &AppId,
        shared: &SharedToken,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let place = place(tenant, appid.as_str());
        Ok(Self {
            tenant_id: tenant.uuid(),
            appid: appid.to_string(),
            secret_hash: shared.secret_hash.to_vec(),
            token: key.seal_text(&place, &shared.token, random)?,
            fetched_at: shared.fetched_at.timestamp_millis(),
            expires_at: shared.expires_at.timestamp_millis(),
        })
    }

    /// Opens the token with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<SharedToken, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let name = format!("{} of {tenant}", self.appid);
        let row = Row::new(TABLE, &name);
        Ok(SharedToken {
            token: key.open_text(&place(tenant, &self.appid), &self.token)?,
            secret_hash: row.known("secret_hash", self.secret_hash.try_into().ok())?,
            fetched_at: row.instant(self.fetched_at)?,
            expires_at: row.instant(self.expires_at)?,
        })
    }
}

const fn place(tenant: TenantId, appid: &str) -> Place<'_> {
    Place {
        tenant,
        table: TABLE,
        column: "token",
        row: appid,
    }
}
