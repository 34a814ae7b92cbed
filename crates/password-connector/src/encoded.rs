//! Hashes as text: ours, and those that other products wrote. What is read here may be verified: what would cost too much, or
//! was never worth anything, is refused.
//!
//! | form | from |
//! | --- | --- |
//! | `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, `argon2i`, `argon2d`, with or without `v` | the PHC string format |
//! | `$2a$…`, `$2b$…`, `$2y$…` | bcrypt |
//! | `$scrypt$ln=…,r=…,p=…$salt$tag` | the PHC string format, passlib |
//! | `$pbkdf2-sha256$i=…$salt$tag`, `-sha512`, with or without `l` | the PHC string format |
//! | `$pbkdf2-sha256$rounds$salt$tag`, `-sha512` | passlib |
//! | `pbkdf2_sha256$iterations$salt$tag`, `_sha512` | Django |
//!
//! To add one: an [`Algorithm`], its bounds in `check`, its reader here, its work in `tag`.

use crate::tag::{Algorithm, Digest};
use argon2::Version;
use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD},
};
use hufu_core::Invalid;
use zeroize::Zeroizing;

/// A hash, read.
pub(crate) struct Encoded {
    pub(crate) algorithm: Algorithm,
    pub(crate) salt: Vec<u8>,
    pub(crate) tag: Zeroizing<Vec<u8>>,
}

/// No form is longer: the longest salt and tag are 64 bytes each.
const LONGEST: usize = 512;

const UNKNOWN: Invalid = Invalid(
    "is not a password hash of a known form: argon2, bcrypt, scrypt, or PBKDF2 with SHA-256 or SHA-512",
);
const MALFORMED: Invalid = Invalid("the parameters, the salt or the tag of the password hash cannot be read");

/// bcrypt's own alphabet. Its last characters have bits that nobody looks at, and not all products leave them 0.
const BCRYPT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

impl Encoded {
    /// Reads any of the forms, and checks the cost.
    pub(crate) fn read(text: &str) -> Result<Self, Invalid> {
        if text.len() > LONGEST {
            return Err(MALFORMED);
        }
        let mut parts = text.split('$');
        let parts: [Option<&str>; 7] = std::array::from_fn(|_| parts.next());
        let read = match parts {
            [
                Some(""),
                Some("argon2id" | "argon2i" | "argon2d"),
                _,
                _,
                _,
                _,
                None,
            ] => argon2(&parts),
            [
                Some(""),
                Some("2a" | "2b" | "2y"),
                Some(cost),
                Some(rest),
                None,
                ..,
            ] => bcrypt(cost, rest),
            [
                Some(""),
                Some("scrypt"),
                Some(costs),
                Some(salt),
                Some(tag),
                None,
                ..,
            ] => scrypt(costs, salt, tag),
            [
                Some(""),
                Some(name @ ("pbkdf2-sha256" | "pbkdf2-sha512")),
                Some(costs),
                Some(salt),
                Some(tag),
                None,
                ..,
            ] => pbkdf2(digest(name), costs, salt, tag),
            [
                Some(name @ ("pbkdf2_sha256" | "pbkdf2_sha512")),
                Some(iterations),
                Some(salt),
                Some(tag),
                None,
                ..,
            ] => django(digest(name), iterations, salt, tag),
            _ => return Err(UNKNOWN),
        };
        let read = read.ok_or(MALFORMED)?;
        read.algorithm.check()?;
        read.check_lengths()?;
        Ok(read)
    }

    /// The PHC string of one of ours.
    pub(crate) fn argon2id(memory_kib: u32, passes: u32, lanes: u32, salt: &[u8], tag: &[u8]) -> String {
        let (salt, tag) = (
            BASE64_STANDARD_NO_PAD.encode(salt),
            BASE64_STANDARD_NO_PAD.encode(tag),
        );
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${tag}")
    }

    fn check_lengths(&self) -> Result<(), Invalid> {
        if !(8..=64).contains(&self.salt.len()) {
            return Err(Invalid("the salt of the password hash must have 8 to 64 bytes"));
        }
        if !(16..=64).contains(&self.tag.len()) {
            return Err(Invalid("the tag of the password hash must have 16 to 64 bytes"));
        }
        Ok(())
    }
}

fn argon2(parts: &[Option<&str>; 7]) -> Option<Encoded> {
    let (version, costs, salt, tag) = match *parts {
        [_, _, Some("v=19"), Some(costs), Some(salt), Some(tag), None] => (Version::V0x13, costs, salt, tag),
        // The second, from before there were versions.
        [_, _, Some("v=16"), Some(costs), Some(salt), Some(tag), None]
        | [_, _, Some(costs), Some(salt), Some(tag), None, _] => (Version::V0x10, costs, salt, tag),
        _ => return None,
    };
    let [memory_kib, passes, lanes] = numbers(costs, ["m=", "t=", "p="])?;
    Some(Encoded {
        algorithm: Algorithm::Argon2 {
            kind: parts[1]?.parse().ok()?,
            version,
            memory_kib,
            passes,
            lanes,
        },
        salt: decode(salt)?,
        tag: Zeroizing::new(decode(tag)?),
    })
}

fn bcrypt(cost: &str, rest: &str) -> Option<Encoded> {
    let (salt, tag) = rest.split_at_checked(22)?;
    if cost.len() != 2 || tag.len() != 31 {
        return None;
    }
    Some(Encoded {
        // Two digits, the first of which may be 0.
        algorithm: Algorithm::Bcrypt {
            cost: number(cost.strip_prefix('0').unwrap_or(cost))?,
        },
        salt: BCRYPT.decode(salt).ok()?,
        tag: Zeroizing::new(BCRYPT.decode(tag).ok()?),
    })
}

fn scrypt(costs: &str, salt: &str, tag: &str) -> Option<Encoded> {
    let [log_n, r, p] = numbers(costs, ["ln=", "r=", "p="])?;
    Some(Encoded {
        algorithm: Algorithm::Scrypt { log_n, r, p },
        salt: decode(salt)?,
        tag: Zeroizing::new(decode(tag)?),
    })
}

fn pbkdf2(digest: Digest, costs: &str, salt: &str, tag: &str) -> Option<Encoded> {
    let tag = Zeroizing::new(decode(tag)?);
    let iterations = if let Some(rounds) = number(costs) {
        rounds
    } else if let Some([iterations]) = numbers(costs, ["i="]) {
        iterations
    } else {
        let [iterations, length] = numbers(costs, ["i=", "l="])?;
        if usize::try_from(length) != Ok(tag.len()) {
            return None;
        }
        iterations
    };
    Some(Encoded {
        algorithm: Algorithm::Pbkdf2 { digest, iterations },
        salt: decode(salt)?,
        tag,
    })
}

fn django(digest: Digest, iterations: &str, salt: &str, tag: &str) -> Option<Encoded> {
    Some(Encoded {
        algorithm: Algorithm::Pbkdf2 {
            digest,
            iterations: number(iterations)?,
        },
        // The text itself.
        salt: salt.as_bytes().to_vec(),
        tag: Zeroizing::new(BASE64_STANDARD.decode(tag).ok()?),
    })
}

fn digest(name: &str) -> Digest {
    if name.ends_with("512") {
        Digest::Sha512
    } else {
        Digest::Sha256
    }
}

/// passlib writes `.` where others write `+`.
fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD_NO_PAD.decode(text.replace('.', "+")).ok()
}

/// `m=1,t=2`: exactly these, in this order.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let mut parts = text.split(',');
    let mut read = [0; N];
    for (value, name) in read.iter_mut().zip(names) {
        *value = number(parts.next()?.strip_prefix(name)?)?;
    }
    parts.next().is_none().then_some(read)
}

/// Decimal, without sign or needless zeros.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok())?
}

#[cfg(test)]
#[path = "encoded_tests.rs"]
pub(crate) mod tests;
