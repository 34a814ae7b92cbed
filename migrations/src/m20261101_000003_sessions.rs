//! Sessions and what grows from them. Each row dies with the one that it grew from.

use crate::schema::{
    belongs_to, belongs_to_tenant, bytes, id, id_null, index, instant, instant_null, json, key_text, number,
    number_null, primary_key, table, text,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let row = ["tenant_id", "id"];
        manager
            .create_table(
                table("sessions")
                    .col(id("tenant_id"))
                    .col(id("id"))
                    .col(id("user_id"))
                    .col(json("amr"))
                    .col(instant("auth_time"))
                    .col(instant("expires_at"))
                    .col(instant_null("ended_at"))
                    .primary_key(&mut primary_key(&row))
                    .foreign_key(&mut belongs_to(
                        "sessions",
                        &["tenant_id", "user_id"],
                        "users",
                        &row,
                    ))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("sessions", &["tenant_id", "user_id", "id"]))
            .await?;
        manager
            .create_table(
                table("grants")
                    .col(id("tenant_id"))
                    .col(id("id"))
                    .col(id("session_id"))
                    .col(id("user_id"))
                    .col(text("client_id"))
                    .col(text("scope"))
                    .col(instant("created_at"))
                    .col(instant("expires_at"))
                    .col(instant_null("revoked_at"))
                    .col(number_null("spent_generation"))
                    .col(id_null("spent_token"))
                    .primary_key(&mut primary_key(&row))
                    .foreign_key(&mut belongs_to(
                        "grants",
                        &["tenant_id", "session_id"],
                        "sessions",
                        &row,
                    ))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("grants", &["tenant_id", "session_id"]))
            .await?;
        manager
            .create_table(
                table("refresh_tokens")
                    .col(id("tenant_id"))
                    .col(id("id"))
                    .col(id("grant_id"))
                    .col(number("generation"))
                    .col(bytes("hash"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&row))
                    .foreign_key(&mut belongs_to(
                        "refresh_tokens",
                        &["tenant_id", "grant_id"],
                        "grants",
                        &row,
                    ))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("refresh_tokens", &["tenant_id", "grant_id"]))
            .await?;
        manager
            .create_table(
                table("revoked_tokens")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "jti"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "jti"]))
                    .foreign_key(&mut belongs_to_tenant("revoked_tokens"))
                    .take(),
            )
            .await?;
        // Across tenants: housekeeping removes the dead of all of them.
        for table in ["sessions", "grants", "refresh_tokens", "revoked_tokens"] {
            manager.create_index(index(table, &["expires_at"])).await?;
        }
        Ok(())
    }
}
