//! Signing keys on the wire.

use crate::{
    openapi::names::{AlgorithmName, KeyStateName},
    problem::Problem,
    wire::Fields,
};
use chrono::{DateTime, Utc};
use hufu_core::signing_key::{KeyState, SigningAlgorithm, SigningKey};
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
    /// `ES256` or `RS256`.
    #[schema(value_type = AlgorithmName)]
    alg: String,
}

impl KeyRequest {
    /// All rules of its members.
    pub(super) fn check(&self) -> Result<SigningAlgorithm, Problem> {
        let mut fields = Fields::default();
        let algorithm = fields.keep("/alg", SigningAlgorithm::parse(&self.alg));
        fields.finish(algorithm)
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
    /// When it begins to sign.
    activates_at: DateTime<Utc>,
    /// When it leaves the JWKS. Left out until a successor is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    retires_at: Option<DateTime<Utc>>,
}

impl KeyAnswer {
    /// Shows a key.
    pub(super) fn of(key: &SigningKey, state: KeyState) -> Self {
        Self {
            kid: key.kid.to_string(),
            alg: key.algorithm.as_str(),
            state: state.as_str(),
            created_at: key.created_at,
            activates_at: key.activates_at,
            retires_at: key.retires_at,
        }
    }
}
