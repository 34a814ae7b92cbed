//! Tenants across the installation.

mod claim;
mod create;
mod delete;

use crate::{
    SqlStore,
    entity::tenants,
    error::OrStore,
    listing::{Direction, page},
    rows::TenantRows,
    writer::BULK,
};
use async_trait::async_trait;
use claim::Claim;
use create::CreateTenant;
use delete::DeleteTenant;
use hufu_core::{
    event::Event,
    id::TenantId,
    page::{Page, PageRequest},
    signing_key::SigningKey,
    store::{Result, TenantStore, Tenants, WechatAppClaim, WechatAppClaimed},
    tenant::{Tenant, TenantSlug},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;

#[async_trait]
impl Tenants for SqlStore {
    fn tenant(&self, id: TenantId) -> Arc<dyn TenantStore> {
        Arc::new(TenantRows {
            shared: self.shared.clone(),
            tenant: id,
        })
    }

    async fn tenant_by_slug(&self, slug: &TenantSlug) -> Result<Option<Tenant>> {
        tenants::Entity::find()
            .filter(tenants::Column::Slug.eq(slug.as_str()))
            .one(self.db())
            .await
            .or_store()?
            .map(Tenant::try_from)
            .transpose()
    }

    async fn tenant_slug(&self, id: TenantId) -> Result<Option<TenantSlug>> {
        let row = tenants::Entity::find_by_id(id.uuid())
            .one(self.db())
            .await
            .or_store()?;
        Ok(row.map(Tenant::try_from).transpose()?.map(|tenant| tenant.slug))
    }

    async fn tenants(&self, request: &PageRequest) -> Result<Page<Tenant>> {
        page(
            self.db(),
            tenants::Entity::find(),
            (tenants::Column::Slug, Direction::Ascending),
            request,
            |cursor| Ok(cursor.to_owned()),
            Tenant::try_from,
            |tenant| tenant.slug.to_string(),
        )
        .await
    }

    async fn create_tenant(&self, tenant: &Tenant, keys: &[SigningKey], event: &Event) -> Result<bool> {
        self.write(CreateTenant::prepare(&self.shared.vault, tenant, keys, event)?)
            .await
    }

    async fn delete_tenant(&self, id: TenantId, event: &Event) -> Result<bool> {
        let job = DeleteTenant {
            id,
            event: event.clone(),
        };
        let deleted = self.write_patiently(job, BULK).await?;
        self.shared.vault.forget(id);
        Ok(deleted)
    }

    async fn claim_wechat_app(&self, claim: &WechatAppClaim) -> Result<WechatAppClaimed> {
        self.write(Claim {
            claim: claim.clone(),
            vault: self.shared.vault.clone(),
        })
        .await
    }
}
