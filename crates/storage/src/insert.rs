//! Inserting a row only where another one is there: `INSERT … SELECT … FROM` that other row, so that the look and the
//! insert are one statement.

use crate::error::OrStore;
use hufu_core::store::{Result, StoreError};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, EntityTrait, Iterable,
    sea_query::{Expr, Query, SelectStatement},
};

/// Inserts `row` once for every row of `parents`, which selects nothing yet: once or not at all where it is found by
/// its key. Gives the number.
pub(crate) async fn for_each<A, C>(db: &C, mut row: A, mut parents: SelectStatement) -> Result<u64>
where
    A: ActiveModelTrait,
    C: ConnectionTrait,
{
    let mut columns = Vec::new();
    for column in <A::Entity as EntityTrait>::Column::iter() {
        if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = row.take(column) {
            columns.push(column);
            parents.expr(Expr::val(value));
        }
    }
    let mut insert = Query::insert();
    insert
        .into_table(A::Entity::default())
        .columns(columns)
        .select_from(parents)
        .map_err(|error| StoreError::Defect(error.to_string()))?;
    Ok(db.execute(&insert).await.or_store()?.rows_affected())
}
