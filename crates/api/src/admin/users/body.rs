//! Users on the wire.

use super::WHAT;
use crate::{admin::access::TenantAccess, problem::Problem};
use chrono::{DateTime, Utc};
use hufu_core::{
    id::UserId,
    user::{User, UserState},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The path of a user.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it stands in the document only")]
pub(super) struct UserPath {
    /// The user's id, which is the `sub` of its tokens.
    #[param(
        pattern = "^usr_[0-9a-f]{32}$",
        example = "usr_01920000000070008000000000000001"
    )]
    user_id: String,
}

/// What may be set of a user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserPatch {
    /// `disabled` ends all sessions and refresh tokens of the user at once.
    pub(super) status: SettableStatus,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SettableStatus {
    /// It may.
    Active,
    /// It may not.
    Disabled,
}

/// A user as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserAnswer {
    /// The user's id.
    id: String,
    /// Whether the user may sign in.
    status: Status,
    /// Where the status is `merged`: the user that has its identities now.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<String>,
    /// When the account will be deleted, where its user closed it. A login before that keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<DateTime<Utc>>,
    /// When the user first signed in, or was imported.
    created_at: DateTime<Utc>,
    /// When the status last changed.
    updated_at: DateTime<Utc>,
}

/// `active`, `disabled`, or `merged`: the user turned out to be another one, which has its identities now.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = UserStatus)]
#[serde(rename_all = "snake_case")]
enum Status {
    Active,
    Disabled,
    Merged,
}

impl From<User> for UserAnswer {
    fn from(user: User) -> Self {
        let (status, merged_into) = match user.state {
            UserState::Active => (Status::Active, None),
            UserState::Disabled => (Status::Disabled, None),
            UserState::Merged { into } => (Status::Merged, Some(into.to_string())),
        };
        Self {
            id: user.id.to_string(),
            status,
            merged_into,
            closes_at: user.closes_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl From<SettableStatus> for UserState {
    fn from(status: SettableStatus) -> Self {
        match status {
            SettableStatus::Active => Self::Active,
            SettableStatus::Disabled => Self::Disabled,
        }
    }
}

/// Reads a user.
pub(super) async fn read(access: &TenantAccess, id: UserId) -> Result<User, Problem> {
    let found = access.rows().user(id).await?;
    found.ok_or_else(|| Problem::not_found(WHAT))
}
