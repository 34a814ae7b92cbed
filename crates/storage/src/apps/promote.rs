//! Making an app's next secret its current one.

use crate::{
    apps::tokens, config, entity::wechat_apps, error::OrStore, log::record, secrets::Vault, writer::Job,
};
use async_trait::async_trait;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use hufu_core::{event::Event, id::TenantId, store::Result, wechat_app::AppId};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// The next secret as the node knows it that WeChat took it from.
pub(crate) struct PromoteSecret {
    pub(crate) appid: AppId,
    pub(crate) next: SecretString,
    pub(crate) event: Event,
    pub(crate) vault: Arc<Vault>,
}

#[async_trait]
impl Job for PromoteSecret {
    type Output = bool;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let held = wechat_apps::Entity::find()
            .filter(wechat_apps::Column::Appid.eq(self.appid.as_str()))
            .lock(LockType::NoKeyUpdate)
            .one(tx)
            .await
            .or_store()?;
        let Some(held) = held else { return Ok(false) };
        let tenant = TenantId::from_uuid(held.tenant_id);
        let key = self.vault.data_key(tx, tenant).await?;
        let still_next = held
            .open_next_secret(&key)?
            .is_some_and(|next| are_equal(&next, &self.next));
        if !still_next {
            return Ok(false);
        }
        let secret = wechat_apps::seal_secret(tenant, &self.appid, &self.next, &key, self.vault.random())?;
        wechat_apps::Entity::update_many()
            .col_expr(wechat_apps::Column::Secret, Expr::value(secret))
            .col_expr(wechat_apps::Column::NextSecret, Expr::value(None::<Vec<u8>>))
            .col_expr(
                wechat_apps::Column::UpdatedAt,
                Expr::value(held.changed_at(self.event.at)),
            )
            .filter(wechat_apps::Column::TenantId.eq(held.tenant_id))
            .filter(wechat_apps::Column::Appid.eq(self.appid.as_str()))
            .exec(tx)
            .await
            .or_store()?;
        tokens::forget_others(tx, tenant, &self.appid, &self.next).await?;
        record(tx, tenant, &self.event).await?;
        config::changed(tx, tenant, self.event.at).await?;
        Ok(true)
    }
}

fn are_equal(one: &SecretString, other: &SecretString) -> bool {
    verify_slices_are_equal(one.expose_secret().as_bytes(), other.expose_secret().as_bytes()).is_ok()
}
