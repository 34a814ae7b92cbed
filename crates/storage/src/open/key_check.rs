//! The check of the master key: a known text that it sealed when the database was made.

use super::OpenError;
use crate::{MasterKeys, entity::installation, secrets::Place};
use hufu_core::{Instant, Random, id::TenantId, store::StoreError};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};
use uuid::Uuid;

const TEXT: &[u8] = b"hufu";

const PLACE: Place<'static> = Place {
    tenant: TenantId::from_uuid(Uuid::nil()),
    table: installation::TABLE,
    column: "key_check",
    row: "1",
};

/// The sealed text, and which key sealed it.
pub(crate) struct KeyCheck {
    pub(crate) under: String,
    pub(crate) sealed: Vec<u8>,
}

impl KeyCheck {
    /// Seals the text under the current key.
    pub(crate) fn seal(keys: &MasterKeys, random: &dyn Random) -> Result<Self, StoreError> {
        Ok(Self {
            under: keys.current.id().to_owned(),
            sealed: keys.current.seal_key().seal(&PLACE, TEXT, random)?,
        })
    }

    /// Reads the one that the database has. Its table must be there.
    pub(crate) async fn read<C: ConnectionTrait>(db: &C) -> Result<Option<Self>, DbErr> {
        let row = installation::Entity::find_by_id(installation::ONLY)
            .one(db)
            .await?;
        Ok(row.map(|row| Self {
            under: row.under,
            sealed: row.key_check,
        }))
    }

    /// Writes the first one.
    pub(crate) async fn insert<C: ConnectionTrait>(self, db: &C, now: Instant) -> Result<(), DbErr> {
        let row = installation::Model {
            id: installation::ONLY,
            under: self.under,
            key_check: self.sealed,
            created_at: now.timestamp_millis(),
        };
        installation::Entity::insert(row.into_active_model())
            .exec_without_returning(db)
            .await?;
        Ok(())
    }

    /// Refuses keys of which none sealed the text.
    pub(crate) fn verify(&self, keys: &MasterKeys) -> Result<(), OpenError> {
        let opens = keys.by_id(&self.under).is_some_and(|key| {
            key.seal_key()
                .open(&PLACE, &self.sealed)
                .is_ok_and(|text| text.as_slice() == TEXT)
        });
        if opens {
            Ok(())
        } else {
            Err(OpenError::WrongMasterKey {
                expected: self.under.clone(),
            })
        }
    }
}
