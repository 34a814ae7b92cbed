//! The access tokens of WeChat apps, as nodes share them.

use crate::{
    entity::{wechat_access_tokens, wechat_apps},
    error::OrStore,
    secrets::Vault,
};
use hufu_core::{
    Instant,
    id::TenantId,
    store::{Result, SharedToken},
    wechat_app::AppId,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use wechat_access_tokens::{Column as C, Entity, Model, Relation};

/// The app's token, opened. One that a tenant left behind when it lost the app is nobody's.
pub(crate) async fn read<D: ConnectionTrait>(
    db: &D,
    vault: &Vault,
    appid: &AppId,
) -> Result<Option<SharedToken>> {
    let row = Entity::find()
        .join(JoinType::InnerJoin, Relation::App.def())
        .filter(wechat_apps::Column::Appid.eq(appid.as_str()))
        .one(db)
        .await
        .or_store()?;
    let Some(row) = row else { return Ok(None) };
    let key = vault.data_key(db, TenantId::from_uuid(row.tenant_id)).await?;
    row.open(&key).map(Some)
}

/// Keeps a token, unless one that was fetched later is there.
pub(crate) async fn keep<D: ConnectionTrait>(
    db: &D,
    vault: &Vault,
    tenant: TenantId,
    appid: &AppId,
    token: &SharedToken,
) -> Result<()> {
    let key = vault.data_key(db, tenant).await?;
    let row = Model::seal(tenant, appid, token, &key, vault.random())?;
    let fetched_at = row.fetched_at;
    let replaced = C::iter().filter(|column| !matches!(column, C::TenantId | C::Appid));
    Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::columns([C::TenantId, C::Appid])
                .update_columns(replaced)
                .action_and_where(Expr::col((Entity, C::FetchedAt)).lte(fetched_at))
                .to_owned(),
        )
        .exec_without_returning(db)
        .await
        .or_store()?;
    Ok(())
}

/// Removes the token that was fetched at `fetched_at`.
pub(crate) async fn expire<D: ConnectionTrait>(
    db: &D,
    tenant: TenantId,
    appid: &AppId,
    fetched_at: Instant,
) -> Result<()> {
    Entity::delete_many()
        .filter(C::TenantId.eq(tenant.uuid()))
        .filter(C::Appid.eq(appid.as_str()))
        .filter(C::FetchedAt.eq(fetched_at.timestamp_millis()))
        .exec(db)
        .await
        .or_store()?;
    Ok(())
}

/// Removes the token of an app that is not the tenant's any more.
pub(crate) async fn forget<D: ConnectionTrait>(db: &D, tenant: TenantId, appid: &AppId) -> Result<()> {
    Entity::delete_by_id((tenant.uuid(), appid.to_string()))
        .exec(db)
        .await
        .or_store()?;
    Ok(())
}

/// Removes a token that was fetched with any secret but this one.
pub(crate) async fn forget_others<D: ConnectionTrait>(
    db: &D,
    tenant: TenantId,
    appid: &AppId,
    secret: &SecretString,
) -> Result<()> {
    let own = Sha256::digest(secret.expose_secret()).to_vec();
    Entity::delete_by_id((tenant.uuid(), appid.to_string()))
        .filter(C::SecretHash.ne(own))
        .exec(db)
        .await
        .or_store()?;
    Ok(())
}
