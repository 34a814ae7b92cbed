//! Sign-ins by scan: which browser waits for whom. They live for two minutes.
//!
//! Only an addition: a server of the version before knows no scans.

use crate::schema::{
    belongs_to, belongs_to_tenant, bytes, id, id_null, index, instant, number, primary_key, table, text,
    text_null,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("scans")
                    .col(id("tenant_id"))
                    .col(id("id"))
                    .col(bytes("hash"))
                    .col(id("request_id"))
                    .col(bytes("browser_hash"))
                    .col(text("appid"))
                    .col(number("match_code"))
                    .col(text_null("ip"))
                    .col(text_null("user_agent"))
                    .col(text("state"))
                    .col(id_null("user_id"))
                    .col(id_null("identity_id"))
                    .col(number("pictures"))
                    .col(instant("created_at"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "id"]))
                    .foreign_key(&mut belongs_to_tenant("scans"))
                    .foreign_key(&mut belongs_to(
                        "scans",
                        &["tenant_id", "user_id"],
                        "users",
                        &["tenant_id", "id"],
                    ))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("scans", &["tenant_id", "request_id"]))
            .await?;
        manager
            .create_index(index("scans", &["tenant_id", "user_id"]))
            .await?;
        // Across tenants: housekeeping removes the dead of all of them.
        manager.create_index(index("scans", &["expires_at"])).await
    }
}
