//! Merges: identities that go from one user to another and back.

use super::TenantUnit;
use crate::{
    entity::{identities, merges, wechat_unions},
    error::OrStore,
};
use hufu_core::{
    Instant,
    id::{IdentityId, UserId},
    identity::{Identity, UnionKey, WechatIdentity},
    merge::Merge,
    store::Result,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

impl TenantUnit<'_> {
    /// Both users are locked. A union key goes along unless an identity that stays has it too.
    pub(super) async fn give_identities(
        &self,
        ids: &[IdentityId],
        from: UserId,
        to: UserId,
    ) -> Result<Vec<IdentityId>> {
        let rows = identities::Entity::find()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::UserId.eq(from.uuid()))
            .order_by_asc(identities::Column::Id)
            .all(self.tx)
            .await
            .or_store()?;
        let all = rows
            .into_iter()
            .map(Identity::try_from)
            .collect::<Result<Vec<_>>>()?;
        let (go, stay): (Vec<_>, Vec<_>) = all.iter().partition(|identity| ids.contains(&identity.id));
        let moved: Vec<_> = go.iter().map(|identity| identity.id).collect();
        if moved.is_empty() || from == to {
            return Ok(moved);
        }
        identities::Entity::update_many()
            .col_expr(identities::Column::UserId, Expr::value(to.uuid()))
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::UserId.eq(from.uuid()))
            .filter(identities::Column::Id.is_in(moved.iter().map(|id| id.uuid())))
            .exec(self.tx)
            .await
            .or_store()?;
        let kept = keys(&stay);
        let mut given = keys(&go);
        given.retain(|key| !kept.contains(key));
        for key in given {
            self.give_union(&key, from, to).await?;
        }
        Ok(moved)
    }

    async fn give_union(&self, key: &UnionKey, from: UserId, to: UserId) -> Result<()> {
        wechat_unions::Entity::update_many()
            .col_expr(wechat_unions::Column::UserId, Expr::value(to.uuid()))
            .filter(wechat_unions::Column::TenantId.eq(self.tenant.uuid()))
            .filter(wechat_unions::Column::UnionScope.eq(key.scope.as_str()))
            .filter(wechat_unions::Column::Unionid.eq(key.unionid.as_str()))
            .filter(wechat_unions::Column::UserId.eq(from.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    pub(super) async fn add_merge(&self, merge: &Merge) -> Result<()> {
        let row = merges::Model::of(self.tenant, merge);
        merges::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    /// True until the unit ends where the user is locked.
    pub(super) async fn last_merge_of(&self, merged: UserId) -> Result<Option<Merge>> {
        let row = merges::Entity::find()
            .filter(merges::Column::TenantId.eq(self.tenant.uuid()))
            .filter(merges::Column::Merged.eq(merged.uuid()))
            .filter(merges::Column::UndoneAt.is_null())
            .order_by_desc(merges::Column::Id)
            .limit(1)
            .one(self.tx)
            .await
            .or_store()?;
        row.map(Merge::try_from).transpose()
    }

    pub(super) async fn mark_undone(&self, merge: &Merge, now: Instant) -> Result<()> {
        merges::Entity::update_many()
            .col_expr(merges::Column::UndoneAt, Expr::value(now.timestamp_millis()))
            .filter(merges::Column::TenantId.eq(self.tenant.uuid()))
            .filter(merges::Column::Id.eq(merge.id.uuid()))
            .filter(merges::Column::UndoneAt.is_null())
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }
}

/// The union keys of identities.
fn keys(identities: &[&Identity]) -> Vec<UnionKey> {
    let wechat = identities.iter().filter_map(|identity| identity.wechat());
    wechat.filter_map(WechatIdentity::union_key).collect()
}
