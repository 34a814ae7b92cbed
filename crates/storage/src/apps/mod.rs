//! WeChat apps by appid alone: across tenants.

mod promote;
pub(crate) mod tokens;

use crate::{
    SqlStore,
    entity::{tenants, wechat_apps},
    error::OrStore,
    log,
    secrets::Vault,
    writer::Job,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    event::Event,
    id::TenantId,
    store::{Result, SharedToken, WechatApps},
    tenant::TenantSlug,
    wechat_app::AppId,
};
use promote::PromoteSecret;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait,
    sea_query::LockType,
};
use secrecy::SecretString;
use std::sync::Arc;

#[async_trait]
impl WechatApps for SqlStore {
    async fn wechat_app_tenant(&self, appid: &AppId) -> Result<Option<TenantSlug>> {
        let slug: Option<String> = wechat_apps::Entity::find()
            .select_only()
            .column(tenants::Column::Slug)
            .join(JoinType::InnerJoin, wechat_apps::Relation::Tenant.def())
            .filter(wechat_apps::Column::Appid.eq(appid.as_str()))
            .into_tuple()
            .one(self.db())
            .await
            .or_store()?;
        let Some(slug) = slug else { return Ok(None) };
        crate::entity::Row::new(tenants::TABLE, &slug)
            .column("slug", TenantSlug::parse(&slug))
            .map(Some)
    }

    async fn access_token(&self, appid: &AppId) -> Result<Option<SharedToken>> {
        tokens::read(self.db(), &self.shared.vault, appid).await
    }

    async fn keep_access_token(&self, appid: &AppId, token: &SharedToken) -> Result<()> {
        self.of_app(appid, Deed::Keep(token.clone())).await
    }

    async fn expire_access_token(&self, appid: &AppId, fetched_at: Instant) -> Result<()> {
        self.of_app(appid, Deed::Expire(fetched_at)).await
    }

    async fn promote_secret(&self, appid: &AppId, next: &SecretString, event: &Event) -> Result<bool> {
        self.write(PromoteSecret {
            appid: appid.clone(),
            next: next.clone(),
            event: event.clone(),
            vault: self.shared.vault.clone(),
        })
        .await
    }

    async fn record_of_app(&self, appid: &AppId, event: &Event) -> Result<()> {
        self.of_app(appid, Deed::Record(event.clone())).await
    }
}

impl SqlStore {
    async fn of_app(&self, appid: &AppId, deed: Deed) -> Result<()> {
        self.write(OfApp {
            appid: appid.clone(),
            deed,
            vault: self.shared.vault.clone(),
        })
        .await
    }
}

/// What is done for the tenant that has an app; nothing where none has it.
struct OfApp {
    appid: AppId,
    deed: Deed,
    vault: Arc<Vault>,
}

enum Deed {
    Keep(SharedToken),
    Expire(Instant),
    Record(Event),
}

#[async_trait]
impl Job for OfApp {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let tenant: Option<sea_orm::entity::prelude::Uuid> = wechat_apps::Entity::find()
            .select_only()
            .column(wechat_apps::Column::TenantId)
            .filter(wechat_apps::Column::Appid.eq(self.appid.as_str()))
            // The app stays with that tenant until this commits.
            .lock(LockType::KeyShare)
            .into_tuple()
            .one(tx)
            .await
            .or_store()?;
        let Some(tenant) = tenant.map(TenantId::from_uuid) else {
            return Ok(());
        };
        match &self.deed {
            Deed::Keep(token) => tokens::keep(tx, &self.vault, tenant, &self.appid, token).await,
            Deed::Expire(fetched_at) => tokens::expire(tx, tenant, &self.appid, *fetched_at).await,
            Deed::Record(event) => log::record(tx, tenant, event).await,
        }
    }
}
