//! What accounts read and write: passwords, sessions beside the one that asks, closing, profiles and consents.

use super::{TenantUnit, user};
use crate::{
    accounts::{self, by_name, is_identity, of_identity, of_name},
    entity::{consents, identities, passwords, profiles, users},
    error::OrStore,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    consent::Consent,
    id::{IdentityId, SessionId, UserId},
    merge::Merge,
    password::{PasswordHash, Username},
    profile::Profile,
    store::{Account, AccountUnit, Result, StoreError},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect,
    entity::prelude::Uuid,
    sea_query::{Alias, Expr, OnConflict, Query},
};

#[async_trait]
impl AccountUnit for TenantUnit<'_> {
    /// Its user is locked: whoever changes the password locks them too, so that the hash stays this one until the unit ends.
    async fn account(&mut self, username: &Username) -> Result<Option<Account>> {
        let locked = self.lock_user_of(of_name(self.tenant, username)).await?;
        still_theirs(by_name(self.tx, self.tenant, username).await?, locked)
    }

    /// Locked, as [`AccountUnit::account`] is.
    async fn account_of(&mut self, identity: IdentityId) -> Result<Option<Account>> {
        let locked = self.lock_user_of(is_identity(self.tenant, identity)).await?;
        let account = still_theirs(of_identity(self.tx, self.tenant, identity).await?, locked)?;
        self.found
            .identities
            .extend(account.as_ref().map(|account| account.identity.id));
        Ok(account)
    }

    async fn set_password(&mut self, identity: IdentityId, hash: &PasswordHash, now: Instant) -> Result<()> {
        use passwords::Column as C;
        let row = passwords::Model::of(self.tenant, identity, hash, now);
        passwords::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([C::TenantId, C::IdentityId])
                    .update_columns([C::Hash, C::ChangedAt])
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn end_other_sessions(
        &mut self,
        user: UserId,
        keep: Option<SessionId>,
        now: Instant,
    ) -> Result<u64> {
        user::forget_codes(self.tx, self.tenant, user).await?;
        let kept = keep.map(|keep| user::session(self.tenant, user, keep));
        user::end_all_but(self.tx, self.tenant, user, kept, now).await
    }

    async fn end_oldest_sessions(&mut self, user: UserId, keep: u32, now: Instant) -> Result<()> {
        let kept = user::newest_sessions(self.tenant, user, keep, now);
        user::end_all_but(self.tx, self.tenant, user, Some(kept), now).await?;
        Ok(())
    }

    async fn set_closing(&mut self, user: UserId, closes_at: Option<Instant>) -> Result<()> {
        let closes_at = closes_at.map(|at| at.timestamp_millis());
        users::Entity::update_many()
            .col_expr(users::Column::ClosesAt, Expr::value(closes_at))
            .filter(users::Column::TenantId.eq(self.tenant.uuid()))
            .filter(users::Column::Id.eq(user.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn put_profile(&mut self, user: UserId, profile: &Profile) -> Result<()> {
        use profiles::Column as C;
        let row = profiles::Model::of(self.tenant, user, profile);
        let replaced = C::iter().filter(|column| !matches!(column, C::TenantId | C::UserId));
        profiles::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([C::TenantId, C::UserId])
                    .update_columns(replaced)
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn last_consents(&mut self, user: UserId) -> Result<Vec<Consent>> {
        use consents::Column as C;
        let later = || Alias::new("later");
        let of_later = |column: C| Expr::col((later(), column));
        let here = |column: C| Expr::col((consents::Entity, column));
        let one_later = Query::select()
            .expr(Expr::val(1))
            .from_as(consents::Entity, later())
            .and_where(of_later(C::TenantId).eq(self.tenant.uuid()))
            .and_where(of_later(C::UserId).eq(user.uuid()))
            .and_where(of_later(C::Document).eq(here(C::Document)))
            .and_where(of_later(C::Id).gt(here(C::Id)))
            .take();
        let last =
            accounts::consents(self.tenant, user).filter(Condition::all().not().add(Expr::exists(one_later)));
        accounts::read_consents(self.tx, last).await
    }

    async fn add_consent(&mut self, consent: &Consent) -> Result<()> {
        let row = consents::Model::of(self.tenant, consent);
        consents::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn move_identities(
        &mut self,
        ids: &[IdentityId],
        from: UserId,
        to: UserId,
    ) -> Result<Vec<IdentityId>> {
        self.give_identities(ids, from, to).await
    }

    async fn insert_merge(&mut self, merge: &Merge) -> Result<()> {
        self.add_merge(merge).await
    }

    async fn merge_of(&mut self, merged: UserId) -> Result<Option<Merge>> {
        self.last_merge_of(merged).await
    }

    async fn undo_merge(&mut self, merge: &Merge, now: Instant) -> Result<()> {
        self.mark_undone(merge, now).await
    }
}

impl TenantUnit<'_> {
    /// Locks the user whose identity that is.
    async fn lock_user_of(&mut self, identity: Condition) -> Result<Option<UserId>> {
        let user: Option<Uuid> = identities::Entity::find()
            .select_only()
            .column(identities::Column::UserId)
            .filter(identity)
            .into_tuple()
            .one(self.tx)
            .await
            .or_store()?;
        let Some(user) = user.map(UserId::from_uuid) else {
            return Ok(None);
        };
        let locked = self.lock_users(&[user]).await?;
        Ok(locked.first().map(|user| user.id))
    }
}

/// The account, where it is that of the user who was locked for it.
fn still_theirs(account: Option<Account>, locked: Option<UserId>) -> Result<Option<Account>> {
    match account {
        Some(account) if locked != Some(account.user.id) => Err(StoreError::Contention(format!(
            "identity {} is another user's now",
            account.identity.id
        ))),
        account => Ok(account),
    }
}
