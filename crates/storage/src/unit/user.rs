//! Users' rows: locked before their state changes, and what ends with it.

use crate::{
    entity::{grants, sessions, users},
    error::OrStore,
};
use hufu_core::{
    Instant,
    id::{TenantId, UserId},
    store::Result,
    user::{User, UserState},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

/// Locks the users' rows until the transaction ends and gives them, in the order of their ids.
pub(super) async fn lock<C: ConnectionTrait>(db: &C, tenant: TenantId, ids: &[UserId]) -> Result<Vec<User>> {
    let rows = users::Entity::find()
        .filter(users::Column::TenantId.eq(tenant.uuid()))
        .filter(users::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(users::Column::Id)
        .lock_exclusive()
        .all(db)
        .await
        .or_store()?;
    rows.into_iter().map(User::try_from).collect()
}

/// Writes the state of a locked user.
pub(super) async fn set_state<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    id: UserId,
    state: UserState,
    now: Instant,
) -> Result<()> {
    let (state, merged_into) = users::columns(state);
    users::Entity::update_many()
        .col_expr(users::Column::State, Expr::value(state))
        .col_expr(users::Column::MergedInto, Expr::value(merged_into))
        .col_expr(users::Column::UpdatedAt, Expr::value(now.timestamp_millis()))
        .filter(users::Column::TenantId.eq(tenant.uuid()))
        .filter(users::Column::Id.eq(id.uuid()))
        .exec(db)
        .await
        .or_store()?;
    Ok(())
}

/// Ends all sessions of a locked user and revokes all its grants.
pub(super) async fn end_sessions<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    user: UserId,
    now: Instant,
) -> Result<()> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .filter(sessions::Column::TenantId.eq(tenant.uuid()))
        .filter(sessions::Column::UserId.eq(user.uuid()))
        .filter(sessions::Column::EndedAt.is_null())
        .exec(db)
        .await
        .or_store()?;
    grants::Entity::update_many()
        .col_expr(grants::Column::RevokedAt, Expr::value(now.timestamp_millis()))
        .filter(grants::Column::TenantId.eq(tenant.uuid()))
        .filter(grants::Column::SessionId.in_subquery(sessions_of(tenant, user)))
        .filter(grants::Column::RevokedAt.is_null())
        .exec(db)
        .await
        .or_store()?;
    Ok(())
}

/// Selects the ids of all sessions of a user, ended or not. Grants are found by these: a join leaves SQLite the choice
/// to go through all grants of the tenant, and it takes it.
pub(super) fn sessions_of(tenant: TenantId, user: UserId) -> SelectStatement {
    sessions::Entity::find()
        .select_only()
        .column(sessions::Column::Id)
        .filter(sessions::Column::TenantId.eq(tenant.uuid()))
        .filter(sessions::Column::UserId.eq(user.uuid()))
        .into_query()
}
