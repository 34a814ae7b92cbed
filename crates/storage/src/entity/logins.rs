//! Logins under way. What has been proven in one is sealed as a whole: it has openids, phones, session keys and hashes of
//! passwords in it.

mod state;

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Random,
    client::ClientId,
    id::{LoginId, TenantId, UserId},
    login::{CodeChallenge, LoginTransaction},
    scope::Scope,
    store::StoreError,
};
use sea_orm::entity::prelude::*;
use state::State;

pub(crate) const TABLE: &str = "logins";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "logins")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) hash: Vec<u8>,
    pub(crate) client_id: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) scope: String,
    pub(crate) challenge: Option<String>,
    pub(crate) state: Vec<u8>,
    pub(crate) steps: i64,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Seals what has been proven with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        login: &LoginTransaction,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let row = login.id.to_string();
        let state = State::of(&login.proofs, login.awaits_code_of.as_ref());
        Ok(Self {
            tenant_id: tenant.uuid(),
            id: login.id.uuid(),
            hash: login.hash.as_bytes().to_vec(),
            client_id: login.client_id.to_string(),
            user_id: login.user_id.map(UserId::uuid),
            scope: login.scope.to_string(),
            challenge: login.challenge.as_ref().map(ToString::to_string),
            state: key.seal_json(&place(tenant, &row), &state, random)?,
            steps: i64::from(login.steps),
            expires_at: login.expires_at.timestamp_millis(),
        })
    }

    /// Opens what has been proven with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<LoginTransaction, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let id = LoginId::from_uuid(self.id);
        let name = id.to_string();
        let row = Row::new(TABLE, &name);
        let state: State<'static> = key.open_json(&place(tenant, &name), &self.state)?;
        let (proofs, awaits_code_of) = state.read(row)?;
        Ok(LoginTransaction {
            id,
            hash: row.hash(&self.hash)?,
            client_id: row.column("client_id", ClientId::parse(&self.client_id))?,
            user_id: self.user_id.map(UserId::from_uuid),
            scope: row.column("scope", Scope::parse(&self.scope))?,
            challenge: row.column(
                "challenge",
                self.challenge.as_deref().map(CodeChallenge::parse).transpose(),
            )?,
            proofs,
            awaits_code_of,
            steps: row.column("steps", u32::try_from(self.steps))?,
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
