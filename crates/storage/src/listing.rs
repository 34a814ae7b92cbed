//! Keyset paging: a page begins after the last key of the page before, which an index finds.
//!
//! A cursor that is not a key of the listing gives an empty page. The API checks cursors before it asks; one that comes
//! through all the same is answered like one behind the last row.

use crate::error::OrStore;
use hufu_core::{
    Invalid,
    page::{Page, PageRequest},
    store::{Result, StoreError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    Value,
};

/// In which order of its key a listing comes.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first: by a time-ordered id, the newest.
    Descending,
}

/// A page of `rows`, ordered by `key`. `parse` reads a cursor, `convert` a row; `cursor` writes the cursor of an item.
pub(crate) async fn page<E, T, V>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    (key, direction): (E::Column, Direction),
    request: &PageRequest,
    parse: impl Fn(&str) -> std::result::Result<V, Invalid>,
    convert: impl Fn(E::Model) -> Result<T>,
    cursor: impl Fn(&T) -> String,
) -> Result<Page<T>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    V: Into<Value>,
{
    let mut rows = rows;
    if let Some(after) = &request.after {
        let Ok(after) = parse(after) else {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        };
        let after: Value = after.into();
        rows = rows.filter(match direction {
            Direction::Ascending => key.gt(after),
            Direction::Descending => key.lt(after),
        });
    }
    let rows = match direction {
        Direction::Ascending => rows.order_by_asc(key),
        Direction::Descending => rows.order_by_desc(key),
    };
    let models = rows
        .limit(u64::from(request.limit.get()) + 1)
        .all(db)
        .await
        .or_store()?;
    let items = models
        .into_iter()
        .map(convert)
        .collect::<std::result::Result<_, StoreError>>()?;
    Ok(Page::cut(items, request.limit, cursor))
}
