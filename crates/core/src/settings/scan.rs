//! The settings of sign-in by scan.

use super::SettingError;
use crate::wechat_app::AppId;
use serde::{Deserialize, Serialize};

/// Sign-in by scan with a mini-program of the tenant's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanSettings {
    /// The mini-program: one of the tenant's WeChat apps. Where it is none, the scan is not offered.
    pub appid: String,
    /// The page of it that the code opens, such as `pages/scan/index`: no slash before it and no query after it.
    pub page: String,
    /// Which version of it the code opens: `release` by default.
    #[serde(default)]
    pub env_version: EnvVersion,
    /// Whether WeChat refuses a page that is not published. `true` by default.
    #[serde(default = "yes")]
    pub check_path: bool,
}

/// A version of a mini-program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvVersion {
    /// The published one.
    #[default]
    Release,
    /// The one on trial.
    Trial,
    /// The one under development.
    Develop,
}

impl EnvVersion {
    /// The value of WeChat's `env_version`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Trial => "trial",
            Self::Develop => "develop",
        }
    }
}

const fn yes() -> bool {
    true
}

impl ScanSettings {
    pub(super) fn check(&self) -> Vec<SettingError> {
        let is_page = (1..=128).contains(&self.page.len())
            && !self.page.starts_with('/')
            && self
                .page
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
        let rules = [
            (
                AppId::parse(&self.appid).is_ok(),
                "scan.appid",
                "must be an appid",
            ),
            (
                is_page,
                "scan.page",
                "must be 1 to 128 letters, digits, and characters of /-_. without a slash at the beginning",
            ),
        ];
        rules
            .into_iter()
            .filter(|(holds, _, _)| !holds)
            .map(|(_, path, message)| SettingError {
                path,
                message: message.to_owned(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_neither_a_slash_before_it_nor_a_query() {
        let check = |appid: &str, page: &str| {
            let settings = ScanSettings {
                appid: appid.to_owned(),
                page: page.to_owned(),
                env_version: EnvVersion::Release,
                check_path: true,
            };
            let paths: Vec<_> = settings.check().into_iter().map(|error| error.path).collect();
            paths
        };
        let appid = "wxde30000000000001";
        assert!(check(appid, "pages/scan/index").is_empty());
        for bad in ["", "/pages/scan", "pages/scan?x=1", "pages/扫码"] {
            assert_eq!(check(appid, bad), ["scan.page"], "{bad}");
        }
        assert_eq!(check("x", "pages/scan"), ["scan.appid"]);
    }
}
