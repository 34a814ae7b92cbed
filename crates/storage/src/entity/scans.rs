//! Sign-ins by scan.

use super::Row;
use hufu_core::{
    id::{IdentityId, RequestId, ScanId, TenantId, UserId},
    scan::{Scan, ScanState},
    store::StoreError,
    wechat_app::AppId,
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "scans";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scans")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) hash: Vec<u8>,
    pub(crate) request_id: Uuid,
    pub(crate) browser_hash: Vec<u8>,
    pub(crate) appid: String,
    pub(crate) match_code: i64,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) state: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) identity_id: Option<Uuid>,
    /// How often the picture was asked for.
    pub(crate) pictures: i64,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A state as its three columns have it.
pub(crate) type Columns = (&'static str, Option<Uuid>, Option<Uuid>);

/// The columns `state`, `user_id` and `identity_id`.
pub(crate) fn columns(state: ScanState) -> Columns {
    match state {
        ScanState::New => ("new", None, None),
        ScanState::Scanned { user } => ("scanned", Some(user.uuid()), None),
        ScanState::Confirmed { user, identity } => ("confirmed", Some(user.uuid()), Some(identity.uuid())),
        ScanState::Denied { user } => ("denied", Some(user.uuid()), None),
        ScanState::Used { user } => ("used", Some(user.uuid()), None),
    }
}

impl Model {
    pub(crate) fn of(tenant: TenantId, scan: &Scan) -> Self {
        let (state, user_id, identity_id) = columns(scan.state);
        Self {
            tenant_id: tenant.uuid(),
            id: scan.id.uuid(),
            hash: scan.hash.as_bytes().to_vec(),
            request_id: scan.request.uuid(),
            browser_hash: scan.browser.as_bytes().to_vec(),
            appid: scan.appid.to_string(),
            match_code: scan.match_code.into(),
            ip: scan.ip.map(|ip| ip.to_string()),
            user_agent: scan.user_agent.clone(),
            state: state.to_owned(),
            user_id,
            identity_id,
            pictures: 0,
            created_at: scan.created_at.timestamp_millis(),
            expires_at: scan.expires_at.timestamp_millis(),
        }
    }
}

impl TryFrom<Model> for Scan {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let id = ScanId::from_uuid(model.id);
        let row = Row::new(TABLE, &id);
        let user = model.user_id.map(UserId::from_uuid);
        let identity = model.identity_id.map(IdentityId::from_uuid);
        let state = match (model.state.as_str(), user, identity) {
            ("new", None, None) => Some(ScanState::New),
            ("scanned", Some(user), None) => Some(ScanState::Scanned { user }),
            ("confirmed", Some(user), Some(identity)) => Some(ScanState::Confirmed { user, identity }),
            ("denied", Some(user), None) => Some(ScanState::Denied { user }),
            ("used", Some(user), None) => Some(ScanState::Used { user }),
            _ => None,
        };
        Ok(Self {
            id,
            hash: row.hash(&model.hash)?,
            request: RequestId::from_uuid(model.request_id),
            browser: row.hash(&model.browser_hash)?,
            appid: row.column("appid", AppId::parse(&model.appid))?,
            match_code: row.column("match_code", u8::try_from(model.match_code))?,
            ip: row.column("ip", model.ip.map(|ip| ip.parse()).transpose())?,
            user_agent: model.user_agent,
            state: row.known("state", state)?,
            created_at: row.instant(model.created_at)?,
            expires_at: row.instant(model.expires_at)?,
        })
    }
}
