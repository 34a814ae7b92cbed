//! Faults by the name of the bad day that they stand for.

use serde::{Deserialize, Serialize};

use super::{Fault, FaultAction};
use crate::wechat::Failure;

const LOGIN: &str = "/sns/jscode2session";
/// The endpoints that give out access tokens.
const TOKENS: &str = "/cgi-bin/*";

/// A bad day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// WeChat is busy: -1 everywhere.
    Busy,
    /// A user logs in too often: 45011 on the exchange of codes.
    UserMinuteLimit,
    /// An app's daily quota is spent: 45009 everywhere.
    DailyQuota,
    /// WeChat distrusts the user: 40226 on the exchange of codes.
    RiskBlock,
    /// The app's secret was changed: 40125 everywhere.
    SecretRotated,
    /// The app's secret was frozen: 40243 on the token endpoints.
    SecretFrozen,
    /// The caller's address is not allowed: 40164 on the token endpoints.
    IpNotWhitelisted,
    /// After each call another program refreshes the app's legacy access token.
    TokenRace,
    /// After each exchange the user's session key is rotated.
    KeyRotationStorm,
    /// WeChat is away: 502 everywhere.
    Outage,
}

impl From<Preset> for Fault {
    fn from(preset: Preset) -> Self {
        match preset {
            Preset::Busy => failing(Failure::SYSTEM_BUSY),
            Preset::UserMinuteLimit => failing(Failure::MINUTE_QUOTA).on_path(LOGIN),
            Preset::DailyQuota => failing(Failure::DAILY_QUOTA),
            Preset::RiskBlock => failing(Failure::CODE_BLOCKED).on_path(LOGIN),
            Preset::SecretRotated => failing(Failure::INVALID_SECRET),
            Preset::SecretFrozen => failing(Failure::SECRET_FROZEN).on_path(TOKENS),
            Preset::IpNotWhitelisted => failing(Failure::ip_not_allowed(
                std::net::Ipv4Addr::new(203, 0, 113, 7).into(),
            ))
            .on_path(TOKENS),
            Preset::TokenRace => Self::new(FaultAction::LegacyTokenTaken),
            Preset::KeyRotationStorm => Self::new(FaultAction::SessionKeyRotated).on_path(LOGIN),
            Preset::Outage => Self::new(FaultAction::Http {
                status: 502,
                body: "<html><head><title>502 Bad Gateway</title></head></html>".into(),
            }),
        }
    }
}

fn failing(failure: Failure) -> Fault {
    Fault::new(FaultAction::Errcode {
        n: failure.errcode,
        msg: failure.errmsg.into_owned(),
    })
}
