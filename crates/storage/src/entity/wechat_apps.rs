//! WeChat apps, their secrets sealed.

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Random,
    id::TenantId,
    store::StoreError,
    wechat_app::{AppId, UnionScope, WechatApp, WechatAppKind, WechatCredential},
};
use sea_orm::entity::prelude::*;
use secrecy::{ExposeSecret, SecretString};

pub(crate) const TABLE: &str = "wechat_apps";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_apps")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) appid: String,
    pub(crate) kind: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) union_scope: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Seals the secret with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        app: &WechatApp,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let appid = app.credential.appid.to_string();
        let secret = app.credential.secret.expose_secret().as_bytes();
        Ok(Self {
            tenant_id: tenant.uuid(),
            secret: key.seal(&secret_of(tenant, &appid), secret, random)?,
            appid,
            kind: app.kind.as_str().to_owned(),
            union_scope: app.union_scope.as_ref().map(ToString::to_string),
            created_at: app.created_at.timestamp_millis(),
            updated_at: app.updated_at.timestamp_millis(),
        })
    }

    /// Opens the secret with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<WechatApp, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let place = secret_of(tenant, &self.appid);
        let plain = key.open(&place, &self.secret)?;
        let secret = std::str::from_utf8(&plain).map_err(|_| place.corrupt("is not text"))?;
        let name = format!("{} of {tenant}", self.appid);
        let row = Row::new(TABLE, &name);
        Ok(WechatApp {
            credential: WechatCredential {
                appid: row.column("appid", AppId::parse(&self.appid))?,
                secret: SecretString::from(secret),
            },
            kind: row.column("kind", WechatAppKind::parse(&self.kind))?,
            union_scope: row.column(
                "union_scope",
                self.union_scope.as_deref().map(UnionScope::parse).transpose(),
            )?,
            created_at: row.instant(self.created_at)?,
            updated_at: row.instant(self.updated_at)?,
        })
    }
}

const fn secret_of(tenant: TenantId, appid: &str) -> Place<'_> {
    Place {
        tenant,
        table: TABLE,
        column: "secret",
        row: appid,
    }
}
