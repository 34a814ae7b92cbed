//! Tokens with which clients register themselves.

use super::TenantUnit;
use crate::{entity::initial_tokens, error::OrStore};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    id::InitialTokenId,
    registration::InitialToken,
    store::{RegistrationUnit, Result},
    token::SecretHash,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

#[async_trait]
impl RegistrationUnit for TenantUnit<'_> {
    async fn insert_initial_token(&mut self, token: &InitialToken) -> Result<()> {
        let row = initial_tokens::Model::of(self.tenant, token).into_active_model();
        initial_tokens::Entity::insert(row)
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn spend_initial_token(
        &mut self,
        id: InitialTokenId,
        hash: SecretHash,
        now: Instant,
    ) -> Result<bool> {
        use initial_tokens::Column as C;
        let spent = initial_tokens::Entity::update_many()
            .col_expr(C::UsesLeft, Expr::col(C::UsesLeft).sub(1))
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(C::Id.eq(id.uuid()))
            .filter(C::Hash.eq(hash.as_bytes().to_vec()))
            .filter(C::UsesLeft.gt(0))
            .filter(C::ExpiresAt.gt(now.timestamp_millis()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(spent.rows_affected > 0)
    }

    async fn delete_initial_token(&mut self, id: InitialTokenId) -> Result<bool> {
        let deleted = initial_tokens::Entity::delete_by_id((self.tenant.uuid(), id.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(deleted.rows_affected > 0)
    }
}
