//! Making and revoking operators' tokens: for the API and for the command line alike.

use hufu_core::{
    Instant, Random,
    event::{Event, EventKind},
    id::OperatorId,
    operator::{Operator, OperatorScope},
    store::{Audit, Result, Store},
    tenant::DisplayName,
    token::{OpaqueToken, TokenKind},
};
use secrecy::SecretString;
use serde_json::json;

/// An operator that is about to be stored, with the token to hand out.
pub(crate) struct NewOperator {
    /// What is stored.
    pub(crate) operator: Operator,
    /// What its holder gets, once.
    pub(crate) token: SecretString,
}

impl NewOperator {
    /// Makes the token.
    pub(crate) fn generate(
        name: DisplayName,
        scope: OperatorScope,
        now: Instant,
        random: &dyn Random,
    ) -> Self {
        let id = OperatorId::generate(now, random);
        let token = OpaqueToken::generate(TokenKind::Operator, id.uuid(), random);
        let operator = Operator {
            id,
            name,
            scope,
            hash: token.hash(),
            created_at: now,
            revoked_at: None,
        };
        Self {
            operator,
            token: token.reveal(),
        }
    }

    /// The event that records it.
    pub(crate) fn event(&self, audit: &Audit) -> Event {
        event(&self.operator, EventKind::OperatorCreated, audit)
    }
}

/// Revokes the token. `false` where it was revoked before.
pub(crate) async fn revoke(store: &dyn Store, operator: &Operator, audit: &Audit) -> Result<bool> {
    let event = event(operator, EventKind::OperatorRevoked, audit);
    store.revoke_operator(operator.id, audit.now, &event).await
}

fn event(operator: &Operator, kind: EventKind, audit: &Audit) -> Event {
    let mut detail = json!({"name": operator.name});
    if let OperatorScope::Tenant(tenant) = operator.scope {
        detail["tenant_id"] = tenant.to_string().into();
    }
    audit.event(kind, &operator.id.to_string(), detail)
}
