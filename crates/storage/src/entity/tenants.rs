//! Tenants, each with its sealed data key.

use super::Row;
use crate::secrets::WrappedKey;
use hufu_core::{
    id::TenantId,
    settings::Settings,
    store::StoreError,
    tenant::{DisplayName, Tenant, TenantSlug},
};
use sea_orm::entity::prelude::*;
use serde_json::json;

pub(crate) const TABLE: &str = "tenants";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenants")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) display_name: String,
    pub(crate) settings: Json,
    pub(crate) data_key: Option<Vec<u8>>,
    pub(crate) data_key_under: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(crate) fn of(tenant: &Tenant, key: WrappedKey) -> Self {
        Self {
            id: tenant.id.uuid(),
            slug: tenant.slug.to_string(),
            display_name: tenant.display_name.to_string(),
            settings: settings(&tenant.settings),
            data_key: Some(key.sealed),
            data_key_under: key.under,
            created_at: tenant.created_at.timestamp_millis(),
            updated_at: tenant.updated_at.timestamp_millis(),
        }
    }
}

/// Settings as they are stored: those that an elder version does not know are left out where they are as by default. That
/// version refuses a tenant with settings that it would not obey, and reads all others.
pub(crate) fn settings(settings: &Settings) -> Json {
    let (mut stored, default) = (json!(settings), json!(Settings::default()));
    if let (Some(stored), Some(default)) = (stored.as_object_mut(), default.as_object()) {
        stored.retain(|name, value| !NEW.contains(&name.as_str()) || default.get(name) != Some(value));
    }
    stored
}

/// What this version's settings have and those of the first one had not.
const NEW: [&str; 11] = [
    "link_by_wechat_phone",
    "wechat",
    "require",
    "second_factor",
    "redirect_to_web",
    "require_consent_before_exchange",
    "password",
    "attempts",
    "sms",
    "sessions",
    "account",
];

impl TryFrom<Model> for Tenant {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = TenantId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        Ok(Self {
            id,
            slug: row.column("slug", TenantSlug::parse(&model.slug))?,
            display_name: row.column("display_name", DisplayName::parse(&model.display_name))?,
            settings: row.json("settings", model.settings)?,
            created_at: row.instant(model.created_at)?,
            updated_at: row.instant(model.updated_at)?,
        })
    }
}
