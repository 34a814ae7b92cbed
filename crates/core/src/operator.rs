//! Operators: who runs the installation, known by a token.

use crate::{Instant, id::OperatorId, id::TenantId, token::SecretHash};

/// An operator's token and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// By which the token is found and revoked.
    pub id: OperatorId,
    /// Who it was given to, as its creator wrote it: 1 to 100 characters.
    pub name: crate::tenant::DisplayName,
    /// How far it reaches.
    pub scope: OperatorScope,
    /// The hash of the token's secret.
    pub hash: SecretHash,
    /// When it was created.
    pub created_at: Instant,
    /// When it was revoked; from then on it is as if unknown.
    pub revoked_at: Option<Instant>,
}

/// How far an operator's token reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorScope {
    /// The whole installation.
    Platform,
    /// One tenant; all others are as if they were not there.
    Tenant(TenantId),
}

impl OperatorScope {
    /// Whether it reaches the tenant.
    pub fn covers(self, tenant: TenantId) -> bool {
        match self {
            Self::Platform => true,
            Self::Tenant(own) => own == tenant,
        }
    }
}
