//! What an operator's change reads and writes.

use super::{TenantUnit, user};
use crate::{
    apps::tokens,
    config,
    entity::{clients, grants, sessions, signing_keys, tenants, wechat_apps},
    error::OrStore,
    logouts,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    client::{Client, ClientId},
    id::{SessionId, UserId},
    signing_key::{KeyId, SigningAlgorithm, SigningKey},
    store::{AdminUnit, Result},
    tenant::Tenant,
    token::SecretHash,
    user::{User, UserState},
    wechat_app::AppId,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect, UpdateMany,
    sea_query::{Expr, LockType, OnConflict},
};
use secrecy::SecretString;

#[async_trait]
impl AdminUnit for TenantUnit<'_> {
    /// Locked: what the change decides by `updated_at` stays true until it is written.
    async fn this_tenant(&mut self) -> Result<Option<Tenant>> {
        self.lock_tenant().await?.map(Tenant::try_from).transpose()
    }

    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<bool> {
        let updated = tenants::Entity::update_many()
            .col_expr(
                tenants::Column::DisplayName,
                Expr::value(tenant.display_name.as_str()),
            )
            .col_expr(
                tenants::Column::Settings,
                Expr::value(tenants::settings(&tenant.settings)),
            )
            .col_expr(
                tenants::Column::UpdatedAt,
                Expr::value(tenant.updated_at.timestamp_millis()),
            )
            .filter(tenants::Column::Id.eq(self.tenant.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        self.configured(updated.rows_affected, tenant.updated_at).await
    }

    /// Locked, as [`AdminUnit::this_tenant`] is. That there is none is remembered, for [`AdminUnit::put_client`].
    async fn client(&mut self, id: &ClientId) -> Result<Option<Client>> {
        let row = clients::Entity::find_by_id((self.tenant.uuid(), id.to_string()))
            .lock(LockType::NoKeyUpdate)
            .one(self.tx)
            .await
            .or_store()?;
        if row.is_none() {
            self.found.no_client.push(id.clone());
        }
        row.map(Client::try_from).transpose()
    }

    async fn put_client(&mut self, client: &Client) -> Result<()> {
        use clients::Column as C;
        let row = clients::Model::of(self.tenant, client).into_active_model();
        let mut insert = clients::Entity::insert(row);
        // A client that was found missing must not replace one that another operator has registered in between.
        if !self.found.no_client.contains(&client.id) {
            let replaced = C::iter().filter(|column| !matches!(column, C::TenantId | C::Id | C::CreatedAt));
            insert = insert.on_conflict(
                OnConflict::columns([C::TenantId, C::Id])
                    .update_columns(replaced)
                    .to_owned(),
            );
        }
        insert.exec_without_returning(self.tx).await.or_store()?;
        self.found.no_client.retain(|id| *id != client.id);
        config::changed(self.tx, self.tenant, client.updated_at).await
    }

    async fn set_client_secret(&mut self, id: &ClientId, hash: SecretHash, now: Instant) -> Result<bool> {
        let updated = clients::Entity::update_many()
            .col_expr(clients::Column::SecretHash, Expr::value(hash.as_bytes().to_vec()))
            .col_expr(clients::Column::UpdatedAt, Expr::value(now.timestamp_millis()))
            .filter(clients::Column::TenantId.eq(self.tenant.uuid()))
            .filter(clients::Column::Id.eq(id.as_str()))
            .filter(clients::Column::SecretHash.is_not_null())
            .exec(self.tx)
            .await
            .or_store()?;
        self.configured(updated.rows_affected, now).await
    }

    async fn delete_client(&mut self, id: &ClientId, now: Instant) -> Result<bool> {
        let deleted = clients::Entity::delete_by_id((self.tenant.uuid(), id.to_string()))
            .exec(self.tx)
            .await
            .or_store()?;
        if deleted.rows_affected > 0 {
            // By a scan of the tenant's grants: an index by client would cost every login for the sake of this.
            grants::Entity::update_many()
                .col_expr(grants::Column::RevokedAt, Expr::value(now.timestamp_millis()))
                .filter(grants::Column::TenantId.eq(self.tenant.uuid()))
                .filter(grants::Column::ClientId.eq(id.as_str()))
                .filter(grants::Column::RevokedAt.is_null())
                .exec(self.tx)
                .await
                .or_store()?;
        }
        self.configured(deleted.rows_affected, now).await
    }

    async fn delete_wechat_app(&mut self, appid: &AppId, now: Instant) -> Result<bool> {
        let deleted = wechat_apps::Entity::delete_by_id((self.tenant.uuid(), appid.to_string()))
            .exec(self.tx)
            .await
            .or_store()?;
        tokens::forget(self.tx, self.tenant, appid).await?;
        self.configured(deleted.rows_affected, now).await
    }

    async fn set_next_secret(&mut self, appid: &AppId, next: &SecretString, now: Instant) -> Result<bool> {
        let row = wechat_apps::Entity::find_by_id((self.tenant.uuid(), appid.to_string()))
            .lock(LockType::NoKeyUpdate)
            .one(self.tx)
            .await
            .or_store()?;
        let Some(row) = row else { return Ok(false) };
        let key = self.vault.data_key(self.tx, self.tenant).await?;
        let sealed = wechat_apps::seal_next_secret(self.tenant, appid, next, &key, self.vault.random())?;
        let updated = wechat_apps::Entity::update_many()
            .col_expr(wechat_apps::Column::NextSecret, Expr::value(sealed))
            .col_expr(wechat_apps::Column::UpdatedAt, Expr::value(row.changed_at(now)))
            .filter(wechat_apps::Column::TenantId.eq(self.tenant.uuid()))
            .filter(wechat_apps::Column::Appid.eq(appid.as_str()))
            .exec(self.tx)
            .await
            .or_store()?;
        self.configured(updated.rows_affected, now).await
    }

    async fn forget_all_session_keys(&mut self) -> Result<()> {
        self.delete_session_keys(None).await
    }

    async fn insert_key(&mut self, key: &SigningKey) -> Result<()> {
        let data_key = self.vault.data_key(self.tx, self.tenant).await?;
        let row = signing_keys::Model::seal(self.tenant, key, &data_key, self.vault.random())?;
        signing_keys::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        config::changed(self.tx, self.tenant, key.created_at).await
    }

    async fn activate_key(&mut self, kid: &KeyId, at: Instant, rotates_at: Option<Instant>) -> Result<()> {
        use signing_keys::Column as C;
        self.update_keys()
            .col_expr(C::ActivatesAt, Expr::value(at.timestamp_millis()))
            .col_expr(
                C::RotatesAt,
                Expr::value(rotates_at.map(|at| at.timestamp_millis())),
            )
            .filter(C::Kid.eq(kid.as_str()))
            .exec(self.tx)
            .await
            .or_store()?;
        config::changed(self.tx, self.tenant, at).await
    }

    async fn set_rotation(&mut self, kid: &KeyId, at: Option<Instant>) -> Result<()> {
        use signing_keys::Column as C;
        self.update_keys()
            .col_expr(C::RotatesAt, Expr::value(at.map(|at| at.timestamp_millis())))
            .filter(C::Kid.eq(kid.as_str()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    /// Marks no change of the configuration: that is done by the key which makes the others retire.
    async fn retire_keys(&mut self, algorithm: SigningAlgorithm, keep: &KeyId, at: Instant) -> Result<()> {
        use signing_keys::Column as C;
        self.update_keys()
            .col_expr(C::RetiresAt, Expr::value(at.timestamp_millis()))
            .col_expr(C::RotatesAt, Expr::value(None::<i64>))
            .filter(C::Algorithm.eq(algorithm.as_str()))
            .filter(C::Kid.ne(keep.as_str()))
            .filter(C::RetiresAt.is_null())
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    /// Read under the tenant's lock: whoever decides by them and adds or removes one does so alone.
    async fn keys(&mut self, now: Instant) -> Result<Vec<SigningKey>> {
        self.lock_tenant().await?;
        crate::keys::published(self.tx, self.vault, self.tenant, now).await
    }

    async fn delete_key(&mut self, kid: &KeyId, now: Instant) -> Result<bool> {
        let deleted = signing_keys::Entity::delete_by_id((self.tenant.uuid(), kid.to_string()))
            .exec(self.tx)
            .await
            .or_store()?;
        self.configured(deleted.rows_affected, now).await
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        Ok(self.lock_users(&[id]).await?.pop())
    }

    async fn set_user_state(&mut self, id: UserId, state: UserState, now: Instant) -> Result<()> {
        self.lock_users(&[id]).await?;
        user::set_state(self.tx, self.tenant, id, state, now).await
    }

    async fn end_sessions(&mut self, user: UserId, now: Instant) -> Result<()> {
        self.lock_users(&[user]).await?;
        user::end_sessions(self.tx, self.tenant, user, now).await
    }

    async fn end_session(&mut self, user: UserId, session: SessionId, now: Instant) -> Result<bool> {
        logouts::note(
            self.tx,
            self.tenant,
            user::session(self.tenant, user, session),
            now,
        )
        .await?;
        let ended = sessions::Entity::update_many()
            .col_expr(sessions::Column::EndedAt, Expr::value(now.timestamp_millis()))
            .filter(sessions::Column::TenantId.eq(self.tenant.uuid()))
            .filter(sessions::Column::Id.eq(session.uuid()))
            .filter(sessions::Column::UserId.eq(user.uuid()))
            .filter(sessions::Column::EndedAt.is_null())
            .filter(sessions::Column::ExpiresAt.gt(now.timestamp_millis()))
            .exec(self.tx)
            .await
            .or_store()?;
        if ended.rows_affected == 0 {
            return Ok(false);
        }
        grants::Entity::update_many()
            .col_expr(grants::Column::RevokedAt, Expr::value(now.timestamp_millis()))
            .filter(grants::Column::TenantId.eq(self.tenant.uuid()))
            .filter(grants::Column::SessionId.eq(session.uuid()))
            .filter(grants::Column::RevokedAt.is_null())
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(true)
    }

    async fn delete_user(&mut self, user: UserId) -> Result<bool> {
        user::delete(self.tx, self.tenant, user).await
    }
}

impl TenantUnit<'_> {
    fn update_keys(&self) -> UpdateMany<signing_keys::Entity> {
        signing_keys::Entity::update_many().filter(signing_keys::Column::TenantId.eq(self.tenant.uuid()))
    }

    /// Locks the tenant's row against other changes of its configuration, not against logins.
    async fn lock_tenant(&self) -> Result<Option<tenants::Model>> {
        tenants::Entity::find_by_id(self.tenant.uuid())
            .lock(LockType::NoKeyUpdate)
            .one(self.tx)
            .await
            .or_store()
    }

    /// Marks the configuration as changed where rows were, and says whether they were.
    async fn configured(&self, rows: u64, now: Instant) -> Result<bool> {
        if rows == 0 {
            return Ok(false);
        }
        config::changed(self.tx, self.tenant, now).await?;
        Ok(true)
    }
}
