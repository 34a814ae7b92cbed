//! The standard claims of users.
//!
//! Only an addition. A server of the version before goes on beside this one; a profile that it writes keeps what is here.

use crate::schema::text_null;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let claims = Table::alter()
            .table("profiles")
            .add_column(text_null("claims"))
            .take();
        manager.alter_table(claims).await
    }
}
