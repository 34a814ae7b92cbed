//! What signing in in a browser and authorizing a client read and write.

use super::{TenantUnit, user};
use crate::{
    browsers,
    entity::{
        authorization_codes, authorization_requests, client_consents, devices, grants, sessions, users,
    },
    error::OrStore,
    insert,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    authorization::{ClientConsent, PendingRequest},
    client::ClientId,
    grant::{Grant, RefreshToken},
    id::{RequestId, SessionId, UserId},
    session::Session,
    store::{BrowserUnit, Result, StoreError},
    user::User,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType, OnConflict, Query},
};

#[async_trait]
impl BrowserUnit for TenantUnit<'_> {
    /// Read before its user is locked, and again after: whoever ends sessions locks the user first, too.
    async fn browser_session(&mut self, id: SessionId) -> Result<Option<(Session, User)>> {
        let key = (self.tenant.uuid(), id.uuid());
        let seen = sessions::Entity::find_by_id(key).one(self.tx).await.or_store()?;
        let Some(seen) = seen else { return Ok(None) };
        let user = self.lock_users(&[UserId::from_uuid(seen.user_id)]).await?.pop();
        let row = sessions::Entity::find_by_id(key)
            .lock(LockType::NoKeyUpdate)
            .one(self.tx)
            .await
            .or_store()?;
        match (row, user) {
            (Some(row), Some(user)) if row.user_id == user.id.uuid() && row.cookie_hash.is_some() => {
                Ok(Some((row.try_into()?, user)))
            }
            _ => Ok(None),
        }
    }

    async fn open_browser_session(&mut self, session: &Session) -> Result<()> {
        // Held until the unit ends, so that what the next statement reads of the user stays true.
        users::Entity::find_by_id((self.tenant.uuid(), session.user_id.uuid()))
            .lock(LockType::KeyShare)
            .one(self.tx)
            .await
            .or_store()?;
        let row = sessions::Model::of(self.tenant, session);
        let mut parent = Query::select();
        parent.from(users::Entity);
        self.is_who_signed_in(&mut parent, session.user_id);
        if insert::for_each(self.tx, row.into_active_model(), parent).await? == 0 {
            return Err(StoreError::Contention(format!(
                "{} is not who signed in any more",
                session.user_id
            )));
        }
        Ok(())
    }

    async fn renew_session(&mut self, session: &Session) -> Result<()> {
        use sessions::Column as C;
        let row = sessions::Model::of(self.tenant, session);
        sessions::Entity::update_many()
            .col_expr(C::Amr, Expr::value(row.amr))
            .col_expr(C::AuthTime, Expr::value(row.auth_time))
            .col_expr(C::ExpiresAt, Expr::value(row.expires_at))
            .col_expr(C::CookieHash, Expr::value(row.cookie_hash))
            .col_expr(C::SeenAt, Expr::value(row.seen_at))
            .col_expr(C::UserAgent, Expr::value(row.user_agent))
            .filter(C::TenantId.eq(row.tenant_id))
            .filter(C::Id.eq(row.id))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn open_grant(&mut self, grant: &Grant, token: Option<&RefreshToken>) -> Result<()> {
        let row = grants::Model::of(self.tenant, grant);
        let parents = self.parents(grant.user_id, &grant.client_id);
        if insert::for_each(self.tx, row.into_active_model(), parents).await? == 0 {
            return Err(StoreError::Gone(format!(
                "client {} or its user",
                grant.client_id
            )));
        }
        match token {
            Some(token) => self.add_refresh_token(token).await,
            None => Ok(()),
        }
    }

    async fn put_request(&mut self, request: &PendingRequest) -> Result<()> {
        use authorization_requests::Column as C;
        let key = self.vault.data_key(self.tx, self.tenant).await?;
        let row = authorization_requests::Model::seal(self.tenant, request, &key, self.vault.random())?;
        let replaced = C::iter().filter(|column| !matches!(column, C::TenantId | C::Id));
        authorization_requests::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([C::TenantId, C::Id])
                    .update_columns(replaced)
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn delete_request(&mut self, id: RequestId) -> Result<bool> {
        let deleted = authorization_requests::Entity::delete_by_id((self.tenant.uuid(), id.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(deleted.rows_affected == 1)
    }

    async fn client_consent(&mut self, user: UserId, client: &ClientId) -> Result<Option<ClientConsent>> {
        browsers::client_consent(self.tx, self.tenant, user, client).await
    }

    async fn put_client_consent(&mut self, consent: &ClientConsent) -> Result<()> {
        use client_consents::Column as C;
        let row = client_consents::Model::of(self.tenant, consent);
        client_consents::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([C::TenantId, C::UserId, C::ClientId])
                    .update_columns([C::Scope, C::UpdatedAt])
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn revoke_client(&mut self, user: UserId, client: &ClientId, now: Instant) -> Result<bool> {
        let key = (self.tenant.uuid(), user.uuid(), client.to_string());
        let forgotten = client_consents::Entity::delete_by_id(key)
            .exec(self.tx)
            .await
            .or_store()?;
        let revoked = grants::Entity::update_many()
            .col_expr(grants::Column::RevokedAt, Expr::value(now.timestamp_millis()))
            .filter(grants::Column::TenantId.eq(self.tenant.uuid()))
            .filter(grants::Column::SessionId.in_subquery(user::sessions_of(self.tenant, user)))
            .filter(grants::Column::ClientId.eq(client.as_str()))
            .filter(grants::Column::RevokedAt.is_null())
            .exec(self.tx)
            .await
            .or_store()?;
        // What was allowed and has not been used would open a grant.
        authorization_codes::Entity::delete_many()
            .filter(authorization_codes::Column::TenantId.eq(self.tenant.uuid()))
            .filter(authorization_codes::Column::UserId.eq(user.uuid()))
            .filter(authorization_codes::Column::ClientId.eq(client.as_str()))
            .filter(authorization_codes::Column::UsedAt.is_null())
            .exec(self.tx)
            .await
            .or_store()?;
        devices::Entity::delete_many()
            .filter(devices::Column::TenantId.eq(self.tenant.uuid()))
            .filter(devices::Column::UserId.eq(user.uuid()))
            .filter(devices::Column::ClientId.eq(client.as_str()))
            .filter(devices::Column::State.eq("allowed"))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(forgotten.rows_affected + revoked.rows_affected > 0)
    }
}
