//! Who holds a unionid inside a union scope.

use super::TenantUnit;
use crate::{
    entity::{users, wechat_unions},
    error::OrStore,
};
use hufu_core::{
    id::UserId,
    identity::UnionKey,
    store::{Result, StoreError},
    user::User,
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, TryInsertResult};

impl TenantUnit<'_> {
    /// The holder. That there is none is remembered, for [`TenantUnit::hold_union`].
    pub(super) async fn holder_of(&mut self, key: &UnionKey) -> Result<Option<User>> {
        let row = wechat_unions::Entity::find()
            .filter(wechat_unions::Column::TenantId.eq(self.tenant.uuid()))
            .filter(wechat_unions::Column::UnionScope.eq(key.scope.as_str()))
            .filter(wechat_unions::Column::Unionid.eq(key.unionid.as_str()))
            .find_both_related(users::Entity)
            .one(self.tx)
            .await
            .or_store()?;
        if row.is_none() {
            self.found.free.push(key.clone());
        }
        row.map(|(_, user)| user.try_into()).transpose()
    }

    /// Takes the key from `user`, if that holds it.
    pub(super) async fn release_union(&self, key: &UnionKey, user: UserId) -> Result<()> {
        wechat_unions::Entity::delete_many()
            .filter(wechat_unions::Column::TenantId.eq(self.tenant.uuid()))
            .filter(wechat_unions::Column::UnionScope.eq(key.scope.as_str()))
            .filter(wechat_unions::Column::Unionid.eq(key.unionid.as_str()))
            .filter(wechat_unions::Column::UserId.eq(user.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    /// Records the key for `user` where nobody holds it. Where this unit found it free and somebody holds it now, that
    /// may be the very person in a parallel login by another app: the act must look again.
    pub(super) async fn hold_union(&mut self, key: &UnionKey, user: UserId) -> Result<()> {
        use wechat_unions::Column as C;
        let row = wechat_unions::Model::of(self.tenant, key, user);
        let inserted = wechat_unions::Entity::insert(row.into_active_model())
            .on_conflict_do_nothing_on([C::TenantId, C::UnionScope, C::Unionid])
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        let found_free = self.found.free.iter().any(|free| free == key);
        self.found.free.retain(|free| free != key);
        match inserted {
            TryInsertResult::Inserted(1..) => Ok(()),
            _ if found_free => Err(StoreError::Contention(
                "another login was faster to record the unionid".into(),
            )),
            _ => Ok(()),
        }
    }
}
