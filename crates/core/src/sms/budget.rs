//! How many messages may be sent, before any is. Somebody earns by each message to numbers of theirs (SMS pumping), and a
//! person can be pestered with them; so they are counted by phone, by the caller's address, by the block of numbers, by
//! country and by tenant, in sliding windows, and what cannot be counted is not sent.
//!
//! The store counts what [`Budget::limits`] asks for, [`decide`] decides, and the message is counted before it is sent, in the
//! same unit of work: a vendor's answer that was lost is a message that counts. Counts are of one tenant.
//!
//! Source: OWASP ASVS 5.0 V6.6.3; NIST SP 800-63B-4 §3.1.3.3.

use super::CallingCode;
use crate::{Instant, phone::PhoneNumber};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv6Addr};

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// How many messages a tenant lets itself send. All windows slide. 0 means none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// To one number in 60 seconds: 1 by default. This and the next two are what vendors allow at most.
    pub phone_per_minute: u32,
    /// To one number in an hour: 5 by default.
    pub phone_per_hour: u32,
    /// To one number in 24 hours: 10 by default.
    pub phone_per_day: u32,
    /// For one address ([`address_key`]) in an hour: 10 by default.
    pub address_per_hour: u32,
    /// For one address in 24 hours: 30 by default.
    pub address_per_day: u32,
    /// To one block of 10,000 numbers ([`prefix_key`]) in an hour: 20 by default.
    pub prefix_per_hour: u32,
    /// To one country calling code in 24 hours: 10,000 by default.
    pub country_per_day: u32,
    /// To all in 24 hours: 10,000 by default.
    pub tenant_per_day: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            phone_per_minute: 1,
            phone_per_hour: 5,
            phone_per_day: 10,
            address_per_hour: 10,
            address_per_day: 30,
            prefix_per_hour: 20,
            country_per_day: 10_000,
            tenant_per_day: 10_000,
        }
    }
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Messages to one number.
    Phone,
    /// Messages that one address asked for.
    Address,
    /// Messages to one block of numbers.
    Prefix,
    /// Messages to one country calling code.
    Country,
    /// All messages of the tenant.
    Tenant,
}

impl Counted {
    /// The name in events and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Prefix => "prefix",
            Self::Country => "country",
            Self::Tenant => "tenant",
        }
    }
}

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is counted.
    pub counted: Counted,
    /// The window, in seconds, back from now.
    pub window: u32,
    /// How many messages fit in.
    pub most: u32,
}

impl Budget {
    /// All limits. Each of them must be counted.
    pub const fn limits(&self) -> [Limit; 8] {
        const fn limit(counted: Counted, window: u32, most: u32) -> Limit {
            Limit {
                counted,
                window,
                most,
            }
        }
        [
            limit(Counted::Phone, MINUTE, self.phone_per_minute),
            limit(Counted::Phone, HOUR, self.phone_per_hour),
            limit(Counted::Phone, DAY, self.phone_per_day),
            limit(Counted::Address, HOUR, self.address_per_hour),
            limit(Counted::Address, DAY, self.address_per_day),
            limit(Counted::Prefix, HOUR, self.prefix_per_hour),
            limit(Counted::Country, DAY, self.country_per_day),
            limit(Counted::Tenant, DAY, self.tenant_per_day),
        ]
    }
}

/// What was sent in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// What was counted.
    pub counted: Counted,
    /// The window, in seconds.
    pub window: u32,
    /// Messages in it.
    pub sent: u32,
    /// When the first of them was sent.
    pub oldest_at: Option<Instant>,
}

/// Whether one message more may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetVerdict {
    /// It may.
    Ok,
    /// It may not.
    Exceeded {
        /// The limit that holds for longest.
        which: Counted,
        /// When to try again, in seconds: not before, though it may be later.
        retry_after: u32,
    },
}

/// Decides. A limit that has no count is exceeded: what cannot be counted is not sent. So an empty `counts` says how to fail
/// where the store is away.
pub fn decide(counts: &[Count], budget: &Budget, now: Instant) -> BudgetVerdict {
    let exceeded = budget.limits().into_iter().filter_map(|limit| {
        let mut counts = counts.iter();
        let count = counts.find(|count| (count.counted, count.window) == (limit.counted, limit.window));
        wait(limit, count, now).map(|seconds| (limit.counted, seconds))
    });
    match exceeded.max_by_key(|(_, seconds)| *seconds) {
        None => BudgetVerdict::Ok,
        Some((which, retry_after)) => BudgetVerdict::Exceeded { which, retry_after },
    }
}

/// How long a limit holds one message more off; `None` where it does not.
fn wait(limit: Limit, count: Option<&Count>, now: Instant) -> Option<u32> {
    let Some(count) = count else {
        return Some(limit.window.min(MINUTE));
    };
    if count.sent < limit.most {
        return None;
    }
    // The window has room again once the first message in it is out of it.
    let age = count.oldest_at.map_or(0, |oldest| (now - oldest).num_seconds());
    let left = i64::from(limit.window) - age;
    Some(u32::try_from(left).unwrap_or(1).clamp(1, limit.window))
}

/// Whether codes may be sent to this number's country at all. `allowed` is the tenant's list; an empty one allows
/// [`CallingCode::CHINA`] alone.
pub fn is_allowed(number: &PhoneNumber, allowed: &[CallingCode]) -> bool {
    let code = CallingCode::of(number);
    if allowed.is_empty() {
        code == CallingCode::CHINA
    } else {
        allowed.contains(&code)
    }
}

/// The block that a number is in: the number without its last four digits. Pumping goes through such blocks.
pub fn prefix_key(number: &PhoneNumber) -> &str {
    let number = number.as_str();
    &number[..number.len().saturating_sub(4)]
}

/// What is counted as one address: an IPv4 address, or a /64 of IPv6, which one subscriber has whole.
pub fn address_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// What became of the messages to one block of numbers or one country, of those whose code is over: used, burnt or expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// Messages.
    pub sent: u32,
    /// Those whose code came back.
    pub verified: u32,
}

/// Fewer messages say nothing. Less than what a block may get in an hour, so that the alarm comes before the budget ends it.
pub const LEAST_FOR_ALARM: u32 = 10;
/// Of a hundred codes, so many come back at least where people sign in: below, it is pumping, or a vendor that delivers
/// nothing.
pub const ALARM_BELOW: u32 = 25;
/// An alarm ends only here, so that it does not come and go.
pub const CALM_FROM: u32 = 50;

/// What follows from a conversion rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmVerdict {
    /// Nothing changes.
    AsItWas,
    /// Tell the tenant.
    Raise,
    /// It is over.
    End,
}

/// Decides. `is_raised`: whether the tenant was told already.
pub fn decide_alarm(conversion: Conversion, is_raised: bool) -> AlarmVerdict {
    let Conversion { sent, verified } = conversion;
    if sent < LEAST_FOR_ALARM {
        return AlarmVerdict::AsItWas;
    }
    let is_below = |percent: u32| u64::from(verified) * 100 < u64::from(sent) * u64::from(percent);
    match is_raised {
        false if is_below(ALARM_BELOW) => AlarmVerdict::Raise,
        true if !is_below(CALM_FROM) => AlarmVerdict::End,
        _ => AlarmVerdict::AsItWas,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        Instant::from_timestamp_millis(1_767_600_000_000).unwrap()
    }

    fn ago(seconds: u32) -> Instant {
        now() - chrono::TimeDelta::seconds(seconds.into())
    }

    /// Nothing was sent.
    fn counts() -> Vec<Count> {
        let empty = |limit: Limit| Count {
            counted: limit.counted,
            window: limit.window,
            sent: 0,
            oldest_at: None,
        };
        Budget::default().limits().map(empty).into()
    }

    fn exceeded(which: Counted, retry_after: u32) -> BudgetVerdict {
        BudgetVerdict::Exceeded { which, retry_after }
    }

    #[test]
    fn r45_each_limit_holds_by_itself_and_for_as_long_as_its_window() {
        let budget = Budget::default();
        assert_eq!(decide(&counts(), &budget, now()), BudgetVerdict::Ok);
        for (at, limit) in budget.limits().into_iter().enumerate() {
            let verdict = |sent, oldest_at| {
                let mut counts = counts();
                counts[at].sent = sent;
                counts[at].oldest_at = oldest_at;
                decide(&counts, &budget, now())
            };
            let which = limit.counted;
            assert_eq!(
                verdict(limit.most - 1, Some(ago(0))),
                BudgetVerdict::Ok,
                "{limit:?}"
            );
            for sent in [limit.most, limit.most + 1, u32::MAX] {
                assert_eq!(verdict(sent, Some(ago(0))), exceeded(which, limit.window));
                assert_eq!(verdict(sent, Some(ago(limit.window - 7))), exceeded(which, 7));
                // Counted a moment too late, not at all, or by a clock that is ahead.
                assert_eq!(verdict(sent, Some(ago(limit.window + 9))), exceeded(which, 1));
                assert_eq!(verdict(sent, None), exceeded(which, limit.window));
                assert_eq!(
                    verdict(sent, Some(now() + chrono::TimeDelta::days(9))),
                    exceeded(which, limit.window)
                );
            }
        }
    }

    #[test]
    fn the_limit_that_holds_for_longest_is_told() {
        let mut counts = counts();
        counts[0] = Count {
            sent: 1,
            oldest_at: Some(ago(10)),
            ..counts[0]
        };
        counts[4] = Count {
            sent: 30,
            oldest_at: Some(ago(80_000)),
            ..counts[4]
        };
        assert_eq!(
            decide(&counts, &Budget::default(), now()),
            exceeded(Counted::Address, 6_400)
        );
    }

    #[test]
    fn r45_what_cannot_be_counted_is_not_sent() {
        let budget = Budget::default();
        assert!(matches!(
            decide(&[], &budget, now()),
            BudgetVerdict::Exceeded { retry_after: 60, .. }
        ));
        for missing in 0..counts().len() {
            let mut counts = counts();
            let which = counts.remove(missing).counted;
            assert_eq!(decide(&counts, &budget, now()), exceeded(which, 60));
        }
        let mut counts = counts();
        counts[3].window = DAY;
        assert_eq!(decide(&counts, &budget, now()), exceeded(Counted::Address, 60));
        let none = Budget {
            tenant_per_day: 0,
            ..budget
        };
        assert_eq!(
            decide(&self::counts(), &none, now()),
            exceeded(Counted::Tenant, DAY)
        );
    }

    #[test]
    fn a_thousand_addresses_that_pump_one_block_get_no_more_than_its_share() {
        let budget = Budget::default();
        let mut sent = 0;
        for _address in 0..1_000 {
            let mut counts = counts();
            let prefix = counts
                .iter_mut()
                .find(|count| count.counted == Counted::Prefix)
                .unwrap();
            (prefix.sent, prefix.oldest_at) = (sent, Some(ago(5)));
            sent += u32::from(decide(&counts, &budget, now()) == BudgetVerdict::Ok);
        }
        assert_eq!(sent, budget.prefix_per_hour);
    }

    #[test]
    fn r45_only_allowed_countries_get_codes() {
        let number = |text| PhoneNumber::parse(text).unwrap();
        let (china, hong_kong) = (number("+8613800138000"), number("+85251234567"));
        assert!(is_allowed(&china, &[]) && !is_allowed(&hong_kong, &[]));
        let both = [CallingCode::CHINA, CallingCode(852)];
        assert!(is_allowed(&china, &both) && is_allowed(&hong_kong, &both));
        assert!(!is_allowed(&china, &[CallingCode(852)]));
    }

    #[test]
    fn keys_join_what_one_pumper_has() {
        let number = PhoneNumber::parse("+8613800138000").unwrap();
        assert_eq!(prefix_key(&number), "+861380013");
        assert_eq!(prefix_key(&PhoneNumber::parse("+1234567").unwrap()), "+123");
        for (address, key) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(address_key(address.parse().unwrap()).to_string(), key);
        }
    }

    #[test]
    fn the_alarm_is_raised_by_messages_that_nobody_answers_and_not_by_few() {
        for (sent, verified, before, after) in [
            (0, 0, AlarmVerdict::AsItWas, AlarmVerdict::AsItWas),
            (9, 0, AlarmVerdict::AsItWas, AlarmVerdict::AsItWas),
            (10, 0, AlarmVerdict::Raise, AlarmVerdict::AsItWas),
            (20, 0, AlarmVerdict::Raise, AlarmVerdict::AsItWas),
            (20, 4, AlarmVerdict::Raise, AlarmVerdict::AsItWas),
            (20, 5, AlarmVerdict::AsItWas, AlarmVerdict::AsItWas),
            (20, 9, AlarmVerdict::AsItWas, AlarmVerdict::AsItWas),
            (20, 10, AlarmVerdict::AsItWas, AlarmVerdict::End),
            (20, 40, AlarmVerdict::AsItWas, AlarmVerdict::End),
            (u32::MAX, 1, AlarmVerdict::Raise, AlarmVerdict::AsItWas),
            (u32::MAX, u32::MAX, AlarmVerdict::AsItWas, AlarmVerdict::End),
        ] {
            let conversion = Conversion { sent, verified };
            assert_eq!(decide_alarm(conversion, false), before, "{conversion:?}");
            assert_eq!(decide_alarm(conversion, true), after, "{conversion:?}");
        }
    }

    #[test]
    fn a_budget_reads_back_and_refuses_what_it_does_not_know() {
        let budget: Budget = serde_json::from_str(r#"{"tenant_per_day":5}"#).unwrap();
        assert_eq!(
            budget,
            Budget {
                tenant_per_day: 5,
                ..Budget::default()
            }
        );
        assert!(serde_json::from_str::<Budget>(r#"{"tenant_per_week":5}"#).is_err());
        let names = budget.limits().map(|limit| limit.counted.as_str());
        assert_eq!(
            names,
            [
                "phone", "phone", "phone", "address", "address", "prefix", "country", "tenant"
            ]
        );
    }
}
