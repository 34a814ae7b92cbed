//! Devices that ask for access: which code somebody is to type, and who did. They live for ten minutes.
//!
//! Only an addition: a server of the version before knows no devices.

use crate::schema::{
    belongs_to, belongs_to_tenant, bytes, id, id_null, index, instant, instant_null, json, number,
    primary_key, table, text, text_null, unique,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("devices")
                    .col(id("tenant_id"))
                    .col(id("id"))
                    .col(bytes("hash"))
                    .col(bytes("user_code"))
                    .col(text("client_id"))
                    .col(text("scope"))
                    .col(json("resources"))
                    .col(text_null("ip"))
                    .col(text("state"))
                    .col(id_null("user_id"))
                    .col(id_null("session_id"))
                    .col(ColumnDef::new("authentication").json_binary())
                    .col(number("poll_interval"))
                    .col(instant_null("polled_at"))
                    .col(instant("created_at"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "id"]))
                    .foreign_key(&mut belongs_to_tenant("devices"))
                    .foreign_key(&mut belongs_to(
                        "devices",
                        &["tenant_id", "user_id"],
                        "users",
                        &["tenant_id", "id"],
                    ))
                    .take(),
            )
            .await?;
        manager
            .create_index(unique("devices", &["tenant_id", "user_code"]))
            .await?;
        manager
            .create_index(index("devices", &["tenant_id", "user_id"]))
            .await?;
        // Across tenants: housekeeping removes the dead of all of them.
        manager.create_index(index("devices", &["expires_at"])).await
    }
}
