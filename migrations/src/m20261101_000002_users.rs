//! Users and the ways to be them.

use crate::schema::{
    belongs_to, belongs_to_tenant, id, id_null, index, instant, key_text, primary_key, table, text,
    text_null, unique,
};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("users")
                    .col(id("tenant_id"))
                    .col(id("id"))
                    .col(text("state"))
                    .col(id_null("merged_into"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "id"]))
                    .foreign_key(&mut belongs_to_tenant("users"))
                    .take(),
            )
            .await?;
        // The key is what was proven, so that one proof can never be two users: a WeChat identity is
        // ('wechat', appid, openid).
        manager
            .create_table(
                table("identities")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "kind"))
                    .col(key_text(manager, "issuer"))
                    .col(key_text(manager, "subject"))
                    .col(id("id"))
                    .col(id("user_id"))
                    .col(text_null("unionid"))
                    .col(text_null("union_scope"))
                    .col(instant("created_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "kind", "issuer", "subject"]))
                    .foreign_key(&mut of_a_user("identities"))
                    .take(),
            )
            .await?;
        manager
            .create_index(unique("identities", &["tenant_id", "id"]))
            .await?;
        manager
            .create_index(index("identities", &["tenant_id", "user_id", "id"]))
            .await?;
        manager
            .create_table(
                table("wechat_unions")
                    .col(id("tenant_id"))
                    .col(key_text(manager, "union_scope"))
                    .col(key_text(manager, "unionid"))
                    .col(id("user_id"))
                    .primary_key(&mut primary_key(&["tenant_id", "union_scope", "unionid"]))
                    .foreign_key(&mut of_a_user("wechat_unions"))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("wechat_unions", &["tenant_id", "user_id"]))
            .await
    }
}

fn of_a_user(table: &'static str) -> ForeignKeyCreateStatement {
    belongs_to(table, &["tenant_id", "user_id"], "users", &["tenant_id", "id"])
}
