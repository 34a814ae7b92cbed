//! Whom to tell that a session ended: noted in the unit that ends it, told later by one worker.

use crate::{
    SqlStore,
    entity::{clients, grants, logout_deliveries as deliveries, sessions},
    error::OrStore,
    writer::Job,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    id::TenantId,
    store::{LogoutDelivery, Logouts, Result, StoreError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query, SelectStatement},
};

/// Notes every client that has a grant in one of the live sessions that `ending` selects the ids of, and wants to be told. To be
/// called before these end.
pub(crate) async fn note<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    ending: SelectStatement,
    now: Instant,
) -> Result<()> {
    use deliveries::Column as D;
    let at = now.timestamp_millis();
    let mut whom = Query::select();
    whom.distinct()
        .column((sessions::Entity, sessions::Column::TenantId))
        .column((sessions::Entity, sessions::Column::Id))
        .column((clients::Entity, clients::Column::Id))
        .column((sessions::Entity, sessions::Column::UserId))
        .expr(Expr::val(0_i64))
        .expr(Expr::val(at))
        .expr(Expr::val(at))
        .from(sessions::Entity)
        .inner_join(
            grants::Entity,
            Expr::col((grants::Entity, grants::Column::TenantId))
                .equals((sessions::Entity, sessions::Column::TenantId))
                .and(
                    Expr::col((grants::Entity, grants::Column::SessionId))
                        .equals((sessions::Entity, sessions::Column::Id)),
                ),
        )
        .inner_join(
            clients::Entity,
            Expr::col((clients::Entity, clients::Column::TenantId))
                .equals((grants::Entity, grants::Column::TenantId))
                .and(
                    Expr::col((clients::Entity, clients::Column::Id))
                        .equals((grants::Entity, grants::Column::ClientId)),
                ),
        )
        .and_where(Expr::col((sessions::Entity, sessions::Column::TenantId)).eq(tenant.uuid()))
        .and_where(Expr::col((sessions::Entity, sessions::Column::Id)).in_subquery(ending))
        .and_where(Expr::col((sessions::Entity, sessions::Column::EndedAt)).is_null())
        .and_where(Expr::col((sessions::Entity, sessions::Column::ExpiresAt)).gt(at))
        .and_where(Expr::col((clients::Entity, clients::Column::BackchannelLogoutUri)).is_not_null());
    let mut insert = Query::insert();
    insert
        .into_table(deliveries::Entity)
        .columns([
            D::TenantId,
            D::SessionId,
            D::ClientId,
            D::UserId,
            D::Attempts,
            D::CreatedAt,
            D::NextAt,
        ])
        .select_from(whom)
        .map_err(|error| StoreError::Defect(error.to_string()))?
        .on_conflict(
            OnConflict::columns([D::TenantId, D::SessionId, D::ClientId])
                .do_nothing()
                .to_owned(),
        );
    db.execute(&insert).await.or_store()?;
    Ok(())
}

#[async_trait]
impl Logouts for SqlStore {
    async fn claim_logouts(&self, now: Instant, lease: Instant, limit: u32) -> Result<Vec<LogoutDelivery>> {
        let job = Claim {
            now: now.timestamp_millis(),
            lease: lease.timestamp_millis(),
            limit: u64::from(limit),
        };
        self.write(job).await
    }

    async fn forget_logout(&self, delivery: &LogoutDelivery) -> Result<()> {
        self.write(Settle {
            delivery: delivery.clone(),
            next_at: None,
        })
        .await
    }

    async fn retry_logout(&self, delivery: &LogoutDelivery, next_at: Instant) -> Result<()> {
        self.write(Settle {
            delivery: delivery.clone(),
            next_at: Some(next_at.timestamp_millis()),
        })
        .await
    }
}

struct Claim {
    now: i64,
    lease: i64,
    limit: u64,
}

#[async_trait]
impl Job for Claim {
    type Output = Vec<LogoutDelivery>;

    /// Rows that another node is claiming are left to it.
    async fn run(&self, tx: &DatabaseTransaction) -> Result<Vec<LogoutDelivery>> {
        use deliveries::Column as D;
        let due = deliveries::Entity::find()
            .filter(D::NextAt.lte(self.now))
            .order_by_asc(D::NextAt)
            .limit(self.limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(tx)
            .await
            .or_store()?;
        for row in &due {
            deliveries::Entity::update_many()
                .col_expr(D::NextAt, Expr::value(self.lease))
                .filter(D::TenantId.eq(row.tenant_id))
                .filter(D::SessionId.eq(row.session_id))
                .filter(D::ClientId.eq(row.client_id.as_str()))
                .exec(tx)
                .await
                .or_store()?;
        }
        due.into_iter().map(LogoutDelivery::try_from).collect()
    }
}

/// Forgets a word, or notes a try that failed.
struct Settle {
    delivery: LogoutDelivery,
    next_at: Option<i64>,
}

#[async_trait]
impl Job for Settle {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        use deliveries::Column as D;
        let delivery = &self.delivery;
        let (tenant, session) = (delivery.tenant.uuid(), delivery.session_id.uuid());
        let client = delivery.client_id.as_str();
        if let Some(next_at) = self.next_at {
            deliveries::Entity::update_many()
                .col_expr(D::NextAt, Expr::value(next_at))
                .col_expr(D::Attempts, Expr::value(i64::from(delivery.attempts) + 1))
                .filter(D::TenantId.eq(tenant))
                .filter(D::SessionId.eq(session))
                .filter(D::ClientId.eq(client))
                .exec(tx)
                .await
                .or_store()?;
            return Ok(());
        }
        deliveries::Entity::delete_many()
            .filter(D::TenantId.eq(tenant))
            .filter(D::SessionId.eq(session))
            .filter(D::ClientId.eq(client))
            .exec(tx)
            .await
            .or_store()?;
        Ok(())
    }
}
