//! The unit of work on one tenant's rows that core's acts run on.
//!
//! On PostgreSQL acts run beside one another, and a unit sees what others have committed between its statements. Four
//! rules keep what an act read true until it commits:
//!
//! - Whoever changes a user's state or takes its rows away locks the user's row first ([`TenantUnit::lock_users`]), and waits
//!   for others in the order of their ids alone. Whoever adds a row to a user shares a lock on it by that row's foreign key.
//! - A login ends in [`LoginUnit::open_session`] or a code, which is added only where the user is still active and still has
//!   the identities by which the unit found them ([`TenantUnit::parents`]).
//! - Whoever replaces the one thing of its kind that a user has (a phone, the session keys of an identity) locks the user's
//!   row before it looks at the old one, so that of two at once one comes after the other.
//! - What a unit found out and builds on (nobody holds a union key; a user is bare; a client is new; nothing is counted yet)
//!   is found out again at the moment of the write ([`Found`]).
//!
//! Where one of them finds a change, the unit fails with [`StoreError::Contention`] and the act is run again.

mod accounts;
mod admin;
mod bare;
mod browsers;
mod devices;
mod grant;
mod login;
mod merge;
mod phone;
mod registration;
mod replay;
mod scans;
mod session_keys;
mod sms;
mod transactions;
mod union;
pub(crate) mod user;

use crate::{secrets::Vault, writer::Job};
use async_trait::async_trait;
#[cfg(doc)]
use hufu_core::store::{LoginUnit, StoreError};
use hufu_core::{
    attempts::AttemptKey,
    client::ClientId,
    id::{IdentityId, LoginId, TenantId, UserId},
    identity::UnionKey,
    phone::PhoneNumber,
    sms::SmsPurpose,
    store::{ErasedAct, Result},
};
use sea_orm::DatabaseTransaction;
use std::sync::Arc;

/// The rows of one tenant, within a transaction.
pub(crate) struct TenantUnit<'a> {
    tx: &'a DatabaseTransaction,
    tenant: TenantId,
    vault: &'a Vault,
    found: Found,
}

/// What the unit found out for an act that may build on it.
#[derive(Default)]
struct Found {
    /// Users that are locked, or that are not there.
    locked: Vec<UserId>,
    /// Union keys that nobody held.
    free: Vec<UnionKey>,
    /// Users that were bare.
    bare: Vec<UserId>,
    /// Clients that nobody had registered.
    no_client: Vec<ClientId>,
    /// Identities that were somebody's.
    identities: Vec<IdentityId>,
    /// Logins that were not under way.
    no_login: Vec<LoginId>,
    /// Keys under which no failures were counted.
    no_failures: Vec<AttemptKey>,
    /// Phones to which no code was sent for a purpose.
    no_challenge: Vec<(PhoneNumber, SmsPurpose)>,
}

/// An act of core, to be run on a tenant's rows.
pub(crate) struct TenantAct {
    pub(crate) tenant: TenantId,
    pub(crate) vault: Arc<Vault>,
    pub(crate) act: Arc<dyn ErasedAct>,
}

#[async_trait]
impl Job for TenantAct {
    type Output = ();

    async fn run(&self, tx: &DatabaseTransaction) -> Result<()> {
        let mut unit = TenantUnit {
            tx,
            tenant: self.tenant,
            vault: &self.vault,
            found: Found::default(),
        };
        self.act.run(&mut unit).await
    }
}
