//! Accounts: passwords, profiles, consents, merges; logins under way and the codes that they end in; codes by SMS and what is
//! counted before one is sent.
//!
//! Only additions: what a server of the version before inserts has NULL in the new column. It goes on beside this one for
//! everybody but those who have a username or a phone that a code verified, and those who signed in with one: it knows
//! none of these, and answers 500 for them.

use crate::schema::{
    belongs_to, belongs_to_tenant, bytes, flag, id, id_null, index, instant, instant_null, json, key_text,
    number, primary_key, table, text, text_null,
};
use sea_orm_migration::{prelude::*, sea_query::TableCreateStatement};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // When the account is deleted, where its user closed it.
        let closes_at = Table::alter()
            .table("users")
            .add_column(instant_null("closes_at"))
            .take();
        manager.alter_table(closes_at).await?;
        let tables = [
            passwords(),
            profiles(),
            consents(),
            merges(),
            logins(),
            authorization_codes(),
            attempts(manager),
            sms_vendors(),
            sms_challenges(manager),
            sms_messages(manager),
            sms_volumes(),
            sms_alarms(manager),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for (table, columns) in [
            ("consents", &["tenant_id", "user_id", "id"][..]),
            ("merges", &["tenant_id", "merged", "id"]),
            ("authorization_codes", &["tenant_id", "user_id"]),
            ("sms_messages", &["tenant_id", "phone", "sent_at"]),
            ("sms_messages", &["tenant_id", "address", "sent_at"]),
            ("sms_messages", &["tenant_id", "prefix", "sent_at"]),
            ("sms_messages", &["tenant_id", "country", "sent_at"]),
            // Across tenants: housekeeping removes the dead of all of them.
            ("logins", &["expires_at"]),
            ("authorization_codes", &["expires_at"]),
            ("attempts", &["expires_at"]),
            ("sms_challenges", &["expires_at"]),
            ("sms_messages", &["sent_at"]),
            ("sms_volumes", &["slot"]),
        ] {
            manager.create_index(index(table, columns)).await?;
        }
        // Across tenants too, and without those who stay: a new user costs nothing here.
        let closing = index("users", &["closes_at"])
            .and_where(Expr::col("closes_at").is_not_null())
            .take();
        manager.create_index(closing).await
    }
}

/// The hash is text that says how it was made.
fn passwords() -> TableCreateStatement {
    table("passwords")
        .col(id("tenant_id"))
        .col(id("identity_id"))
        .col(text("hash"))
        .col(instant("changed_at"))
        .primary_key(&mut primary_key(&["tenant_id", "identity_id"]))
        .foreign_key(&mut belongs_to(
            "passwords",
            &["tenant_id", "identity_id"],
            "identities",
            &["tenant_id", "id"],
        ))
        .take()
}

fn profiles() -> TableCreateStatement {
    table("profiles")
        .col(id("tenant_id"))
        .col(id("user_id"))
        .col(text_null("nickname"))
        .col(text_null("picture"))
        .col(text_null("locale"))
        .col(instant_null("updated_at"))
        .primary_key(&mut primary_key(&["tenant_id", "user_id"]))
        .foreign_key(&mut of_a_user("profiles", "user_id"))
        .take()
}

/// Of the tenant and not of the user: they are evidence that outlives the account, without its address.
fn consents() -> TableCreateStatement {
    table("consents")
        .col(id("tenant_id"))
        .col(id("id"))
        .col(id("user_id"))
        .col(text("document"))
        .col(text("version"))
        .col(text("action"))
        .col(instant("at"))
        .col(text("client_id"))
        .col(text_null("ip"))
        .primary_key(&mut primary_key(&["tenant_id", "id"]))
        .foreign_key(&mut belongs_to_tenant("consents"))
        .take()
}

/// Of the user that was merged: without the tombstone there is nothing to undo.
fn merges() -> TableCreateStatement {
    table("merges")
        .col(id("tenant_id"))
        .col(id("id"))
        .col(id("merged"))
        .col(id("into_user"))
        .col(json("moved"))
        .col(instant("at"))
        .col(instant_null("undone_at"))
        .primary_key(&mut primary_key(&["tenant_id", "id"]))
        .foreign_key(&mut of_a_user("merges", "merged"))
        .take()
}

/// `state` is sealed: what has been proven, and the phone that a code was sent to.
fn logins() -> TableCreateStatement {
    table("logins")
        .col(id("tenant_id"))
        .col(id("id"))
        .col(bytes("hash"))
        .col(text("client_id"))
        .col(id_null("user_id"))
        .col(text("scope"))
        .col(text_null("challenge"))
        .col(bytes("state"))
        .col(number("steps"))
        .col(instant("expires_at"))
        .primary_key(&mut primary_key(&["tenant_id", "id"]))
        .foreign_key(&mut belongs_to_tenant("logins"))
        .take()
}

/// `session_id` and `grant_id` are those that the code will open: there are no such rows before.
fn authorization_codes() -> TableCreateStatement {
    table("authorization_codes")
        .col(id("tenant_id"))
        .col(id("id"))
        .col(bytes("hash"))
        .col(text("client_id"))
        .col(id("user_id"))
        .col(id("session_id"))
        .col(id("grant_id"))
        .col(text("scope"))
        .col(json("amr"))
        .col(instant("auth_time"))
        .col(text("challenge"))
        .col(instant("expires_at"))
        .col(instant_null("used_at"))
        .primary_key(&mut primary_key(&["tenant_id", "id"]))
        .foreign_key(&mut of_a_user("authorization_codes", "user_id"))
        .take()
}

/// Failures to sign in by password.
fn attempts(manager: &SchemaManager<'_>) -> TableCreateStatement {
    table("attempts")
        .col(id("tenant_id"))
        .col(key_text(manager, "kind"))
        .col(bytes("digest"))
        .col(number("count"))
        .col(instant("since"))
        .col(instant("last_at"))
        .col(instant("expires_at"))
        .primary_key(&mut primary_key(&["tenant_id", "kind", "digest"]))
        .foreign_key(&mut belongs_to_tenant("attempts"))
        .take()
}

/// `config` is sealed as a whole.
fn sms_vendors() -> TableCreateStatement {
    table("sms_vendors")
        .col(id("tenant_id"))
        .col(bytes("config"))
        .col(instant("created_at"))
        .col(instant("updated_at"))
        .primary_key(&mut primary_key(&["tenant_id"]))
        .foreign_key(&mut belongs_to_tenant("sms_vendors"))
        .take()
}

fn sms_challenges(manager: &SchemaManager<'_>) -> TableCreateStatement {
    table("sms_challenges")
        .col(id("tenant_id"))
        .col(key_text(manager, "phone"))
        .col(key_text(manager, "purpose"))
        .col(id("id"))
        .col(id("bound_to"))
        .col(bytes("mac"))
        .col(number("tries"))
        .col(flag("used"))
        .col(instant("created_at"))
        .col(instant("expires_at"))
        .primary_key(&mut primary_key(&["tenant_id", "phone", "purpose"]))
        .foreign_key(&mut belongs_to_tenant("sms_challenges"))
        .take()
}

/// Every message of the last day, for the windows that slide exactly. `address` is empty where nobody knows it.
fn sms_messages(manager: &SchemaManager<'_>) -> TableCreateStatement {
    table("sms_messages")
        .col(id("tenant_id"))
        .col(id("id"))
        .col(key_text(manager, "phone"))
        .col(key_text(manager, "address"))
        .col(key_text(manager, "prefix"))
        .col(number("country"))
        .col(instant("sent_at"))
        .col(flag("came_back"))
        .primary_key(&mut primary_key(&["tenant_id", "id"]))
        .foreign_key(&mut belongs_to_tenant("sms_messages"))
        .take()
}

/// How many messages went to a country within each quarter of an hour: the sums of a day are of a hundred rows, however
/// many messages there were.
fn sms_volumes() -> TableCreateStatement {
    table("sms_volumes")
        .col(id("tenant_id"))
        .col(number("country"))
        .col(instant("slot"))
        .col(number("sent"))
        .col(number("came_back"))
        .primary_key(&mut primary_key(&["tenant_id", "country", "slot"]))
        .foreign_key(&mut belongs_to_tenant("sms_volumes"))
        .take()
}

/// The alarms that stand. `subject` is a block of numbers or a calling code.
fn sms_alarms(manager: &SchemaManager<'_>) -> TableCreateStatement {
    table("sms_alarms")
        .col(id("tenant_id"))
        .col(key_text(manager, "counted"))
        .col(key_text(manager, "subject"))
        .col(instant("raised_at"))
        .primary_key(&mut primary_key(&["tenant_id", "counted", "subject"]))
        .foreign_key(&mut belongs_to_tenant("sms_alarms"))
        .take()
}

fn of_a_user(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    belongs_to(table, &["tenant_id", column], "users", &["tenant_id", "id"])
}
