//! Codes that were sent by SMS: one a phone and purpose, as what they are compared with.

use super::Row;
use hufu_core::{
    id::TenantId,
    phone::PhoneNumber,
    sms::{
        SmsPurpose,
        challenge::{CodeMac, SmsChallenge},
    },
    store::StoreError,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "sms_challenges";

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_challenges")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) phone: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) purpose: String,
    pub(crate) id: Uuid,
    pub(crate) bound_to: Uuid,
    pub(crate) mac: Vec<u8>,
    pub(crate) tries: i64,
    pub(crate) used: bool,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: TenantId, challenge: &SmsChallenge) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            phone: challenge.phone.as_str().to_owned(),
            purpose: challenge.purpose.as_str().to_owned(),
            id: challenge.id,
            bound_to: challenge.bound_to,
            mac: challenge.mac.as_bytes().to_vec(),
            tries: i64::from(challenge.tries),
            used: challenge.used,
            created_at: challenge.created_at.timestamp_millis(),
            expires_at: challenge.expires_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for SmsChallenge {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        // By its id: an error has no number in it.
        let row = Row::new(TABLE, &model.id);
        Ok(Self {
            id: model.id,
            phone: row.column("phone", PhoneNumber::parse(&model.phone))?,
            purpose: row.column("purpose", SmsPurpose::parse(&model.purpose))?,
            bound_to: model.bound_to,
            mac: row.known("mac", CodeMac::from_stored(&model.mac))?,
            tries: row.column("tries", u32::try_from(model.tries))?,
            used: model.used,
            created_at: row.instant(model.created_at)?,
            expires_at: row.instant(model.expires_at)?,
        })
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsChallenge")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
