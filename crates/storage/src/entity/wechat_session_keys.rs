//! The last two session keys of an identity, sealed.

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Random,
    id::{IdentityId, TenantId},
    store::StoreError,
    time,
    wechat_session::{KeptKey, KeptKeys, SESSION_KEY_TTL, SessionKey},
};
use sea_orm::entity::prelude::*;

pub(crate) const TABLE: &str = "wechat_session_keys";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_session_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) identity_id: Uuid,
    pub(crate) current_key: Vec<u8>,
    pub(crate) current_at: i64,
    pub(crate) previous_key: Option<Vec<u8>>,
    pub(crate) previous_at: Option<i64>,
    pub(crate) expires_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Seals the keys with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        identity: IdentityId,
        keys: &KeptKeys,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let row = identity.to_string();
        let seal = |column, kept: &KeptKey| {
            key.seal(&place(tenant, &row, column), kept.key.text().as_bytes(), random)
        };
        let KeptKeys {
            current,
            previous,
            seen_at,
        } = keys;
        Ok(Self {
            tenant_id: tenant.uuid(),
            identity_id: identity.uuid(),
            current_key: seal("current_key", current)?,
            current_at: current.obtained_at.timestamp_millis(),
            previous_key: previous
                .as_ref()
                .map(|kept| seal("previous_key", kept))
                .transpose()?,
            previous_at: previous.as_ref().map(|kept| kept.obtained_at.timestamp_millis()),
            expires_at: time::after(*seen_at, SESSION_KEY_TTL).timestamp_millis(),
        })
    }

    /// Opens the keys with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<KeptKeys, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let id = IdentityId::from_uuid(self.identity_id).to_string();
        let row = Row::new(TABLE, &id);
        let open = |column: &'static str, sealed: &[u8], at: i64| {
            let text = key.open_text(&place(tenant, &id, column), sealed)?;
            Ok::<_, StoreError>(KeptKey {
                key: row.column(column, SessionKey::parse(text))?,
                obtained_at: row.instant(at)?,
            })
        };
        Ok(KeptKeys {
            current: open("current_key", &self.current_key, self.current_at)?,
            previous: match (&self.previous_key, self.previous_at) {
                (Some(sealed), Some(at)) => Some(open("previous_key", sealed, at)?),
                (None, None) => None,
                _ => return Err(row.corrupt("previous_key: without its instant, or the other way round")),
            },
            seen_at: time::before(row.instant(self.expires_at)?, SESSION_KEY_TTL),
        })
    }
}

const fn place<'a>(tenant: TenantId, row: &'a str, column: &'static str) -> Place<'a> {
    Place {
        tenant,
        table: TABLE,
        column,
        row,
    }
}
