//! Reading columns into domain values.

use hufu_core::{
    Instant,
    store::{Result, StoreError},
    token::SecretHash,
};
use sea_orm::JsonValue;
use serde::de::DeserializeOwned;
use std::fmt::Display;

/// A row that is being read, so that what is wrong with it can be said.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'static str,
    key: &'a dyn Display,
}

impl<'a> Row<'a> {
    pub(crate) const fn new(table: &'static str, key: &'a dyn Display) -> Self {
        Self { table, key }
    }

    pub(crate) fn corrupt(&self, what: impl Display) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            row: self.key.to_string(),
            what: what.to_string(),
        }
    }

    /// A column that is read by `parse`.
    pub(crate) fn column<T, E: Display>(&self, name: &str, parsed: std::result::Result<T, E>) -> Result<T> {
        parsed.map_err(|error| self.corrupt(format_args!("{name}: {error}")))
    }

    /// A column that must be one of the known names.
    pub(crate) fn known<T>(&self, name: &str, parsed: Option<T>) -> Result<T> {
        parsed.ok_or_else(|| self.corrupt(format_args!("{name}: unknown value")))
    }

    pub(crate) fn instant(&self, millis: i64) -> Result<Instant> {
        Instant::from_timestamp_millis(millis)
            .ok_or_else(|| self.corrupt(format_args!("no instant: {millis}")))
    }

    pub(crate) fn instant_or_none(&self, millis: Option<i64>) -> Result<Option<Instant>> {
        millis.map(|millis| self.instant(millis)).transpose()
    }

    pub(crate) fn hash(&self, bytes: &[u8]) -> Result<SecretHash> {
        SecretHash::from_stored(bytes).ok_or_else(|| self.corrupt("hash: not 32 bytes"))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, name: &str, value: JsonValue) -> Result<T> {
        self.column(name, serde_json::from_value(value))
    }
}
