//! Secrets at rest: AES-256-GCM under a data key per tenant, itself sealed by the installation's master key.
//!
//! A sealed value is bound to its [`Place`] (tenant, table, column, row): moved anywhere else, it does not open.
//! Destroying a tenant's data key destroys all that it sealed.

mod master_key;
mod place;
mod seal;
mod vault;

pub use master_key::{InvalidMasterKey, MasterKey, MasterKeys};
pub(crate) use place::Place;
pub(crate) use seal::SealKey;
pub(crate) use vault::{Vault, WrappedKey};
