//! WeChat apps, their secrets and keys sealed.

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Instant, Random,
    id::TenantId,
    store::StoreError,
    wechat_app::{AppId, UnionScope, WechatApp, WechatAppKind, WechatCredential},
};
use sea_orm::entity::prelude::*;
use secrecy::SecretString;

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
    pub(crate) next_secret: Option<Vec<u8>>,
    pub(crate) push_keys: Option<Vec<u8>>,
    pub(crate) api_security: Option<Vec<u8>>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::tenants::Entity",
        from = "Column::TenantId",
        to = "super::tenants::Column::Id"
    )]
    Tenant,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Seals secrets and keys with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        app: &WechatApp,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let WechatCredential {
            appid,
            secret,
            next_secret,
            api_security,
        } = &app.credential;
        let place = |column| place(tenant, appid.as_str(), column);
        Ok(Self {
            tenant_id: tenant.uuid(),
            appid: appid.to_string(),
            kind: app.kind.as_str().to_owned(),
            secret: seal_secret(tenant, appid, secret, key, random)?,
            union_scope: app.union_scope.as_ref().map(ToString::to_string),
            next_secret: next_secret
                .as_ref()
                .map(|next| seal_next_secret(tenant, appid, next, key, random))
                .transpose()?,
            push_keys: app
                .push
                .as_ref()
                .map(|keys| key.seal_json(&place("push_keys"), keys, random))
                .transpose()?,
            api_security: api_security
                .as_ref()
                .map(|keys| key.seal_json(&place("api_security"), keys, random))
                .transpose()?,
            created_at: app.created_at.timestamp_millis(),
            updated_at: app.updated_at.timestamp_millis(),
        })
    }

    /// Opens secrets and keys with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<WechatApp, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let place = |column| place(tenant, &self.appid, column);
        let name = format!("{} of {tenant}", self.appid);
        let row = Row::new(TABLE, &name);
        Ok(WechatApp {
            credential: WechatCredential {
                appid: row.column("appid", AppId::parse(&self.appid))?,
                secret: key.open_text(&place(SECRET), &self.secret)?,
                next_secret: self.open_next_secret(key)?,
                api_security: self
                    .api_security
                    .as_deref()
                    .map(|sealed| key.open_json(&place("api_security"), sealed))
                    .transpose()?,
            },
            kind: row.column("kind", WechatAppKind::parse(&self.kind))?,
            union_scope: row.column(
                "union_scope",
                self.union_scope.as_deref().map(UnionScope::parse).transpose(),
            )?,
            push: self
                .push_keys
                .as_deref()
                .map(|sealed| key.open_json(&place("push_keys"), sealed))
                .transpose()?,
            created_at: row.instant(self.created_at)?,
            updated_at: row.instant(self.updated_at)?,
        })
    }

    /// Opens the next secret alone.
    pub(crate) fn open_next_secret(&self, key: &SealKey) -> Result<Option<SecretString>, StoreError> {
        let place = place(TenantId::from_uuid(self.tenant_id), &self.appid, NEXT_SECRET);
        self.next_secret
            .as_deref()
            .map(|sealed| key.open_text(&place, sealed))
            .transpose()
    }

    /// `now`, or the next millisecond after the last change of the app: two changes never carry the same instant, so that
    /// one that builds on the other's elder is seen to be stale.
    pub(crate) fn changed_at(&self, now: Instant) -> i64 {
        now.timestamp_millis().max(self.updated_at + 1)
    }
}

/// Seals a secret for its column alone.
pub(crate) fn seal_secret(
    tenant: TenantId,
    appid: &AppId,
    secret: &SecretString,
    key: &SealKey,
    random: &dyn Random,
) -> Result<Vec<u8>, StoreError> {
    key.seal_text(&place(tenant, appid.as_str(), SECRET), secret, random)
}

/// Seals a next secret for its column alone.
pub(crate) fn seal_next_secret(
    tenant: TenantId,
    appid: &AppId,
    next: &SecretString,
    key: &SealKey,
    random: &dyn Random,
) -> Result<Vec<u8>, StoreError> {
    key.seal_text(&place(tenant, appid.as_str(), NEXT_SECRET), next, random)
}

const SECRET: &str = "secret";
const NEXT_SECRET: &str = "next_secret";

const fn place<'a>(tenant: TenantId, appid: &'a str, column: &'static str) -> Place<'a> {
    Place {
        tenant,
        table: TABLE,
        column,
        row: appid,
    }
}
