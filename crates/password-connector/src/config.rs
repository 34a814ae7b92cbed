//! What the connector is started with, and why it may refuse.

use std::{num::NonZero, thread::available_parallelism, time::Duration};
use thiserror::Error;

/// The installation's settings. None of them is a tenant's to choose.
///
/// Raised or lowered parameters take effect at each person's next login: see `Verified::Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// argon2id's memory, in KiB: 7,168 to 65,536; 19,456 by default.
    pub memory_kib: u32,
    /// argon2id's passes: 1 to 12; 2 by default. Memory times passes is at least 35,840, the least that OWASP recommends.
    pub passes: u32,
    /// argon2id's lanes: 1 to 4; 1 by default. They are filled one after the other.
    pub lanes: u32,
    /// How many passwords are hashed at once: 1 to 256; as many as there are cores by default. Each needs `memory_kib`, which
    /// is kept between hashes, and up to 64 MiB while an imported hash is verified.
    pub workers: usize,
    /// How many of one tenant may wait: 1 to 4,096; 64 by default.
    pub longest_queue: usize,
    /// How long one may wait: at most 30 seconds; 3 by default.
    pub longest_wait: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
            workers: available_parallelism().map_or(1, NonZero::get).min(256),
            longest_queue: 64,
            longest_wait: Duration::from_secs(3),
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), UnusableConfig> {
        let ranges = [
            (
                (7_168..=65_536).contains(&self.memory_kib),
                UnusableConfig::Memory,
            ),
            ((1..=12).contains(&self.passes), UnusableConfig::Passes),
            ((1..=4).contains(&self.lanes), UnusableConfig::Lanes),
            (
                u64::from(self.memory_kib) * u64::from(self.passes) >= 35_840,
                UnusableConfig::TooCheap,
            ),
            ((1..=256).contains(&self.workers), UnusableConfig::Workers),
            (
                (1..=4_096).contains(&self.longest_queue),
                UnusableConfig::LongestQueue,
            ),
            (
                self.longest_wait <= Duration::from_secs(30),
                UnusableConfig::LongestWait,
            ),
        ];
        let broken = ranges.into_iter().find(|(is_good, _)| !is_good);
        broken.map_or(Ok(()), |(_, error)| Err(error))
    }
}

/// Why the connector cannot be started. The installation's operator must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnusableConfig {
    /// `memory_kib`.
    #[error("argon2id's memory must be 7,168 to 65,536 KiB")]
    Memory,
    /// `passes`.
    #[error("argon2id's passes must be 1 to 12")]
    Passes,
    /// `lanes`.
    #[error("argon2id's lanes must be 1 to 4")]
    Lanes,
    /// `memory_kib` and `passes` together.
    #[error("argon2id's memory in KiB times its passes must be at least 35,840")]
    TooCheap,
    /// `workers`.
    #[error("1 to 256 passwords can be hashed at once")]
    Workers,
    /// `longest_queue`.
    #[error("1 to 4,096 of a tenant can wait for a password to be hashed")]
    LongestQueue,
    /// `longest_wait`.
    #[error("one can wait for a password to be hashed for at most 30 seconds")]
    LongestWait,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_usable_and_what_is_out_of_bounds_is_named() {
        assert_eq!(Config::default().check(), Ok(()));
        assert!(Config::default().workers >= 1);
        let with = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.check().err()
        };
        assert_eq!(with(|c| c.memory_kib = 7_167), Some(UnusableConfig::Memory));
        assert_eq!(with(|c| c.memory_kib = 65_537), Some(UnusableConfig::Memory));
        assert_eq!(with(|c| c.passes = 0), Some(UnusableConfig::Passes));
        assert_eq!(with(|c| c.passes = 13), Some(UnusableConfig::Passes));
        assert_eq!(with(|c| c.lanes = 0), Some(UnusableConfig::Lanes));
        assert_eq!(with(|c| c.passes = 1), Some(UnusableConfig::TooCheap));
        assert_eq!(with(|c| c.workers = 0), Some(UnusableConfig::Workers));
        assert_eq!(with(|c| c.longest_queue = 0), Some(UnusableConfig::LongestQueue));
        assert_eq!(
            with(|c| c.longest_wait = Duration::from_secs(31)),
            Some(UnusableConfig::LongestWait)
        );
    }
}
