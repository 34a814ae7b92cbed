//! Authorization requests that wait. What was asked for is sealed as a whole, with the login that is under way for it.

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Random,
    authorization::{AskedFor, AuthorizationRequest, PendingRequest},
    client::ClientId,
    id::{RequestId, TenantId},
    store::StoreError,
};
use sea_orm::entity::prelude::*;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

pub(crate) const TABLE: &str = "authorization_requests";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_requests")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) hash: Vec<u8>,
    pub(crate) client_id: String,
    pub(crate) state: Vec<u8>,
    pub(crate) pushed_id: Option<Uuid>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct State<'a> {
    request: Option<Cow<'a, AuthorizationRequest>>,
    page: Option<Cow<'a, str>>,
    auth_session: Option<Cow<'a, str>>,
}

impl Model {
    /// Seals what was asked for with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        pending: &PendingRequest,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let row = pending.id.to_string();
        let (request, page) = match &pending.asked_for {
            AskedFor::Authorization(request) => (Some(Cow::Borrowed(request)), None),
            AskedFor::Page(path) => (None, Some(Cow::Borrowed(path.as_str()))),
        };
        let auth_session = pending.auth_session.as_ref();
        let state = State {
            request,
            page,
            auth_session: auth_session.map(|token| Cow::Borrowed(token.expose_secret())),
        };
        Ok(Self {
            tenant_id: tenant.uuid(),
            id: pending.id.uuid(),
            hash: pending.hash.as_bytes().to_vec(),
            client_id: pending.client_id.to_string(),
            state: key.seal_json(&place(tenant, &row), &state, random)?,
            pushed_id: pending.pushed.map(RequestId::uuid),
            created_at: pending.created_at.timestamp_millis(),
            expires_at: pending.expires_at.timestamp_millis(),
        })
    }

    /// Opens what was asked for with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<PendingRequest, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let id = RequestId::from_uuid(self.id);
        let name = id.to_string();
        let row = Row::new(TABLE, &name);
        let state: State<'static> = key.open_json(&place(tenant, &name), &self.state)?;
        Ok(PendingRequest {
            id,
            hash: row.hash(&self.hash)?,
            client_id: row.column("client_id", ClientId::parse(&self.client_id))?,
            asked_for: match (state.request, state.page) {
                (Some(request), None) => AskedFor::Authorization(request.into_owned()),
                (None, Some(page)) => AskedFor::Page(page.into_owned()),
                _ => return Err(row.corrupt("state: neither a request nor a page, or both")),
            },
            auth_session: state
                .auth_session
                .map(|token| SecretString::from(token.into_owned())),
            pushed: self.pushed_id.map(RequestId::from_uuid),
            created_at: row.instant(self.created_at)?,
            expires_at: row.instant(self.expires_at)?,
        })
    }
}

const fn place(tenant: TenantId, row: &str) -> Place<'_> {
    Place {
        tenant,
        table: TABLE,
        column: "state",
        row,
    }
}
