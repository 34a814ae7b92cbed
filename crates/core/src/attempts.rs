//! How often one may fail to sign in by password: by account, by address, and in the tenant; how often one may be wrong about
//! the code of a device: by person, by address, and in the tenant; and how much may be begun from one address that waits for a
//! person elsewhere, which are device codes and scans.
//!
//! What is counted are failures. An account's are those since the last success: four cost nothing, the fifth a second, and each one more doubles
//! that delay, and after a hundred there is one try a day. Nothing is told of a try that came too early, right or wrong, so a
//! hundred guesses at once are no better than a hundred in a row: their answers come in the order in which they are
//! counted. Names that nobody has are counted like all others.
//!
//! Who types a code that no device shows ten times in an hour types no more in that hour (RFC 8628 §5.1): a right one beside them
//! gives no new tries, for whoever guesses has devices of their own.
//!
//! Source: NIST SP 800-63B-4 §3.2.2; OWASP ASVS 5.0 V6.3.1.

use crate::{
    Instant,
    id::UserId,
    password::Username,
    settings::SettingError,
    sms::budget::address_key,
    store::{self, Unit},
    time,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// The first failure of an account that is followed by a delay.
pub const FREE: u32 = 5;
/// Consecutive failures of an account after which there is one try a day.
pub const MOST: u32 = 100;
/// Wrong user codes of one person in an hour, after which none is looked at.
pub const MOST_USER_CODES: u32 = 10;
/// The longest delay before that, in seconds.
const LONGEST_DELAY: u32 = 900;
/// How long the window of an address or a tenant is, in seconds.
const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// A tenant's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttemptLimits {
    /// Failures from one address, or one /64 of IPv6, in an hour: 5 to 100,000; 100 by default.
    pub address_per_hour: u32,
    /// Failures in the whole tenant in an hour: 100 to 1,000,000; 10,000 by default. Beyond that nobody signs in by password.
    pub tenant_per_hour: u32,
    /// Device codes of public clients and scans that are begun from one address in an hour: 10 to 1,000,000; 600 by default.
    pub begun_per_hour: u32,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            address_per_hour: 100,
            tenant_per_hour: 10_000,
            begun_per_hour: 600,
        }
    }
}

impl AttemptLimits {
    /// All settings outside their ranges.
    pub fn check(&self) -> Vec<SettingError> {
        let ranges = [
            ("attempts.address_per_hour", self.address_per_hour, 5, 100_000),
            ("attempts.tenant_per_hour", self.tenant_per_hour, 100, 1_000_000),
            ("attempts.begun_per_hour", self.begun_per_hour, 10, 1_000_000),
        ];
        let broken = ranges
            .into_iter()
            .filter(|(_, value, low, high)| !(low..=high).contains(&value));
        broken
            .map(|(path, _, low, high)| SettingError {
                path,
                message: format!("must be {low} to {high}"),
            })
            .collect()
    }
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AttemptKind {
    /// Those of one username.
    Account,
    /// Those from one address.
    Address,
    /// All of the tenant.
    Tenant,
    /// Wrong user codes of one person.
    DeviceUser,
    /// Wrong user codes from one address.
    DeviceAddress,
    /// Wrong user codes in the tenant.
    DeviceTenant,
    /// Device codes and scans that one address has begun.
    Begun,
}

impl AttemptKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Account,
        Self::Address,
        Self::Tenant,
        Self::DeviceUser,
        Self::DeviceAddress,
        Self::DeviceTenant,
        Self::Begun,
    ];

    /// The name in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Address => "address",
            Self::Tenant => "tenant",
            Self::DeviceUser => "device_user",
            Self::DeviceAddress => "device_address",
            Self::DeviceTenant => "device_tenant",
            Self::Begun => "begun",
        }
    }
}

/// What failures are counted under: a hash, for what people type as their name may be their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttemptKey {
    /// Whose.
    pub kind: AttemptKind,
    /// SHA-256.
    pub digest: [u8; 32],
}

impl AttemptKey {
    fn of(kind: AttemptKind, text: &str) -> Self {
        let digest = Sha256::new_with_prefix(kind.as_str())
            .chain_update([0])
            .chain_update(text)
            .finalize()
            .into();
        Self { kind, digest }
    }

    /// The keys of one try, the narrowest first. They are locked in this order.
    pub fn of_try(username: &Username, address: Option<IpAddr>) -> Vec<Self> {
        let account = Self::of(AttemptKind::Account, username.as_str());
        let address = address.map(|ip| Self::of(AttemptKind::Address, &address_key(ip).to_string()));
        let tenant = Self::of(AttemptKind::Tenant, "");
        std::iter::once(account).chain(address).chain([tenant]).collect()
    }

    /// The keys of one user code that is typed, in the same order. Whoever comes from nowhere that is known is one address.
    pub fn of_user_code(user: UserId, address: Option<IpAddr>) -> Vec<Self> {
        vec![
            Self::of(AttemptKind::DeviceUser, &user.to_string()),
            Self::of_address(AttemptKind::DeviceAddress, address),
            Self::of(AttemptKind::DeviceTenant, ""),
        ]
    }

    fn of_address(kind: AttemptKind, address: Option<IpAddr>) -> Self {
        let address = address.map(|ip| address_key(ip).to_string());
        Self::of(kind, &address.unwrap_or_default())
    }
}

/// Failures that were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// Whose.
    pub key: AttemptKey,
    /// How many: of an account since the last success, else since `since`.
    pub count: u32,
    /// When the first of them was.
    pub since: Instant,
    /// When the last of them was.
    pub last_at: Instant,
}

impl Failures {
    /// These and one more.
    #[must_use]
    pub fn and_one(self, now: Instant) -> Self {
        if self.is_over(now) {
            return Self::first(self.key, now);
        }
        Self {
            count: self.count.saturating_add(1),
            last_at: now,
            ..self
        }
    }

    /// Those of `known` that are counted under the key, and one more.
    pub fn one_more(key: AttemptKey, known: &[Self], now: Instant) -> Self {
        match known.iter().find(|known| known.key == key) {
            Some(known) => known.and_one(now),
            None => Self::first(key, now),
        }
    }

    /// The first one.
    pub const fn first(key: AttemptKey, now: Instant) -> Self {
        Self {
            key,
            count: 1,
            since: now,
            last_at: now,
        }
    }

    /// From when on they mean nothing any more. An account's are remembered for thirty days.
    pub fn expires_at(&self) -> Instant {
        match self.key.kind {
            AttemptKind::Account => time::after(self.last_at, 30 * DAY),
            AttemptKind::Address
            | AttemptKind::Tenant
            | AttemptKind::DeviceUser
            | AttemptKind::DeviceAddress
            | AttemptKind::DeviceTenant
            | AttemptKind::Begun => time::after(self.since, HOUR),
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        now >= self.expires_at()
    }

    /// Until when no try counts.
    fn holds_until(&self, limits: AttemptLimits) -> Option<Instant> {
        let most = match self.key.kind {
            AttemptKind::Account => {
                let delay = match self.count {
                    0..FREE => return None,
                    MOST.. => DAY,
                    count => 1_u32
                        .checked_shl(count - FREE)
                        .map_or(LONGEST_DELAY, |delay| delay.min(LONGEST_DELAY)),
                };
                return Some(time::after(self.last_at, delay));
            }
            AttemptKind::Address | AttemptKind::DeviceAddress => limits.address_per_hour,
            AttemptKind::DeviceUser => MOST_USER_CODES,
            AttemptKind::Tenant | AttemptKind::DeviceTenant => limits.tenant_per_hour,
            AttemptKind::Begun => limits.begun_per_hour,
        };
        (self.count >= most).then(|| self.expires_at())
    }
}

/// How long a try must wait, in seconds; `None` where it counts. `failures` are those of [`AttemptKey::of_try`] that are there.
pub fn wait(failures: &[Failures], limits: AttemptLimits, now: Instant) -> Option<u32> {
    let until = failures
        .iter()
        .filter(|failures| !failures.is_over(now))
        .filter_map(|failures| failures.holds_until(limits))
        .max()?;
    let left = (until - now).num_milliseconds();
    (left > 0).then(|| u32::try_from((left + 999) / 1_000).unwrap_or(DAY))
}

/// What became of a device code or a scan that somebody wants to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It is kept.
    Kept,
    /// There is another with its id or its code.
    Taken,
    /// Too many were begun; nothing is kept. For how many seconds.
    TooMany(u32),
}

/// Counts one that is begun from an address. For how many seconds none may be, where too many were. Locks the address until the
/// unit ends, so that of many at once as many come through as of as many in a row.
pub(crate) async fn begin(
    unit: &mut dyn Unit,
    address: Option<IpAddr>,
    limits: AttemptLimits,
    now: Instant,
) -> store::Result<Option<u32>> {
    let key = AttemptKey::of_address(AttemptKind::Begun, address);
    let known = unit.failures(&[key]).await?;
    if let Some(seconds) = wait(&known, limits, now) {
        return Ok(Some(seconds));
    }
    unit.put_failures(&Failures::one_more(key, &known, now)).await?;
    Ok(None)
}

#[cfg(test)]
#[path = "attempts_tests.rs"]
mod tests;
