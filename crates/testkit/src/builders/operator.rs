//! Operators.

use super::{Mint, display_name};
use hufu_core::{
    id::{OperatorId, TenantId},
    operator::{Operator, OperatorScope},
    token::SecretHash,
};

impl Mint {
    /// An operator of the whole installation.
    pub fn operator(&self, name: &str) -> Operator {
        let now = self.now();
        Operator {
            id: OperatorId::generate(now, &self.random),
            name: display_name(name),
            scope: OperatorScope::Platform,
            hash: SecretHash::of(&hufu_core::random::bytes::<32>(&self.random)),
            created_at: now,
            revoked_at: None,
        }
    }

    /// An operator of one tenant.
    pub fn operator_of(&self, tenant: TenantId, name: &str) -> Operator {
        Operator {
            scope: OperatorScope::Tenant(tenant),
            ..self.operator(name)
        }
    }
}
