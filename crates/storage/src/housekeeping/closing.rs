//! Accounts whose users closed them, once the cooling-off is over.

use crate::{entity::users, error::OrStore, log, unit::user};
use hufu_core::{
    Instant, Random,
    event::{Actor, Event, EventKind},
    id::{EventId, TenantId, UserId},
    store::Result,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    entity::prelude::Uuid,
    sea_query::{LockBehavior, LockType},
};
use serde_json::json;

/// Accounts in one transaction at the most: each takes all that it has along.
const CHUNK: u64 = 50;

/// Deletes at most `limit` of them, each with an event in its tenant's log, and gives how many.
///
/// Their rows are locked first: whoever signs in and keeps the account has either done so, and then it does not close any
/// more, or comes after this and finds nobody.
pub(super) async fn delete_closed(
    tx: &DatabaseTransaction,
    random: &dyn Random,
    now: Instant,
    limit: u64,
) -> Result<u64> {
    let closed: Vec<(Uuid, Uuid)> = users::Entity::find()
        .select_only()
        .columns([users::Column::TenantId, users::Column::Id])
        .filter(users::Column::ClosesAt.lte(now.timestamp_millis()))
        .order_by_asc(users::Column::ClosesAt)
        .limit(limit.min(CHUNK))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(tx)
        .await
        .or_store()?;
    let mut deleted = 0;
    for (tenant, id) in closed {
        let (tenant, id) = (TenantId::from_uuid(tenant), UserId::from_uuid(id));
        if !user::delete(tx, tenant, id).await? {
            continue;
        }
        deleted += 1;
        let event = Event {
            id: EventId::generate(now, random),
            at: now,
            actor: Actor::System,
            ip: None,
            kind: EventKind::UserDeleted,
            target: id.to_string(),
            detail: json!({"because": "closed"}),
        };
        log::record(tx, tenant, &event).await?;
    }
    Ok(deleted)
}
