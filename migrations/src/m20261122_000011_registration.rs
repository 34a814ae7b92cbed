//! Tokens with which clients register themselves.

use crate::schema::{belongs_to_tenant, bytes, id, index, instant, number, primary_key, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tokens = table("initial_tokens")
            .col(id("tenant_id"))
            .col(id("id"))
            .col(bytes("hash"))
            .col(number("uses_left"))
            .col(instant("created_at"))
            .col(instant("expires_at"))
            .primary_key(&mut primary_key(&["tenant_id", "id"]))
            .foreign_key(&mut belongs_to_tenant("initial_tokens"))
            .take();
        manager.create_table(tokens).await?;
        // Across tenants: housekeeping removes the dead of all of them.
        manager
            .create_index(index("initial_tokens", &["expires_at"]))
            .await
    }
}
