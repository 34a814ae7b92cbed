//! Signing keys on the wire.

use crate::{
    admin::access::TenantAccess,
    openapi::names::{AlgorithmName, KeyStateName},
    problem::Problem,
    wire::Fields,
};
use chrono::{DateTime, Utc};
use hufu_core::signing_key::{KeyId, KeyState, SigningAlgorithm, SigningKey, rotation::Activation, state};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a key.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) struct KeyPath {
    /// The key's id, as in the JWKS.
    #[param(pattern = "^[0-9A-Za-z_-]{1,64}$")]
    kid: String,
}

/// A key that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyRequest {
    /// Which algorithm.
    #[schema(value_type = AlgorithmName)]
    alg: String,
    /// How it begins to sign.
    #[serde(default)]
    #[schema(inline)]
    activate: ActivateBody,
}

/// `auto`: by itself, ten minutes after its publication; at once where no key of its algorithm signs. `manual`: with
/// `POST …/keys/{kid}/activate`, ten minutes after its publication at the earliest.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActivateBody {
    #[default]
    Auto,
    Manual,
}

impl KeyRequest {
    /// All rules of its members.
    pub(super) fn check(&self) -> Result<(SigningAlgorithm, Activation), Problem> {
        let mut fields = Fields::default();
        let algorithm = fields.keep("/alg", SigningAlgorithm::parse(&self.alg));
        let activation = match self.activate {
            ActivateBody::Auto => Activation::AfterLead,
            ActivateBody::Manual => Activation::Manual,
        };
        Ok((fields.finish(algorithm)?, activation))
    }
}

/// A signing key as it is, without its private half.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub(super) struct KeyAnswer {
    /// The key's id, as in the JWKS.
    kid: String,
    /// The JWS algorithm.
    #[schema(value_type = AlgorithmName)]
    alg: &'static str,
    /// `published`: in the JWKS, not yet signing. `active`: the one that signs. `retiring`: in the JWKS for the tokens
    /// that it signed.
    #[schema(value_type = KeyStateName)]
    state: &'static str,
    /// When it was made and first published.
    created_at: DateTime<Utc>,
    /// When it begins to sign. Left out while it waits for `POST …/keys/{kid}/activate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    activates_at: Option<DateTime<Utc>>,
    /// When it leaves the JWKS. Left out until a successor is to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    retires_at: Option<DateTime<Utc>>,
    /// When its successor is made by itself. Left out where an operator makes it, and where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotates_at: Option<DateTime<Utc>>,
}

impl KeyAnswer {
    /// Shows one of the tenant's keys, read anew.
    pub(super) async fn read(access: &TenantAccess, kid: &KeyId) -> Result<Self, Problem> {
        let keys = access.rows().signing_keys(access.now()).await?;
        let key = keys.iter().find(|key| key.kid == *kid);
        let key = key.ok_or_else(|| Problem::not_found("key"))?;
        Ok(Self::of(key, state(&keys, key, access.now())))
    }

    /// Shows a key.
    pub(super) fn of(key: &SigningKey, state: KeyState) -> Self {
        Self {
            kid: key.kid.to_string(),
            alg: key.algorithm.as_str(),
            state: state.as_str(),
            created_at: key.created_at,
            activates_at: key.activates_at,
            retires_at: key.retires_at,
            rotates_at: key.rotates_at,
        }
    }
}
