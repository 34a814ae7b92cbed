//! The settings of clients that register themselves.

use hufu_core::{registration::DynamicRegistration, settings::RegistrationScope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `off`: they may not. `initial_access_token`: with a token of `POST …/initial-access-tokens`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DynamicRegistrationBody {
    #[default]
    Off,
    InitialAccessToken,
}

/// Of `account address email offline_access openid phone profile wechat`, separated by blanks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub(super) struct RegistrationScopeBody(String);

impl Default for RegistrationScopeBody {
    fn default() -> Self {
        RegistrationScope::default().into()
    }
}

impl From<RegistrationScope> for RegistrationScopeBody {
    fn from(RegistrationScope(text): RegistrationScope) -> Self {
        Self(text)
    }
}

impl From<RegistrationScopeBody> for RegistrationScope {
    fn from(RegistrationScopeBody(text): RegistrationScopeBody) -> Self {
        Self(text)
    }
}

impl From<DynamicRegistration> for DynamicRegistrationBody {
    fn from(setting: DynamicRegistration) -> Self {
        match setting {
            DynamicRegistration::Off => Self::Off,
            DynamicRegistration::InitialAccessToken => Self::InitialAccessToken,
        }
    }
}

impl From<DynamicRegistrationBody> for DynamicRegistration {
    fn from(body: DynamicRegistrationBody) -> Self {
        match body {
            DynamicRegistrationBody::Off => Self::Off,
            DynamicRegistrationBody::InitialAccessToken => Self::InitialAccessToken,
        }
    }
}
