//! The messages of the last day, one by one.

use hufu_core::{
    id::TenantId,
    sms::{CallingCode, budget::prefix_key},
    store::SmsCounted,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_messages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) phone: String,
    /// Empty where nobody knows it.
    pub(crate) address: String,
    pub(crate) prefix: String,
    pub(crate) country: i64,
    pub(crate) sent_at: i64,
    pub(crate) came_back: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// One whose code did not come back yet.
    pub(crate) fn of(tenant: TenantId, message: &SmsCounted) -> Self {
        Self {
            tenant_id: tenant.uuid(),
            id: message.id,
            phone: message.phone.as_str().to_owned(),
            address: message
                .address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            prefix: prefix_key(&message.phone).to_owned(),
            country: i64::from(CallingCode::of(&message.phone).0),
            sent_at: message.sent_at.timestamp_millis(),
            came_back: false,
        }
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsMessage")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
