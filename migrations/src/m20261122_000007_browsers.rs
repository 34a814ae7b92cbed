//! Browsers: sessions that a cookie opens, authorization requests under way, what users let clients do, and whom to tell that a
//! session ended. Clients get keys, links and the rest of their metadata.
//!
//! Only additions, and every new column may be NULL: a server of the version before goes on beside this one. It does not end
//! browser sessions with a word to clients, and knows no client that proves itself with a key.

use crate::schema::{
    belongs_to, belongs_to_tenant, bytes, bytes_null, id, id_null, index, instant, instant_null, key_text,
    number, primary_key, table, text, text_null,
};
use sea_orm_migration::{
    prelude::*,
    sea_query::{ColumnDef, TableCreateStatement},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("clients", json_null("keys")),
            ("clients", json_null("details")),
            ("clients", text_null("backchannel_logout_uri")),
            ("clients", bytes_null("registration_token")),
            ("sessions", bytes_null("cookie_hash")),
            ("sessions", instant_null("seen_at")),
            ("sessions", text_null("user_agent")),
            ("grants", json_null("details")),
            ("authorization_codes", json_null("details")),
        ] {
            let add = Table::alter().table(table).add_column(column).take();
            manager.alter_table(add).await?;
        }
        for table in [
            authorization_requests(),
            client_consents(manager),
            logout_deliveries(manager),
        ] {
            manager.create_table(table).await?;
        }
        // Across tenants: housekeeping removes the dead of all of them, and one worker delivers for all.
        for (table, columns) in [
            ("authorization_requests", &["expires_at"][..]),
            ("logout_deliveries", &["next_at"]),
        ] {
            manager.create_index(index(table, columns)).await?;
        }
        Ok(())
    }
}

fn json_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().take()
}

/// Pushed by a client, or waiting for a person in a browser. The request is sealed: it may have a phone number in it.
fn authorization_requests() -> TableCreateStatement {
    table("authorization_requests")
        .col(id("tenant_id"))
        .col(id("id"))
        .col(bytes("hash"))
        .col(text("client_id"))
        .col(bytes("state"))
        .col(id_null("pushed_id"))
        .col(instant("created_at"))
        .col(instant("expires_at"))
        .primary_key(&mut primary_key(&["tenant_id", "id"]))
        .foreign_key(&mut belongs_to_tenant("authorization_requests"))
        .take()
}

fn client_consents(manager: &SchemaManager<'_>) -> TableCreateStatement {
    table("client_consents")
        .col(id("tenant_id"))
        .col(id("user_id"))
        .col(key_text(manager, "client_id"))
        .col(text("scope"))
        .col(instant("created_at"))
        .col(instant("updated_at"))
        .primary_key(&mut primary_key(&["tenant_id", "user_id", "client_id"]))
        .foreign_key(&mut belongs_to(
            "client_consents",
            &["tenant_id", "user_id"],
            "users",
            &["tenant_id", "id"],
        ))
        .take()
}

/// Outlives the session and the user: the client is still to be told.
fn logout_deliveries(manager: &SchemaManager<'_>) -> TableCreateStatement {
    table("logout_deliveries")
        .col(id("tenant_id"))
        .col(id("session_id"))
        .col(key_text(manager, "client_id"))
        .col(id("user_id"))
        .col(number("attempts"))
        .col(instant("created_at"))
        .col(instant("next_at"))
        .primary_key(&mut primary_key(&["tenant_id", "session_id", "client_id"]))
        .foreign_key(&mut belongs_to_tenant("logout_deliveries"))
        .take()
}
