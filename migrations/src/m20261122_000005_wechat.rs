//! Phones, and what is kept of WeChat: app secrets to come, access tokens that nodes share, session keys, and messages
//! that were obeyed.
//!
//! Only additions: what a server of the version before inserts has NULL in the new columns. It goes on beside this one for
//! everybody but those who have a phone or signed in with one: it knows neither, and answers 500 for them.

use crate::schema::{
    belongs_to, belongs_to_tenant, bytes, bytes_null, id, index, instant, instant_null, key_text,
    primary_key, table, text_null,
};
use sea_orm_migration::{
    prelude::*,
    sea_query::{ColumnDef, TableAlterStatement},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A phone is ('phone', '', E.164): without an issuer, so that a number is one user's in the tenant whoever
        // verified it.
        manager
            .alter_table(with("identities", text_null("verified_by")))
            .await?;
        for column in ["next_secret", "push_keys", "api_security"] {
            manager
                .alter_table(with("wechat_apps", bytes_null(column)))
                .await?;
        }
        // Of the tenant and not of the app: an app moves by an update of its key.
        manager
            .create_table(
                table("wechat_access_tokens")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "appid"))
                    .col(bytes("secret_hash"))
                    .col(bytes("token"))
                    .col(instant("fetched_at"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "appid"]))
                    .foreign_key(&mut belongs_to_tenant("wechat_access_tokens"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                table("wechat_session_keys")
                    .col(id("tenant_id"))
                    .col(id("identity_id"))
                    .col(bytes("current_key"))
                    .col(instant("current_at"))
                    .col(bytes_null("previous_key"))
                    .col(instant_null("previous_at"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "identity_id"]))
                    .foreign_key(&mut belongs_to(
                        "wechat_session_keys",
                        &["tenant_id", "identity_id"],
                        "identities",
                        &["tenant_id", "id"],
                    ))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                table("wechat_pushes")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "appid"))
                    .col(bytes("digest"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "appid", "digest"]))
                    .foreign_key(&mut belongs_to_tenant("wechat_pushes"))
                    .take(),
            )
            .await?;
        // Across tenants: housekeeping removes the dead of all of them.
        for table in ["wechat_access_tokens", "wechat_session_keys", "wechat_pushes"] {
            manager.create_index(index(table, &["expires_at"])).await?;
        }
        Ok(())
    }
}

/// One column a statement: SQLite adds no more.
fn with(table: &'static str, column: ColumnDef) -> TableAlterStatement {
    Table::alter().table(table).add_column(column).take()
}
