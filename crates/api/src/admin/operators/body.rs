//! Operators on the wire.

use crate::{problem::Problem, wire::Fields};
use chrono::{DateTime, Utc};
use hufu_core::{
    operator::{Operator, OperatorScope},
    tenant::{DisplayName, TenantSlug},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of an operator.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) struct OperatorPath {
    /// The operator's id.
    #[param(
        pattern = "^opr_[0-9a-f]{32}$",
        example = "opr_01920000000070008000000000000001"
    )]
    operator_id: String,
}

/// An operator that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorRequest {
    /// Who the token is for.
    #[schema(min_length = 1, max_length = 100, example = "Tea House, deployment")]
    name: String,
    /// The one tenant that the token is limited to, by name. Left out: the whole installation.
    #[schema(pattern = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", example = "tea-house")]
    tenant: Option<String>,
}

/// What a request says of an operator, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: DisplayName,
    pub(super) tenant: Option<TenantSlug>,
}

impl OperatorRequest {
    /// All rules of its members.
    pub(super) fn check(&self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let name = fields.keep("/name", DisplayName::parse(&self.name));
        let tenant = self.tenant.as_deref().map(TenantSlug::parse);
        let tenant = fields.keep_optional("/tenant", tenant);
        fields.finish(name.map(|name| Wanted { name, tenant }))
    }
}

/// An operator's token as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operator)]
pub(super) struct OperatorAnswer {
    /// The operator's id.
    id: String,
    /// Who the token is for.
    name: String,
    /// How far it reaches: `platform` or `tenant`.
    #[schema(example = "platform")]
    scope: &'static str,
    /// The tenant that it is limited to, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<String>,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
    /// The token. Only where it is new: nobody can read it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl OperatorAnswer {
    /// Shows an operator, with the token where that is new.
    pub(super) fn of(operator: &Operator, token: Option<&SecretString>) -> Self {
        let (scope, tenant_id) = match operator.scope {
            OperatorScope::Platform => ("platform", None),
            OperatorScope::Tenant(id) => ("tenant", Some(id.to_string())),
        };
        Self {
            id: operator.id.to_string(),
            name: operator.name.to_string(),
            scope,
            tenant_id,
            created_at: operator.created_at,
            revoked_at: operator.revoked_at,
            token: token.map(|token| token.expose_secret().to_owned()),
        }
    }
}
