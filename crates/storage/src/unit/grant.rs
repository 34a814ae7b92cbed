//! What a refresh or a revocation reads and writes.

use super::TenantUnit;
use crate::{
    entity::{grants, refresh_tokens, revoked_tokens},
    error::OrStore,
    live,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    grant::{LiveGrant, RefreshToken, Spent},
    id::{GrantId, RefreshTokenId},
    store::{GrantUnit, Result},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

#[async_trait]
impl GrantUnit for TenantUnit<'_> {
    async fn refresh_token(&mut self, id: RefreshTokenId) -> Result<Option<(RefreshToken, LiveGrant)>> {
        live::refresh_token(self.tx, self.tenant, id).await
    }

    /// A compare-and-set: whatever ends a session or a user revokes its grants as well, so this sees that too.
    async fn spend(&mut self, grant: GrantId, before: Option<Spent>, spent: Spent) -> Result<bool> {
        let update = grants::Entity::update_many()
            .col_expr(
                grants::Column::SpentGeneration,
                Expr::value(i64::from(spent.generation)),
            )
            .col_expr(grants::Column::SpentToken, Expr::value(spent.token.uuid()))
            .filter(grants::Column::TenantId.eq(self.tenant.uuid()))
            .filter(grants::Column::Id.eq(grant.uuid()))
            .filter(grants::Column::RevokedAt.is_null());
        let update = match before {
            None => update.filter(grants::Column::SpentGeneration.is_null()),
            Some(before) => update
                .filter(grants::Column::SpentGeneration.eq(i64::from(before.generation)))
                .filter(grants::Column::SpentToken.eq(before.token.uuid())),
        };
        Ok(update.exec(self.tx).await.or_store()?.rows_affected == 1)
    }

    async fn insert_refresh_token(&mut self, token: &RefreshToken) -> Result<()> {
        self.add_refresh_token(token).await
    }

    async fn prolong_refresh_token(&mut self, id: RefreshTokenId, expires_at: Instant) -> Result<()> {
        use refresh_tokens::Column as C;
        refresh_tokens::Entity::update_many()
            .col_expr(C::ExpiresAt, Expr::value(expires_at.timestamp_millis()))
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(C::Id.eq(id.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn revoke_family(&mut self, grant: GrantId, now: Instant) -> Result<bool> {
        let revoked = grants::Entity::update_many()
            .col_expr(grants::Column::RevokedAt, Expr::value(now.timestamp_millis()))
            .filter(grants::Column::TenantId.eq(self.tenant.uuid()))
            .filter(grants::Column::Id.eq(grant.uuid()))
            .filter(grants::Column::RevokedAt.is_null())
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(revoked.rows_affected == 1)
    }

    async fn revoke_access_token(&mut self, jti: &str, expires_at: Instant) -> Result<()> {
        let row = revoked_tokens::Model {
            tenant_id: self.tenant.uuid(),
            jti: jti.to_owned(),
            expires_at: expires_at.timestamp_millis(),
        };
        revoked_tokens::Entity::insert(row.into_active_model())
            .on_conflict_do_nothing_on([revoked_tokens::Column::TenantId, revoked_tokens::Column::Jti])
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }
}
