//! The slow functions, and what each may cost. A *tag* is what a function makes of password and salt.
//!
//! Ceilings: 64 MiB and about a second on a core of today, so that one hash that was imported does not hold up a worker; floors:
//! what was never a good choice.

use crate::memory::Memory;
use argon2::{Argon2, Params, Version};
use aws_lc_rs::pbkdf2;
use hufu_core::Invalid;
use std::num::NonZeroU32;
use zeroize::{Zeroize, Zeroizing};

/// A function with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Argon2 {
        kind: argon2::Algorithm,
        version: Version,
        memory_kib: u32,
        passes: u32,
        lanes: u32,
    },
    Bcrypt {
        cost: u32,
    },
    Scrypt {
        log_n: u32,
        r: u32,
        p: u32,
    },
    Pbkdf2 {
        digest: Digest,
        iterations: u32,
    },
}

/// What PBKDF2 iterates HMAC with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha256,
    Sha512,
}

/// All that bcrypt looks at, with the 0 that it ends passwords with.
const BCRYPT_BYTES: usize = 72;

impl Algorithm {
    /// Whether the parameters are between floor and ceiling.
    pub(crate) fn check(self) -> Result<(), Invalid> {
        match self {
            Self::Argon2 {
                memory_kib,
                passes,
                lanes,
                ..
            } => {
                let work = u64::from(memory_kib) * u64::from(passes);
                within(
                    memory_kib >= 4_096 && passes >= 1 && (1..=16).contains(&lanes),
                    "an argon2 hash must have 4,096 KiB or more, a pass or more and 1 to 16 lanes",
                )?;
                within(
                    memory_kib <= 65_536 && work <= 12 * 65_536,
                    "the argon2 hash costs too much: at most 65,536 KiB, and 786,432 KiB times passes",
                )
            }
            Self::Bcrypt { cost } => within(
                (8..=13).contains(&cost),
                "the cost of a bcrypt hash must be 8 to 13",
            ),
            Self::Scrypt { log_n, r, p } => {
                let n = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
                let blocks = n.saturating_mul(u64::from(r));
                within(
                    (1..=32).contains(&r) && (1..=16).contains(&p) && blocks >= 1 << 16,
                    "an scrypt hash must have 8 MiB or more, r of 1 to 32 and p of 1 to 16",
                )?;
                within(
                    blocks <= 1 << 19 && blocks.saturating_mul(u64::from(p)) <= 1 << 21,
                    "the scrypt hash costs too much: at most 64 MiB, and four times that over all p",
                )
            }
            Self::Pbkdf2 {
                digest: Digest::Sha256,
                iterations,
            } => within(
                (10_000..=2_000_000).contains(&iterations),
                "a PBKDF2-SHA256 hash must have 10,000 to 2,000,000 iterations",
            ),
            Self::Pbkdf2 {
                digest: Digest::Sha512,
                iterations,
            } => within(
                (10_000..=1_000_000).contains(&iterations),
                "a PBKDF2-SHA512 hash must have 10,000 to 1,000,000 iterations",
            ),
        }
    }

    /// The tag of a password, of `length` bytes; `None` where the function refuses its parameters, which `check` would have.
    pub(crate) fn tag(
        self,
        password: &[u8],
        salt: &[u8],
        length: usize,
        keep: usize,
        memory: &mut Memory,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut tag = Zeroizing::new(vec![0; length]);
        match self {
            Self::Argon2 {
                kind,
                version,
                memory_kib,
                passes,
                lanes,
            } => {
                let params = Params::new(memory_kib, passes, lanes, Some(length)).ok()?;
                let blocks = params.block_count();
                let argon2 = Argon2::new(kind, version, params);
                let fill = |blocks: &mut [_]| {
                    argon2.hash_password_into_with_memory(password, salt, &mut tag, blocks)
                };
                memory.with(blocks, keep, fill).ok()?;
            }
            Self::Bcrypt { cost } => {
                let mut key = Zeroizing::new(Vec::with_capacity(BCRYPT_BYTES));
                key.extend(password.iter().copied().chain([0]).take(BCRYPT_BYTES));
                let mut made = bcrypt::bcrypt(cost, salt.try_into().ok()?, &key);
                // The last byte of the 24 is never written down.
                tag.copy_from_slice(made.get(..length)?);
                made.zeroize();
            }
            Self::Scrypt { log_n, r, p } => {
                let params = scrypt::Params::new(log_n.try_into().ok()?, r, p).ok()?;
                scrypt::scrypt(password, salt, &params, &mut tag).ok()?;
            }
            Self::Pbkdf2 { digest, iterations } => {
                let algorithm = match digest {
                    Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
                    Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
                };
                let iterations = NonZeroU32::new(iterations)?;
                pbkdf2::derive(algorithm, iterations, salt, password, &mut tag);
            }
        }
        Some(tag)
    }

    /// Whether the function tells the password from all others: bcrypt looks at 72 bytes, and takes a 0 for the end.
    pub(crate) fn reads_all_of(self, password: &[u8]) -> bool {
        !matches!(self, Self::Bcrypt { .. }) || (password.len() <= BCRYPT_BYTES && !password.contains(&0))
    }
}

fn within(is_good: bool, message: &'static str) -> Result<(), Invalid> {
    is_good.then_some(()).ok_or(Invalid(message))
}
