//! The session keys that are kept of an identity.

use super::TenantUnit;
use crate::{
    entity::{identities, tenants, users, wechat_session_keys},
    error::OrStore,
};
use hufu_core::{
    id::IdentityId,
    store::{Result, StoreError},
    tenant::Tenant,
    wechat_session::KeptKeys,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{LockType, OnConflict},
};

impl TenantUnit<'_> {
    /// Locked by the user's row: theirs is not there before the first login, and two first logins at once would each see
    /// none.
    pub(super) async fn locked_session_keys(&self, identity: IdentityId) -> Result<Option<KeptKeys>> {
        let its_user = identities::Entity::find()
            .select_only()
            .column(identities::Column::UserId)
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::Id.eq(identity.uuid()))
            .into_query();
        users::Entity::find()
            .filter(users::Column::TenantId.eq(self.tenant.uuid()))
            .filter(users::Column::Id.in_subquery(its_user))
            .lock(LockType::NoKeyUpdate)
            .all(self.tx)
            .await
            .or_store()?;
        let row = wechat_session_keys::Entity::find_by_id((self.tenant.uuid(), identity.uuid()))
            .one(self.tx)
            .await
            .or_store()?;
        let Some(row) = row else { return Ok(None) };
        let key = self.vault.data_key(self.tx, self.tenant).await?;
        row.open(&key).map(Some)
    }

    /// Does nothing where the tenant keeps none any more: a login that began before the setting was changed ends after the
    /// keys were deleted. The tenant is held until this commits, so that such a change waits and deletes these too.
    pub(super) async fn put_session_keys(&self, identity: IdentityId, keys: &KeptKeys) -> Result<()> {
        use wechat_session_keys::Column as C;
        let tenant = tenants::Entity::find_by_id(self.tenant.uuid())
            .lock(LockType::Share)
            .one(self.tx)
            .await
            .or_store()?
            .ok_or_else(|| StoreError::Gone(format!("tenant {}", self.tenant)))?;
        if !Tenant::try_from(tenant)?.settings.wechat.keep_session_key {
            return Ok(());
        }
        let key = self.vault.data_key(self.tx, self.tenant).await?;
        let row = wechat_session_keys::Model::seal(self.tenant, identity, keys, &key, self.vault.random())?;
        let replaced = C::iter().filter(|column| !matches!(column, C::TenantId | C::IdentityId));
        wechat_session_keys::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([C::TenantId, C::IdentityId])
                    .update_columns(replaced)
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    /// Those of one identity, or of all.
    pub(super) async fn delete_session_keys(&self, identity: Option<IdentityId>) -> Result<()> {
        let mut delete = wechat_session_keys::Entity::delete_many()
            .filter(wechat_session_keys::Column::TenantId.eq(self.tenant.uuid()));
        if let Some(identity) = identity {
            delete = delete.filter(wechat_session_keys::Column::IdentityId.eq(identity.uuid()));
        }
        delete.exec(self.tx).await.or_store()?;
        Ok(())
    }
}
