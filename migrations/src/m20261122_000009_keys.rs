//! Signing keys that are succeeded by themselves.
//!
//! Only an addition. A server of the version before goes on beside this one; what it creates has NULL in the new column and
//! is succeeded by an operator, until the tenant's `keys.rotation_period` is set anew.

use crate::schema::{index, instant_null};
use sea_orm_migration::prelude::*;

/// 90 days in milliseconds: the period of every tenant that has chosen none, which is all of them.
const PERIOD: i64 = 7_776_000_000;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rotates_at = Table::alter()
            .table("signing_keys")
            .add_column(instant_null("rotates_at"))
            .take();
        manager.alter_table(rotates_at).await?;
        // A tenant has few keys: this is no long lock.
        let scheduled = Query::update()
            .table("signing_keys")
            .value("rotates_at", Expr::col("activates_at").add(PERIOD))
            .and_where(Expr::col("retires_at").is_null())
            .take();
        manager.execute(scheduled).await?;
        // Across tenants: those that are due are looked for at once.
        let due = index("signing_keys", &["rotates_at"])
            .and_where(Expr::col("rotates_at").is_not_null())
            .take();
        manager.create_index(due).await
    }
}
