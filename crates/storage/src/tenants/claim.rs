//! Claiming a WeChat app: adding it, replacing it, or moving it from the tenant that holds it. The claim says all of the app:
//! nothing of what was there remains but the age of a replaced one.

use crate::{
    apps::tokens, config, entity::wechat_apps, error::OrStore, log::record, secrets::Vault, writer::Job,
};
use async_trait::async_trait;
use hufu_core::{
    event::EventKind,
    id::TenantId,
    store::{Result, WechatAppClaim, WechatAppClaimed},
    wechat_app::WechatApp,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::json;
use std::sync::Arc;

/// The claim, and what seals the secret.
pub(crate) struct Claim {
    pub(crate) claim: WechatAppClaim,
    pub(crate) vault: Arc<Vault>,
}

#[async_trait]
impl Job for Claim {
    type Output = WechatAppClaimed;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<WechatAppClaimed> {
        let WechatAppClaim {
            tenant,
            app,
            transfer,
            based_on,
            audit,
        } = &self.claim;
        let key = self.vault.data_key(tx, *tenant).await?;
        let appid = app.credential.appid.as_str();
        let held = wechat_apps::Entity::find()
            .filter(wechat_apps::Column::Appid.eq(appid))
            .lock_exclusive()
            .one(tx)
            .await
            .or_store()?;
        let holder = held.as_ref().map(|row| TenantId::from_uuid(row.tenant_id));
        let claimed = match holder {
            None => WechatAppClaimed::Created,
            Some(holder) if holder == *tenant => WechatAppClaimed::Replaced,
            Some(_) if *transfer => WechatAppClaimed::Transferred,
            Some(_) => return Ok(WechatAppClaimed::HeldByAnother),
        };
        let own = held.as_ref().filter(|_| claimed == WechatAppClaimed::Replaced);
        if based_on.is_some_and(|at| own.is_none_or(|own| own.updated_at != at.timestamp_millis())) {
            return Ok(WechatAppClaimed::Stale);
        }
        let mut row = wechat_apps::Model::seal(*tenant, app, &key, self.vault.random())?;
        match held {
            None => {
                wechat_apps::Entity::insert(row.into_active_model())
                    .exec_without_returning(tx)
                    .await
            }
            Some(held) => {
                row.updated_at = held.changed_at(app.updated_at);
                if claimed == WechatAppClaimed::Replaced {
                    row.created_at = held.created_at;
                }
                // In place, so that whoever waits for the row goes on with its new holder.
                wechat_apps::Entity::update_many()
                    .set(row.into_active_model().reset_all())
                    .filter(wechat_apps::Column::Appid.eq(appid))
                    .exec(tx)
                    .await
                    .map(|updated| updated.rows_affected)
            }
        }
        .or_store()?;
        if let Some(loser) = holder.filter(|holder| holder != tenant) {
            let out = audit.event(EventKind::WechatAppTransferredOut, appid, serde_json::Value::Null);
            record(tx, loser, &out).await?;
            tokens::forget(tx, loser, &app.credential.appid).await?;
        }
        tokens::forget_others(tx, *tenant, &app.credential.appid, &app.credential.secret).await?;
        record(tx, *tenant, &audit.event(kind(claimed), appid, detail(app))).await?;
        // In the order of their ids, so that two transfers the other way round do not wait for each other.
        let mut changed: Vec<_> = holder.into_iter().chain([*tenant]).collect();
        changed.sort_unstable();
        changed.dedup();
        for tenant in changed {
            config::changed(tx, tenant, audit.now).await?;
        }
        Ok(claimed)
    }
}

const fn kind(claimed: WechatAppClaimed) -> EventKind {
    match claimed {
        WechatAppClaimed::Replaced => EventKind::WechatAppUpdated,
        WechatAppClaimed::Transferred => EventKind::WechatAppTransferredIn,
        WechatAppClaimed::Created | WechatAppClaimed::HeldByAnother | WechatAppClaimed::Stale => {
            EventKind::WechatAppCreated
        }
    }
}

fn detail(app: &WechatApp) -> serde_json::Value {
    json!({"kind": app.kind.as_str(), "union_scope": app.union_scope})
}
