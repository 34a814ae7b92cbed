//! What stands above tenants: operators, the event logs, and the check of the master key.

use crate::schema::{
    belongs_to_tenant, bytes, id, id_null, index, instant, instant_null, json, number, primary_key, table,
    text, text_null,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `tenant_id` is NULL for an operator of the whole installation.
        manager
            .create_table(
                table("operators")
                    .col(id("id"))
                    .col(id_null("tenant_id"))
                    .col(text("name"))
                    .col(bytes("hash"))
                    .col(instant("created_at"))
                    .col(instant_null("revoked_at"))
                    .primary_key(&mut primary_key(&["id"]))
                    .foreign_key(&mut belongs_to_tenant("operators"))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("operators", &["tenant_id", "id"]))
            .await?;
        // The platform's own log is that of the nil UUID, hence no foreign key.
        manager
            .create_table(
                table("events")
                    .col(id("tenant_id"))
                    .col(id("id"))
                    .col(instant("at"))
                    .col(text("actor_kind"))
                    .col(text_null("actor_id"))
                    .col(text_null("ip"))
                    .col(text("kind"))
                    .col(text("target"))
                    .col(json("detail"))
                    .primary_key(&mut primary_key(&["tenant_id", "id"]))
                    .take(),
            )
            .await?;
        // One row, with id 1: a known text sealed by the master key, which `under` names.
        manager
            .create_table(
                table("installation")
                    .col(number("id"))
                    .col(text("under"))
                    .col(bytes("key_check"))
                    .col(instant("created_at"))
                    .primary_key(&mut primary_key(&["id"]))
                    .take(),
            )
            .await
    }
}
