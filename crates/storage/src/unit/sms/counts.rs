//! How messages are counted. The windows of a phone, an address and a block are counted message by message; those of a country
//! and of the tenant, which may hold very many, are sums of quarters of an hour.
//!
//! Each of these selects two numbers, and [`read`] runs them as one statement.

use crate::{
    entity::{
        sms_messages,
        sms_volumes::{self, SLOT, slot_of},
    },
    error::OrStore,
};
use hufu_core::{
    id::TenantId,
    store::{Result, StoreError},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Asterisk, Expr, Func, Query, SelectStatement, SimpleExpr, UnionType},
};

/// Two numbers; NULL where there was nothing to add up.
pub(super) type Numbers = (Option<i64>, Option<i64>);

/// How many of `these` messages were sent after `start`, and when the first of them was. More than one beyond `most` are not
/// looked at.
pub(super) fn of_messages(tenant: TenantId, these: SimpleExpr, start: i64, most: u32) -> SelectStatement {
    use sms_messages::Column as C;
    let within = sms_messages::Entity::find()
        .select_only()
        .column(C::SentAt)
        .filter(C::TenantId.eq(tenant.uuid()))
        .filter(these)
        .filter(C::SentAt.gt(start))
        .order_by_asc(C::SentAt)
        .limit(u64::from(most) + 1)
        .into_query();
    Query::select()
        .expr(Func::count(Expr::col(Asterisk)))
        .expr(Expr::col(C::SentAt).min())
        .from_subquery(within, "within")
        .take()
}

/// How many messages were sent since the slot of `start` began, to one country or to all, and when the first of them was at the
/// latest: at the end of its slot, which is counted whole until that is out of the window.
pub(super) fn of_slots(tenant: TenantId, country: Option<i64>, start: i64) -> SelectStatement {
    use sms_volumes::Column as C;
    volumes(tenant, country, start)
        .expr(total(Expr::col(C::Sent)))
        .expr(Expr::col(C::Slot).min().add(SLOT))
        .take()
}

/// How many messages were sent to a country since the slot of `start` began, and how many came back.
pub(super) fn came_back_of_slots(tenant: TenantId, country: i64, start: i64) -> SelectStatement {
    use sms_volumes::Column as C;
    volumes(tenant, Some(country), start)
        .expr(total(Expr::col(C::Sent)))
        .expr(total(Expr::col(C::CameBack)))
        .take()
}

/// How many of `these` messages there were, and how many of them came back.
pub(super) fn came_back(tenant: TenantId, these: Condition) -> SelectStatement {
    use sms_messages::Column as C;
    let came_back = Expr::case(C::CameBack.eq(true), 1).finally(0);
    Query::select()
        .expr(Func::count(Expr::col(Asterisk)))
        .expr(total(Expr::expr(came_back)))
        .from(sms_messages::Entity)
        .and_where(C::TenantId.eq(tenant.uuid()))
        .cond_where(these)
        .take()
}

fn volumes(tenant: TenantId, country: Option<i64>, start: i64) -> SelectStatement {
    use sms_volumes::Column as C;
    let mut select = Query::select()
        .from(sms_volumes::Entity)
        .and_where(C::TenantId.eq(tenant.uuid()))
        .and_where(C::Slot.gte(slot_of(start)))
        .take();
    if let Some(country) = country {
        select.and_where(C::Country.eq(country));
    }
    select
}

/// A sum of whole numbers, which PostgreSQL gives as a decimal one.
fn total(what: Expr) -> SimpleExpr {
    what.sum().cast_as("bigint")
}

/// Runs them all at once and gives what each selects, in their order.
pub(super) async fn read<C: ConnectionTrait>(db: &C, selects: Vec<SelectStatement>) -> Result<Vec<Numbers>> {
    let mut numbers = vec![Numbers::default(); selects.len()];
    // The rows of a union come in no order, so each tells which it is.
    let numbered = selects
        .into_iter()
        .zip(0_i32..)
        .map(|(mut select, which)| select.expr(Expr::val(which)).take());
    let all = numbered.reduce(|mut all, next| all.union(UnionType::All, next).take());
    let Some(all) = all else { return Ok(numbers) };
    for row in db.query_all(&all).await.or_store()? {
        let which: i32 = row.try_get_by_index(2).or_store()?;
        let place = usize::try_from(which)
            .ok()
            .and_then(|which| numbers.get_mut(which));
        let place = place.ok_or_else(|| StoreError::Defect("a count that nobody asked for".into()))?;
        *place = (
            row.try_get_by_index(0).or_store()?,
            row.try_get_by_index(1).or_store()?,
        );
    }
    Ok(numbers)
}

pub(super) fn number(count: Option<i64>) -> u32 {
    u32::try_from(count.unwrap_or_default()).unwrap_or(u32::MAX)
}
