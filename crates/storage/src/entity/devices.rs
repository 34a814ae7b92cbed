//! Devices that ask for access.

use super::Row;
use hufu_core::{
    client::ClientId,
    device::{Allowed, Device, DeviceState, Pace},
    id::{DeviceId, SessionId, TenantId, UserId},
    scope::Scope,
    store::StoreError,
};
use sea_orm::entity::prelude::*;
use serde_json::json;

pub(crate) const TABLE: &str = "devices";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) hash: Vec<u8>,
    pub(crate) user_code: Vec<u8>,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) resources: Json,
    pub(crate) ip: Option<String>,
    pub(crate) state: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) session_id: Option<Uuid>,
    pub(crate) authentication: Option<Json>,
    /// In seconds.
    pub(crate) poll_interval: i64,
    pub(crate) polled_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The name of a state.
pub(crate) const fn name(state: &DeviceState) -> &'static str {
    match state {
        DeviceState::New => "new",
        DeviceState::Allowed(_) => "allowed",
        DeviceState::Denied { .. } => "denied",
        DeviceState::Used { .. } => "used",
    }
}

/// The columns `session_id` and `authentication`, which only a device has that was let in and has not come yet.
pub(crate) fn allowed(state: &DeviceState) -> (Option<Uuid>, Option<Json>) {
    match state {
        DeviceState::Allowed(allowed) => (Some(allowed.session.uuid()), Some(json!(allowed.authentication))),
        _ => (None, None),
    }
}

impl Model {
    pub(crate) fn of(tenant: TenantId, device: &Device) -> Self {
        let (session_id, authentication) = allowed(&device.state);
        Self {
            tenant_id: tenant.uuid(),
            id: device.id.uuid(),
            hash: device.hash.as_bytes().to_vec(),
            user_code: device.user_code.as_bytes().to_vec(),
            client_id: device.client_id.to_string(),
            scope: device.scope.to_string(),
            resources: json!(device.resources),
            ip: device.ip.map(|ip| ip.to_string()),
            state: name(&device.state).to_owned(),
            user_id: device.state.user().map(UserId::uuid),
            session_id,
            authentication,
            poll_interval: device.pace.interval.into(),
            polled_at: device.pace.polled_at.map(|at| at.timestamp_millis()),
            created_at: device.created_at.timestamp_millis(),
            expires_at: device.expires_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for Device {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = DeviceId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        let user = model.user_id.map(UserId::from_uuid);
        let state = match (model.state.as_str(), user, model.session_id, model.authentication) {
            ("new", None, None, None) => Some(DeviceState::New),
            ("allowed", Some(user), Some(session), Some(authentication)) => {
                Some(DeviceState::Allowed(Allowed {
                    user,
                    session: SessionId::from_uuid(session),
                    authentication: row.json("authentication", authentication)?,
                }))
            }
            ("denied", Some(user), None, None) => Some(DeviceState::Denied { user }),
            ("used", Some(user), None, None) => Some(DeviceState::Used { user }),
            _ => None,
        };
        Ok(Self {
            id,
            hash: row.hash(&model.hash)?,
            user_code: row.hash(&model.user_code)?,
            client_id: row.column("client_id", ClientId::parse(&model.client_id))?,
            scope: row.column("scope", Scope::parse(&model.scope))?,
            resources: row.json("resources", model.resources)?,
            ip: row.column("ip", model.ip.map(|ip| ip.parse()).transpose())?,
            state: row.known("state", state)?,
            pace: Pace {
                interval: row.column("poll_interval", u32::try_from(model.poll_interval))?,
                polled_at: row.instant_or_none(model.polled_at)?,
            },
            created_at: row.instant(model.created_at)?,
            expires_at: row.instant(model.expires_at)?,
        })
    }
}
