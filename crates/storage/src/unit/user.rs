//! Users' rows: locked before their state changes, and what ends with it.

use super::TenantUnit;
use crate::{
    entity::{authorization_codes, consents, grants, scans, sessions, users},
    error::OrStore,
    logouts,
};
use hufu_core::{
    Instant,
    id::{SessionId, TenantId, UserId},
    store::Result,
    user::{User, UserState},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, LockBehavior, LockType, SelectStatement},
};

impl TenantUnit<'_> {
    /// Locks the users' rows until the transaction ends and gives them, in the order of their ids.
    ///
    /// A unit that holds users waits for one of a higher id alone, so that no two units wait for one another, which PostgreSQL would
    /// notice a second later. One of a lower id that somebody else holds is a lost race: the unit is run again.
    pub(super) async fn lock_users(&mut self, ids: &[UserId]) -> Result<Vec<User>> {
        let held = &mut self.found.locked;
        let highest = held.iter().max().copied();
        let is_behind = |id: &UserId| !held.contains(id) && highest.is_some_and(|highest| *id < highest);
        let mut query = users::Entity::find()
            .filter(users::Column::TenantId.eq(self.tenant.uuid()))
            .filter(users::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .order_by_asc(users::Column::Id);
        query = if ids.iter().any(is_behind) {
            query.lock_with_behavior(LockType::Update, LockBehavior::Nowait)
        } else {
            query.lock_exclusive()
        };
        let rows = query.all(self.tx).await.or_store()?;
        held.extend_from_slice(ids);
        rows.into_iter().map(User::try_from).collect()
    }
}

/// Writes the state of a locked user. A tombstone has nothing left to close.
pub(super) async fn set_state<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    id: UserId,
    state: UserState,
    now: Instant,
) -> Result<()> {
    let (state, merged_into) = users::columns(state);
    let mut update = users::Entity::update_many();
    if merged_into.is_some() {
        update = update.col_expr(users::Column::ClosesAt, Expr::value(None::<i64>));
    }
    update
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

/// Ends all sessions of a locked user, revokes all its grants and forgets its codes.
pub(super) async fn end_sessions<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    user: UserId,
    now: Instant,
) -> Result<()> {
    logouts::note(db, tenant, sessions_of(tenant, user), now).await?;
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
    forget_codes(db, tenant, user).await
}

/// Forgets what a locked user has allowed and nobody has used yet, since it would open sessions: codes, and scans.
pub(super) async fn forget_codes<C: ConnectionTrait>(db: &C, tenant: TenantId, user: UserId) -> Result<()> {
    authorization_codes::Entity::delete_many()
        .filter(authorization_codes::Column::TenantId.eq(tenant.uuid()))
        .filter(authorization_codes::Column::UserId.eq(user.uuid()))
        .filter(authorization_codes::Column::UsedAt.is_null())
        .exec(db)
        .await
        .or_store()?;
    scans::Entity::delete_many()
        .filter(scans::Column::TenantId.eq(tenant.uuid()))
        .filter(scans::Column::UserId.eq(user.uuid()))
        .filter(scans::Column::State.is_in(["scanned", "confirmed"]))
        .exec(db)
        .await
        .or_store()?;
    Ok(())
}

/// Ends all live sessions of a locked user but those that `kept` selects, and revokes the grants of all but those. Gives how
/// many ended.
pub(super) async fn end_all_but<C: ConnectionTrait>(
    db: &C,
    tenant: TenantId,
    user: UserId,
    kept: Option<SelectStatement>,
    now: Instant,
) -> Result<u64> {
    let mut revoke = grants::Entity::update_many()
        .col_expr(grants::Column::RevokedAt, Expr::value(now.timestamp_millis()))
        .filter(grants::Column::TenantId.eq(tenant.uuid()))
        .filter(grants::Column::SessionId.in_subquery(sessions_of(tenant, user)))
        .filter(grants::Column::RevokedAt.is_null());
    let mut end = sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .filter(sessions::Column::TenantId.eq(tenant.uuid()))
        .filter(sessions::Column::UserId.eq(user.uuid()))
        .filter(sessions::Column::EndedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(now.timestamp_millis()));
    let mut ending = sessions_of(tenant, user);
    if let Some(kept) = kept {
        ending.and_where(sessions::Column::Id.not_in_subquery(kept.clone()));
        revoke = revoke.filter(grants::Column::SessionId.not_in_subquery(kept.clone()));
        end = end.filter(sessions::Column::Id.not_in_subquery(kept));
    }
    logouts::note(db, tenant, ending, now).await?;
    revoke.exec(db).await.or_store()?;
    Ok(end.exec(db).await.or_store()?.rows_affected)
}

/// Selects the id of one session of a user.
pub(super) fn session(tenant: TenantId, user: UserId, id: SessionId) -> SelectStatement {
    let mut session = sessions_of(tenant, user);
    session.and_where(sessions::Column::Id.eq(id.uuid())).take()
}

/// Selects the ids of the newest live sessions of a user.
pub(super) fn newest_sessions(tenant: TenantId, user: UserId, most: u32, now: Instant) -> SelectStatement {
    sessions::Entity::find()
        .select_only()
        .column(sessions::Column::Id)
        .filter(sessions::Column::TenantId.eq(tenant.uuid()))
        .filter(sessions::Column::UserId.eq(user.uuid()))
        .filter(sessions::Column::EndedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(now.timestamp_millis()))
        .order_by_desc(sessions::Column::Id)
        .limit(u64::from(most))
        .into_query()
}

/// Deletes a user. All that is theirs goes by foreign keys, but for the record of what they consented to: that stays, and does not
/// say from where. `false` where there is none.
pub(crate) async fn delete<C: ConnectionTrait>(db: &C, tenant: TenantId, user: UserId) -> Result<bool> {
    let deleted = users::Entity::delete_by_id((tenant.uuid(), user.uuid()))
        .exec(db)
        .await
        .or_store()?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    consents::Entity::update_many()
        .col_expr(consents::Column::Ip, Expr::value(None::<String>))
        .filter(consents::Column::TenantId.eq(tenant.uuid()))
        .filter(consents::Column::UserId.eq(user.uuid()))
        .exec(db)
        .await
        .or_store()?;
    Ok(true)
}

/// Selects the ids of all sessions of a user, ended or not. Grants are found by these: a join leaves SQLite the choice
/// to go through all grants of the tenant, and it takes it.
pub(crate) fn sessions_of(tenant: TenantId, user: UserId) -> SelectStatement {
    sessions::Entity::find()
        .select_only()
        .column(sessions::Column::Id)
        .filter(sessions::Column::TenantId.eq(tenant.uuid()))
        .filter(sessions::Column::UserId.eq(user.uuid()))
        .into_query()
}
