//! Signing keys, sealed.

use super::Row;
use crate::secrets::{Place, SealKey};
use hufu_core::{
    Random,
    id::TenantId,
    signing_key::{KeyId, SigningAlgorithm, SigningKey},
    store::StoreError,
};
use sea_orm::entity::prelude::*;
use secrecy::{ExposeSecret, SecretSlice};

pub(crate) const TABLE: &str = "signing_keys";

/// The end of the year 9999, as every database and every version can read it: what `activates_at` is of a key that waits.
pub(crate) const WAITING: i64 = 253_402_300_799_999;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kid: String,
    pub(crate) algorithm: String,
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) created_at: i64,
    /// [`WAITING`] while an operator has not said when.
    pub(crate) activates_at: i64,
    pub(crate) retires_at: Option<i64>,
    pub(crate) rotates_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Seals the private key with the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        signing: &SigningKey,
        key: &SealKey,
        random: &dyn Random,
    ) -> Result<Self, StoreError> {
        let kid = signing.kid.to_string();
        Ok(Self {
            tenant_id: tenant.uuid(),
            pkcs8: key.seal(&pkcs8_of(tenant, &kid), signing.pkcs8.expose_secret(), random)?,
            kid,
            algorithm: signing.algorithm.as_str().to_owned(),
            created_at: signing.created_at.timestamp_millis(),
            activates_at: signing.activates_at.map_or(WAITING, |at| at.timestamp_millis()),
            retires_at: signing.retires_at.map(|at| at.timestamp_millis()),
            rotates_at: signing.rotates_at.map(|at| at.timestamp_millis()),
        })
    }

    /// Opens the private key with the tenant's data key.
    pub(crate) fn open(self, key: &SealKey) -> Result<SigningKey, StoreError> {
        let tenant = TenantId::from_uuid(self.tenant_id);
        let plain = key.open(&pkcs8_of(tenant, &self.kid), &self.pkcs8)?;
        let name = format!("{} of {tenant}", self.kid);
        let row = Row::new(TABLE, &name);
        Ok(SigningKey {
            kid: row.column("kid", KeyId::parse(&self.kid))?,
            algorithm: row.column("algorithm", SigningAlgorithm::parse(&self.algorithm))?,
            pkcs8: SecretSlice::from(plain.to_vec()),
            created_at: row.instant(self.created_at)?,
            activates_at: row.instant_or_none((self.activates_at < WAITING).then_some(self.activates_at))?,
            retires_at: row.instant_or_none(self.retires_at)?,
            rotates_at: row.instant_or_none(self.rotates_at)?,
        })
    }
}

const fn pkcs8_of(tenant: TenantId, kid: &str) -> Place<'_> {
    Place {
        tenant,
        table: TABLE,
        column: "pkcs8",
        row: kid,
    }
}
