//! The settings of sign-in by scan.

use crate::wire::object;
use hufu_core::settings::{EnvVersion, ScanSettings};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// Sign-in by scan: a page of ours shows a code, and the person lets the browser in on a page of the mini-program.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanBody {
    /// The mini-program: one of the tenant's WeChat apps. Where it is none, the scan is not offered.
    #[schema(example = "wxde30000000000001")]
    appid: String,
    /// The page of it that the code opens: no slash before it and no query after it.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = "^[A-Za-z0-9._-][A-Za-z0-9/._-]*$",
        example = "pages/scan/index"
    )]
    page: String,
    /// Which version of it the code opens.
    #[serde(default)]
    #[schema(inline)]
    env_version: EnvVersionBody,
    /// Whether WeChat refuses a page that is not published.
    #[serde(default = "yes")]
    #[schema(default = true)]
    check_path: bool,
}

/// A version of a mini-program.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EnvVersionBody {
    #[default]
    Release,
    Trial,
    Develop,
}

/// A member that is an object or null, and no list.
pub(super) fn object_or_null<'de, D: Deserializer<'de>>(input: D) -> Result<Option<ScanBody>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Given(#[serde(deserialize_with = "object")] ScanBody);
    Ok(Option::<Given>::deserialize(input)?.map(|given| given.0))
}

const fn yes() -> bool {
    true
}

impl From<ScanSettings> for ScanBody {
    fn from(settings: ScanSettings) -> Self {
        let ScanSettings {
            appid,
            page,
            env_version,
            check_path,
        } = settings;
        Self {
            appid,
            page,
            env_version: match env_version {
                EnvVersion::Release => EnvVersionBody::Release,
                EnvVersion::Trial => EnvVersionBody::Trial,
                EnvVersion::Develop => EnvVersionBody::Develop,
            },
            check_path,
        }
    }
}

impl From<ScanBody> for ScanSettings {
    fn from(body: ScanBody) -> Self {
        let ScanBody {
            appid,
            page,
            env_version,
            check_path,
        } = body;
        Self {
            appid,
            page,
            env_version: match env_version {
                EnvVersionBody::Release => EnvVersion::Release,
                EnvVersionBody::Trial => EnvVersion::Trial,
                EnvVersionBody::Develop => EnvVersion::Develop,
            },
            check_path,
        }
    }
}
