//! What a sign-in by scan reads and writes.

use super::TenantUnit;
use crate::{entity::scans, error::OrStore};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    id::{RequestId, ScanId},
    scan::{Scan, ScanState},
    store::{Result, ScanUnit},
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, TryInsertResult,
    sea_query::{Expr, ExprTrait},
};

#[async_trait]
impl ScanUnit for TenantUnit<'_> {
    async fn put_scan(&mut self, scan: &Scan) -> Result<bool> {
        use scans::Column as C;
        let row = scans::Model::of(self.tenant, scan);
        let inserted = scans::Entity::insert(row.into_active_model())
            .on_conflict_do_nothing_on([C::TenantId, C::Id])
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
    }

    async fn scan(&mut self, id: ScanId) -> Result<Option<Scan>> {
        let row = scans::Entity::find_by_id((self.tenant.uuid(), id.uuid()))
            .lock_exclusive()
            .one(self.tx)
            .await
            .or_store()?;
        row.map(Scan::try_from).transpose()
    }

    async fn set_scan_state(&mut self, id: ScanId, before: ScanState, after: ScanState) -> Result<bool> {
        use scans::Column as C;
        let (was, whose, _) = scans::columns(before);
        let (state, user, identity) = scans::columns(after);
        let mut update = scans::Entity::update_many()
            .col_expr(C::State, Expr::value(state))
            .col_expr(C::UserId, Expr::value(user))
            .col_expr(C::IdentityId, Expr::value(identity))
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(C::Id.eq(id.uuid()))
            .filter(C::State.eq(was));
        if let Some(user) = whose {
            update = update.filter(C::UserId.eq(user));
        }
        let updated = update.exec(self.tx).await.or_store()?;
        Ok(updated.rows_affected == 1)
    }

    async fn count_picture(&mut self, id: ScanId, most: u32) -> Result<bool> {
        use scans::Column as C;
        let updated = scans::Entity::update_many()
            .col_expr(C::Pictures, Expr::col(C::Pictures).add(1))
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(C::Id.eq(id.uuid()))
            .filter(C::Pictures.lt(i64::from(most)))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(updated.rows_affected == 1)
    }

    async fn open_scans(&mut self, request: RequestId, now: Instant) -> Result<u64> {
        use scans::Column as C;
        scans::Entity::find()
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(C::RequestId.eq(request.uuid()))
            .filter(C::ExpiresAt.gt(now.timestamp_millis()))
            .count(self.tx)
            .await
            .or_store()
    }
}
