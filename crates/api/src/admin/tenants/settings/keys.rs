//! The settings of signing keys.

use hufu_core::settings::KeySettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Signing keys.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KeysBody {
    /// How long a key signs before its successor is made by itself, in seconds: at least 86,400, or 0 for never.
    #[schema(minimum = 0, maximum = 31_536_000, default = 7_776_000)]
    rotation_period: u32,
}

impl Default for KeysBody {
    fn default() -> Self {
        KeySettings::default().into()
    }
}

impl From<KeySettings> for KeysBody {
    fn from(KeySettings { rotation_period }: KeySettings) -> Self {
        Self { rotation_period }
    }
}

impl From<KeysBody> for KeySettings {
    fn from(KeysBody { rotation_period }: KeysBody) -> Self {
        Self { rotation_period }
    }
}
