//! What a login reads and writes. A returning user's is one select and three inserts.

use super::{TenantUnit, bare, user};
use crate::{
    entity::{clients, grants, identities, refresh_tokens, sessions, users, wechat_pushes, wechat_unions},
    error::OrStore,
    insert,
    live::only,
    log,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    client::ClientId,
    event::Event,
    grant::{Grant, RefreshToken},
    id::{IdentityId, UserId},
    identity::{Identity, OpenId, UnionKey, WechatIdentity},
    phone::PhoneNumber,
    session::Session,
    store::{LoginUnit, Result, StoreError},
    user::{User, UserState},
    wechat_app::AppId,
    wechat_session::KeptKeys,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, TryInsertResult,
    sea_query::{Expr, LockType, Query, SelectStatement},
};

#[async_trait]
impl LoginUnit for TenantUnit<'_> {
    async fn identity(&mut self, appid: &AppId, openid: &OpenId) -> Result<Option<(Identity, User)>> {
        let rows = identities::Entity::find()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::Kind.eq(identities::WECHAT))
            .filter(identities::Column::Issuer.eq(appid.as_str()))
            .filter(identities::Column::Subject.eq(openid.as_str()))
            .find_both_related(users::Entity)
            .all(self.tx)
            .await
            .or_store()?;
        let found: Option<(Identity, User)> = only(rows)
            .map(|(identity, user)| Ok::<_, StoreError>((identity.try_into()?, user.try_into()?)))
            .transpose()?;
        self.found
            .identities
            .extend(found.as_ref().map(|(identity, _)| identity.id));
        Ok(found)
    }

    async fn union_holder(&mut self, key: &UnionKey) -> Result<Option<User>> {
        self.holder_of(key).await
    }

    async fn is_bare(&mut self, user: UserId) -> Result<bool> {
        let bare = bare::is_bare(self.tx, self.tenant, user).await?;
        if bare {
            self.found.bare.push(user);
        }
        Ok(bare)
    }

    async fn insert_user(&mut self, user: &User) -> Result<()> {
        let row = users::Model::of(self.tenant, user);
        users::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn insert_identity(&mut self, identity: &Identity) -> Result<()> {
        let row = identities::Model::of(self.tenant, identity);
        identities::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        match identity.wechat().and_then(WechatIdentity::union_key) {
            Some(key) => self.hold_union(&key, identity.user_id).await,
            None => Ok(()),
        }
    }

    async fn record_union(
        &mut self,
        identity: IdentityId,
        key: &UnionKey,
        holder: Option<UserId>,
    ) -> Result<()> {
        let updated = identities::Entity::update_many()
            .col_expr(identities::Column::Unionid, Expr::value(key.unionid.as_str()))
            .col_expr(identities::Column::UnionScope, Expr::value(key.scope.as_str()))
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::Id.eq(identity.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        if updated.rows_affected == 0 {
            return Err(StoreError::Gone(format!("identity {identity}")));
        }
        match holder {
            Some(user) => self.hold_union(key, user).await,
            None => Ok(()),
        }
    }

    async fn absorb(&mut self, absorbed: UserId, into: UserId, now: Instant) -> Result<()> {
        let locked = self.lock_users(&[absorbed, into]).await?;
        let changed = || StoreError::Contention(format!("{absorbed} or {into} changed"));
        if locked.len() != 2 || !locked.iter().all(User::is_active) {
            return Err(changed());
        }
        if self.found.bare.contains(&absorbed) && !bare::is_bare(self.tx, self.tenant, absorbed).await? {
            return Err(changed());
        }
        identities::Entity::update_many()
            .col_expr(identities::Column::UserId, Expr::value(into.uuid()))
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::UserId.eq(absorbed.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        wechat_unions::Entity::update_many()
            .col_expr(wechat_unions::Column::UserId, Expr::value(into.uuid()))
            .filter(wechat_unions::Column::TenantId.eq(self.tenant.uuid()))
            .filter(wechat_unions::Column::UserId.eq(absorbed.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        user::end_sessions(self.tx, self.tenant, absorbed, now).await?;
        user::set_state(self.tx, self.tenant, absorbed, UserState::Merged { into }, now).await
    }

    async fn open_session(
        &mut self,
        session: &Session,
        grant: &Grant,
        token: Option<&RefreshToken>,
    ) -> Result<()> {
        let row = sessions::Model::of(self.tenant, session);
        sessions::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        // The session's foreign key holds the user's row by now, so what this reads of it stays true.
        let row = grants::Model::of(self.tenant, grant);
        let parents = self.parents(grant.user_id, &grant.client_id);
        if insert::for_each(self.tx, row.into_active_model(), parents).await? == 0 {
            let client = clients::Entity::find_by_id((self.tenant.uuid(), grant.client_id.to_string()));
            return Err(match client.one(self.tx).await.or_store()? {
                None => StoreError::Gone(format!("client {}", grant.client_id)),
                Some(_) => StoreError::Contention(format!("{} is not who signed in any more", grant.user_id)),
            });
        }
        match token {
            Some(token) => self.add_refresh_token(token).await,
            None => Ok(()),
        }
    }

    async fn phone_holder(&mut self, number: &PhoneNumber) -> Result<Option<User>> {
        self.holder_of_phone(number).await
    }

    async fn identities_of(&mut self, user: UserId) -> Result<Vec<Identity>> {
        self.identities_of_user(user).await
    }

    async fn phone_of(&mut self, user: UserId) -> Result<Option<Identity>> {
        self.phone_of_user(user).await
    }

    /// Its user must be locked. A union key that no identity of the user has any more is nobody's.
    async fn remove_identity(&mut self, id: IdentityId) -> Result<bool> {
        let row = identities::Entity::find()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::Id.eq(id.uuid()))
            .all(self.tx)
            .await
            .or_store()?;
        let Some(identity) = only(row).map(Identity::try_from).transpose()? else {
            return Ok(false);
        };
        identities::Entity::delete_many()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::Id.eq(id.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        if let Some(key) = identity.wechat().and_then(WechatIdentity::union_key) {
            let left = self.identities_of_user(identity.user_id).await?;
            let is_held = left
                .iter()
                .any(|left| left.wechat().and_then(WechatIdentity::union_key).as_ref() == Some(&key));
            if !is_held {
                self.release_union(&key, identity.user_id).await?;
            }
        }
        Ok(true)
    }

    async fn session_keys(&mut self, identity: IdentityId) -> Result<Option<KeptKeys>> {
        self.locked_session_keys(identity).await
    }

    async fn keep_session_keys(&mut self, identity: IdentityId, keys: &KeptKeys) -> Result<()> {
        self.put_session_keys(identity, keys).await
    }

    async fn forget_session_keys(&mut self, identity: IdentityId) -> Result<()> {
        self.delete_session_keys(Some(identity)).await
    }

    async fn first_delivery(&mut self, appid: &AppId, digest: [u8; 32], until: Instant) -> Result<bool> {
        use wechat_pushes::Column as C;
        let row = wechat_pushes::Model {
            tenant_id: self.tenant.uuid(),
            appid: appid.to_string(),
            digest: digest.to_vec(),
            expires_at: until.timestamp_millis(),
        };
        let inserted = wechat_pushes::Entity::insert(row.into_active_model())
            .on_conflict_do_nothing_on([C::TenantId, C::Appid, C::Digest])
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
    }

    async fn record(&mut self, event: &Event) -> Result<()> {
        log::record(self.tx, self.tenant, event).await
    }
}

impl TenantUnit<'_> {
    /// Selects a user where it is active and has the identities by which this unit found it, and a client where it is there.
    pub(super) fn parents(&self, user: UserId, client: &ClientId) -> SelectStatement {
        let mut parents = Query::select();
        parents
            .from(users::Entity)
            .from(clients::Entity)
            .and_where(clients::Column::TenantId.eq(self.tenant.uuid()))
            .and_where(clients::Column::Id.eq(client.as_str()));
        self.is_who_signed_in(&mut parents, user);
        // Neither may be deleted before this commits.
        parents.lock(LockType::KeyShare).take()
    }

    /// Narrows a selection from users to `user`, where it is active and has the identities by which this unit found it.
    pub(super) fn is_who_signed_in(&self, parents: &mut SelectStatement, user: UserId) {
        parents
            .and_where(users::Column::TenantId.eq(self.tenant.uuid()))
            .and_where(users::Column::Id.eq(user.uuid()))
            .and_where(users::Column::State.eq(users::ACTIVE));
        for identity in &self.found.identities {
            let theirs = Query::select()
                .expr(Expr::val(1))
                .from(identities::Entity)
                .and_where(identities::Column::TenantId.eq(self.tenant.uuid()))
                .and_where(identities::Column::Id.eq(identity.uuid()))
                .and_where(identities::Column::UserId.eq(user.uuid()))
                .take();
            parents.and_where(Expr::exists(theirs));
        }
    }

    pub(super) async fn add_refresh_token(&self, token: &RefreshToken) -> Result<()> {
        let row = refresh_tokens::Model::of(self.tenant, token);
        refresh_tokens::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }
}
