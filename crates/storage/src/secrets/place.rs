//! Where a sealed value stands: the data that its seal authenticates beside it.

use hufu_core::{id::TenantId, store::StoreError};

/// A column of a row of a tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) row: &'a str,
}

impl Place<'_> {
    /// Every part with its length before it, so that no two places read the same.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        let tenant = self.tenant.uuid();
        let parts: [&[u8]; 4] = [
            tenant.as_bytes(),
            self.table.as_bytes(),
            self.column.as_bytes(),
            self.row.as_bytes(),
        ];
        let mut data = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
        for part in parts {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part);
        }
        data
    }

    /// What stands there cannot be used.
    pub(crate) fn corrupt(&self, what: &str) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            row: format!("{} of {}", self.row, self.tenant),
            what: format!("{}: {what}", self.column),
        }
    }
}
