//! Phones: a number has one user in the tenant, by the key of its row, and a user has one number, by the lock of the user.

use super::TenantUnit;
use crate::{
    entity::{identities, users},
    error::OrStore,
    live::only,
    rows::OF_ONE_USER,
};
use hufu_core::{
    id::{IdentityId, UserId},
    identity::Identity,
    phone::PhoneNumber,
    store::Result,
    user::User,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

impl TenantUnit<'_> {
    /// That there is none needs no second look: of two who add the number, the key lets one do so.
    pub(super) async fn holder_of_phone(&mut self, number: &PhoneNumber) -> Result<Option<User>> {
        let rows = identities::Entity::find()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::Kind.eq(identities::PHONE))
            .filter(identities::Column::Issuer.eq(identities::NOBODY))
            .filter(identities::Column::Subject.eq(number.as_str()))
            .find_both_related(users::Entity)
            .all(self.tx)
            .await
            .or_store()?;
        let found = only(rows);
        let identity = found
            .as_ref()
            .map(|(identity, _)| IdentityId::from_uuid(identity.id));
        self.found.identities.extend(identity);
        found.map(|(_, user)| user.try_into()).transpose()
    }

    /// All that a user has, of every kind.
    pub(super) async fn identities_of_user(&self, user: UserId) -> Result<Vec<Identity>> {
        let rows = identities::Entity::find()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::UserId.eq(user.uuid()))
            .limit(OF_ONE_USER)
            .all(self.tx)
            .await
            .or_store()?;
        rows.into_iter().map(Identity::try_from).collect()
    }

    /// True until the unit ends where the user is locked.
    pub(super) async fn phone_of_user(&self, user: UserId) -> Result<Option<Identity>> {
        let rows = identities::Entity::find()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::UserId.eq(user.uuid()))
            .filter(identities::Column::Kind.eq(identities::PHONE))
            .all(self.tx)
            .await
            .or_store()?;
        only(rows).map(Identity::try_from).transpose()
    }
}
