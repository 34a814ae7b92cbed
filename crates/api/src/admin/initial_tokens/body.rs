//! Initial access tokens on the wire.

use crate::{problem::Problem, wire::Fields};
use chrono::{DateTime, Utc};
use hufu_core::registration::{InitialToken, LONGEST_INITIAL_TTL, MOST_USES};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a token.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) struct InitialTokenPath {
    /// The token's id.
    #[param(pattern = "^iat_[0-9a-f]{32}$")]
    initial_token_id: String,
}

/// A token that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct InitialTokenRequest {
    /// How long it lives, in seconds.
    #[schema(minimum = 60, maximum = 31_536_000, default = 86_400)]
    pub(super) expires_in: u32,
    /// How many clients it can register.
    #[schema(minimum = 1, maximum = 1_000, default = 1)]
    pub(super) uses: u32,
}

impl Default for InitialTokenRequest {
    fn default() -> Self {
        Self {
            expires_in: 86_400,
            uses: 1,
        }
    }
}

impl InitialTokenRequest {
    /// All rules of its members.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let mut fields = Fields::default();
        if !(60..=LONGEST_INITIAL_TTL).contains(&self.expires_in) {
            fields.refuse(
                "/expires_in",
                format!("must be 60 to {LONGEST_INITIAL_TTL} seconds"),
            );
        }
        if !(1..=MOST_USES).contains(&self.uses) {
            fields.refuse("/uses", format!("must be 1 to {MOST_USES}"));
        }
        fields.finish(Some(()))
    }
}

/// A token as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InitialAccessToken)]
pub(super) struct InitialTokenAnswer {
    /// The token's id.
    id: String,
    /// How many clients it can still register.
    uses_left: u32,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends. It is forgotten soon after.
    expires_at: DateTime<Utc>,
    /// The token. Only where it is new: nobody can read it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl InitialTokenAnswer {
    /// Shows a token, in plain where it is new.
    pub(super) fn of(token: &InitialToken, plain: Option<&SecretString>) -> Self {
        Self {
            id: token.id.to_string(),
            uses_left: token.uses_left,
            created_at: token.created_at,
            expires_at: token.expires_at,
            token: plain.map(|plain| plain.expose_secret().to_owned()),
        }
    }
}
