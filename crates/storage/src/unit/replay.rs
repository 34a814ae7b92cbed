//! What is used once.

use super::TenantUnit;
use crate::{entity::used_proofs, error::OrStore};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    store::{Proof, ReplayUnit, Result},
};
use sea_orm::{EntityTrait, IntoActiveModel, TryInsertResult};

#[async_trait]
impl ReplayUnit for TenantUnit<'_> {
    async fn first_use(&mut self, proof: Proof, until: Instant) -> Result<bool> {
        use used_proofs::Column as C;
        let row = used_proofs::Model {
            tenant_id: self.tenant.uuid(),
            digest: proof.digest().to_vec(),
            expires_at: until.timestamp_millis(),
        };
        let inserted = used_proofs::Entity::insert(row.into_active_model())
            .on_conflict_do_nothing_on([C::TenantId, C::Digest])
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
    }
}
