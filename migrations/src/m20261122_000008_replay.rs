//! Proofs that were used: of possession (DPoP) and of a client (`private_key_jwt`). Each counts once, on all nodes.
//!
//! Only an addition: a server of the version before knows neither kind of proof.

use crate::schema::{belongs_to_tenant, bytes, id, index, instant, primary_key, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("used_proofs")
                    .col(id("tenant_id"))
                    .col(bytes("digest"))
                    .col(instant("expires_at"))
                    .primary_key(&mut primary_key(&["tenant_id", "digest"]))
                    .foreign_key(&mut belongs_to_tenant("used_proofs"))
                    .take(),
            )
            .await?;
        // Across tenants: housekeeping removes the dead of all of them.
        manager.create_index(index("used_proofs", &["expires_at"])).await
    }
}
