//! Tenants and what is configured for them.

use crate::schema::{
    belongs_to_tenant, bytes, bytes_null, flag, id, instant, instant_null, json, key_text, primary_key,
    table, text, text_null, unique,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `data_key` is sealed by the master key that `data_key_under` names. NULL: destroyed, with all it sealed.
        manager
            .create_table(
                table("tenants")
                    .col(id("id"))
                    .col(key_text(manager, "slug"))
                    .col(text("display_name"))
                    .col(json("settings"))
                    .col(bytes_null("data_key"))
                    .col(text("data_key_under"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .primary_key(&mut primary_key(&["id"]))
                    .take(),
            )
            .await?;
        manager.create_index(unique("tenants", &["slug"])).await?;
        manager
            .create_table(
                table("clients")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "id"))
                    .col(text_null("name"))
                    .col(text("auth_method"))
                    .col(bytes_null("secret_hash"))
                    .col(json("grant_types"))
                    .col(json("redirect_uris"))
                    .col(text("scope"))
                    .col(text("id_token_alg"))
                    .col(flag("first_party"))
                    .col(text_null("wechat_appid"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "id"]))
                    .foreign_key(&mut belongs_to_tenant("clients"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                table("wechat_apps")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "appid"))
                    .col(text("kind"))
                    .col(bytes("secret"))
                    .col(text_null("union_scope"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "appid"]))
                    .foreign_key(&mut belongs_to_tenant("wechat_apps"))
                    .take(),
            )
            .await?;
        // Across tenants: an appid belongs to one tenant at a time.
        manager.create_index(unique("wechat_apps", &["appid"])).await?;
        manager
            .create_table(
                table("signing_keys")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "kid"))
                    .col(text("algorithm"))
                    .col(bytes("pkcs8"))
                    .col(instant("created_at"))
                    .col(instant("activates_at"))
                    .col(instant_null("retires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "kid"]))
                    .foreign_key(&mut belongs_to_tenant("signing_keys"))
                    .take(),
            )
            .await?;
        // By slug and without a foreign key: it tells of deleted tenants too.
        manager
            .create_table(
                table("config_changes")
                    .col(key_text(manager, "slug"))
                    .col(instant("changed_at"))
                    .primary_key(&mut primary_key(&["slug"]))
                    .take(),
            )
            .await
    }
}
