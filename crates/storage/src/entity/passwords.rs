//! The passwords of accounts, hashed. Which name one goes with, its identity says.

use hufu_core::{
    Instant,
    id::{IdentityId, TenantId},
    password::PasswordHash,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passwords")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) identity_id: Uuid,
    pub(crate) hash: String,
    pub(crate) changed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::identities::Entity",
        from = "(Column::TenantId, Column::IdentityId)",
        to = "(super::identities::Column::TenantId, super::identities::Column::Id)"
    )]
    Identity,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, identity: IdentityId, hash: &PasswordHash, now: Instant) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            identity_id: identity.uuid(),
            hash: hash.expose().to_owned(),
            changed_at: now.timestamp_millis(),
        }
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password").finish_non_exhaustive()
    }
}
