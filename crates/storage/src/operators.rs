//! Operators, and the platform's own log.

use crate::{
    SqlStore,
    entity::{events::PLATFORM, operators},
    error::OrStore,
    listing::{Direction, page},
    log::{self, record},
    writer::Job,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    event::Event,
    id::{OperatorId, TenantId},
    operator::{Operator, OperatorScope},
    page::{Page, PageRequest},
    store::{Operators, Result},
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::Expr,
};

#[async_trait]
impl Operators for SqlStore {
    async fn operator(&self, id: OperatorId) -> Result<Option<Operator>> {
        operators::Entity::find_by_id(id.uuid())
            .one(self.db())
            .await
            .or_store()?
            .map(Operator::try_from)
            .transpose()
    }

    async fn operators(&self, tenant: Option<TenantId>, request: &PageRequest) -> Result<Page<Operator>> {
        let mut rows = operators::Entity::find();
        if let Some(tenant) = tenant {
            rows = rows.filter(operators::Column::TenantId.eq(tenant.uuid()));
        }
        page(
            self.db(),
            rows,
            (operators::Column::Id, Direction::Ascending),
            request,
            |cursor| OperatorId::parse(cursor).map(OperatorId::uuid),
            Operator::try_from,
            |operator| operator.id.to_string(),
        )
        .await
    }

    async fn create_operator(&self, operator: &Operator, event: &Event) -> Result<()> {
        self.write(Create {
            operator: operator.clone(),
            event: event.clone(),
        })
        .await
    }

    async fn revoke_operator(&self, id: OperatorId, now: Instant, event: &Event) -> Result<bool> {
        self.write(Revoke {
            id,
            now,
            event: event.clone(),
        })
        .await
    }

    async fn platform_events(&self, request: &PageRequest) -> Result<Page<Event>> {
        log::read(self.db(), PLATFORM, request).await
    }
}

struct Create {
    operator: Operator,
    event: Event,
}

#[async_trait]
impl Job for Create {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let row = operators::Model::from(&self.operator);
        operators::Entity::insert(row.into_active_model())
            .exec_without_returning(tx)
            .await
            .or_store()?;
        record(tx, log_of(&self.operator), &self.event).await
    }
}

struct Revoke {
    id: OperatorId,
    now: Instant,
    event: Event,
}

#[async_trait]
impl Job for Revoke {
    type Output = bool;

    async fn run(&self, tx: &DatabaseTransaction) -> Result<bool> {
        let row = operators::Entity::find_by_id(self.id.uuid())
            .filter(operators::Column::RevokedAt.is_null())
            .lock_exclusive()
            .one(tx)
            .await
            .or_store()?;
        let Some(row) = row else { return Ok(false) };
        operators::Entity::update_many()
            .col_expr(
                operators::Column::RevokedAt,
                Expr::value(self.now.timestamp_millis()),
            )
            .filter(operators::Column::Id.eq(self.id.uuid()))
            .exec(tx)
            .await
            .or_store()?;
        record(tx, log_of(&Operator::try_from(row)?), &self.event).await?;
        Ok(true)
    }
}

/// Whose log tells of the operator: its tenant's where it is limited to one, else the platform's.
const fn log_of(operator: &Operator) -> TenantId {
    match operator.scope {
        OperatorScope::Platform => PLATFORM,
        OperatorScope::Tenant(tenant) => tenant,
    }
}
