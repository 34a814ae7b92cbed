//! The life of a code: six digits, good for five minutes and five tries, once, for one phone and one purpose.
//!
//! There is one challenge at most for each (tenant, phone, purpose): a new one takes the place of the one before, whose code
//! is wrong from then on. What is stored cannot be turned back into the code without the pepper, though there are only a
//! million codes: so the pepper is kept apart from the rows.
//!
//! The functions are pure. Whoever applies a verdict holds the row from loading it on, so that of a hundred tries at once
//! five count.
//!
//! Source: OWASP ASVS 5.0 V6.5.1 to V6.5.5 and V6.6.2; NIST SP 800-63B-4 §3.1.3.2.

use super::SmsPurpose;
use crate::{Instant, Random, phone::PhoneNumber, random, time::after};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long a code is good, in seconds.
pub const LIFETIME: u32 = 300;
/// Tries of one code. The last one, too, may be right.
pub const MOST_TRIES: u32 = 5;
/// Seconds from one message until the next may follow.
pub const RESEND: u32 = 60;
/// Digits of a code: 20 bits, rounded down.
pub const DIGITS: usize = 6;

/// All codes.
const CODES: u32 = 1_000_000;

/// The secret of the installation that codes are stored under. 256 random bits.
pub struct Pepper(SecretBox<[u8; 32]>);

impl Pepper {
    /// Takes the bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// HMAC-SHA256 of the parts. Each is preceded by its length, so that no two lists of parts read the same.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        hmac_sha256(self.0.expose_secret(), |hash| {
            for part in parts {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        })
    }
}

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper(..)")
    }
}

/// HMAC-SHA256 of a code: the only form that is stored. Compared in constant time.
#[derive(Clone, Copy)]
pub struct CodeMac([u8; 32]);

impl CodeMac {
    /// Reads a stored one; `None` where it is not 32 bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for CodeMac {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl Eq for CodeMac {}

impl std::fmt::Debug for CodeMac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeMac(..)")
    }
}

/// A code that was sent, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsChallenge {
    /// Tells it from all others, of every tenant.
    pub id: Uuid,
    /// To whom.
    pub phone: PhoneNumber,
    /// What for.
    pub purpose: SmsPurpose,
    /// Who asked for it: the login, or the user who links. Nobody else's code is right, and nobody else's tries count.
    pub bound_to: Uuid,
    /// What the code is compared with.
    pub mac: CodeMac,
    /// Wrong tries so far.
    pub tries: u32,
    /// Whether the right code came. It counts once.
    pub used: bool,
    /// When it was made, which is when the message was handed to the vendor.
    pub created_at: Instant,
    /// From when on it is no good.
    pub expires_at: Instant,
}

impl SmsChallenge {
    /// A new challenge, and the code to send. The code is nowhere else.
    pub fn new(
        phone: PhoneNumber,
        purpose: SmsPurpose,
        bound_to: Uuid,
        pepper: &Pepper,
        now: Instant,
        random: &dyn Random,
    ) -> (Self, SecretString) {
        let id = random::uuid_v7(now, random);
        let code = draw(random);
        let challenge = Self {
            id,
            mac: mac(pepper, id, &phone, purpose, code.expose_secret()),
            phone,
            purpose,
            bound_to,
            tries: 0,
            used: false,
            created_at: now,
            expires_at: after(now, LIFETIME),
        };
        (challenge, code)
    }
}

/// Six digits, each code as likely as any other.
fn draw(random: &dyn Random) -> SecretString {
    loop {
        let drawn = u32::from_be_bytes(random::bytes(random));
        // What lies beyond the last whole million would make the first codes likelier. One draw in 4,000 is thrown away.
        if drawn < u32::MAX - u32::MAX % CODES {
            return format!("{:06}", drawn % CODES).into();
        }
    }
}

/// Whether a message may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendVerdict {
    /// Make a new challenge; it takes the place of the one before.
    Send,
    /// The last message was sent less than [`RESEND`] ago, whatever became of it.
    Wait {
        /// Seconds.
        retry_after: u32,
    },
}

/// Decides. `previous` is the challenge for the same tenant, phone and purpose, where there is one.
pub fn decide_send(previous: Option<&SmsChallenge>, now: Instant) -> SendVerdict {
    let Some(previous) = previous else {
        return SendVerdict::Send;
    };
    let left = (after(previous.created_at, RESEND) - now).num_milliseconds();
    // Another node's clock may be ahead a little. More than that is a clock that was set back, and nobody waits for that.
    if left <= 0 || left > 2 * 1_000 * i64::from(RESEND) {
        return SendVerdict::Send;
    }
    let seconds = u32::try_from((left + 999) / 1_000).unwrap_or(RESEND);
    SendVerdict::Wait {
        retry_after: seconds.min(RESEND),
    }
}

/// What a try comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryVerdict {
    /// It is the code: mark the challenge as used.
    Right,
    /// It is not: count the try.
    Wrong {
        /// Tries left after this one.
        left: u32,
    },
    /// It was used, or tried too often: nothing changes, and no code is right any more.
    Burnt,
    /// Its time is over: nothing changes.
    Expired,
}

/// Decides. The same work is done whatever the verdict.
///
/// Blanks and hyphens in `code` do not count, and full-width digits, which a Chinese keyboard may write, are digits.
/// Everything else that is not the code is a wrong try.
pub fn decide_try(
    challenge: &SmsChallenge,
    code: &SecretString,
    pepper: &Pepper,
    now: Instant,
) -> TryVerdict {
    let SmsChallenge {
        id, phone, purpose, ..
    } = challenge;
    let typed = normalized(code.expose_secret());
    let is_right = mac(pepper, *id, phone, *purpose, typed.expose_secret()) == challenge.mac;
    if challenge.used || challenge.tries >= MOST_TRIES {
        TryVerdict::Burnt
    } else if now >= challenge.expires_at {
        TryVerdict::Expired
    } else if is_right {
        TryVerdict::Right
    } else {
        TryVerdict::Wrong {
            left: MOST_TRIES - 1 - challenge.tries,
        }
    }
}

/// One character more than a code has is enough to tell that it is none: a longer text is not hashed whole.
fn normalized(code: &str) -> SecretString {
    let digits = code.chars().filter(|c| !matches!(c, ' ' | '\u{3000}' | '-'));
    let ascii = |c: char| match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        _ => c,
    };
    digits.take(DIGITS + 1).map(ascii).collect::<String>().into()
}

/// The id is of one tenant's row, so no code is good in another tenant.
fn mac(pepper: &Pepper, id: Uuid, phone: &PhoneNumber, purpose: SmsPurpose, code: &str) -> CodeMac {
    let parts: [&[u8]; 5] = [
        b"hufu sms code 1",
        id.as_bytes(),
        phone.as_str().as_bytes(),
        purpose.as_str().as_bytes(),
        code.as_bytes(),
    ];
    CodeMac(pepper.mac(&parts))
}

/// RFC 2104, with keys that are shorter than a block of SHA-256.
fn hmac_sha256(key: &[u8; 32], message: impl FnOnce(&mut Sha256)) -> [u8; 32] {
    let start = |mask: u8| {
        let mut block = [mask; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        Sha256::new_with_prefix(block)
    };
    let mut inner = start(0x36);
    message(&mut inner);
    start(0x5c).chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        collections::BTreeSet,
        sync::atomic::{AtomicU64, Ordering},
    };

    /// Counts.
    struct Counting(AtomicU64);
    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for chunk in bytes.chunks_mut(32) {
                let block = Sha256::digest(self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                chunk.copy_from_slice(&block[..chunk.len()]);
            }
        }
    }

    /// Gives these words, one after the other.
    struct Words(&'static [u32], AtomicU64);
    impl Random for Words {
        fn fill(&self, bytes: &mut [u8]) {
            let at = usize::try_from(self.1.fetch_add(1, Ordering::Relaxed)).unwrap();
            bytes.copy_from_slice(&self.0[at].to_be_bytes());
        }
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_timestamp_millis(1_767_600_000_000 + 1_000 * seconds).unwrap()
    }

    fn phone() -> PhoneNumber {
        PhoneNumber::parse("+8613800138000").unwrap()
    }

    fn pepper() -> Pepper {
        Pepper::new([7; 32])
    }

    fn challenge() -> (SmsChallenge, SecretString) {
        let asker = Uuid::from_u128(7);
        SmsChallenge::new(
            phone(),
            SmsPurpose::SignIn,
            asker,
            &pepper(),
            at(0),
            &Counting(1.into()),
        )
    }

    fn tried(challenge: &SmsChallenge, code: &str, seconds: i64) -> TryVerdict {
        decide_try(challenge, &code.into(), &pepper(), at(seconds))
    }

    /// A code that is not this one.
    fn wrong(code: &SecretString) -> &'static str {
        if code.expose_secret() == "000000" {
            "000001"
        } else {
            "000000"
        }
    }

    #[test]
    fn the_mac_is_hmac_sha256() {
        // Python: hmac.new(bytes([7]*32), b"what is signed", "sha256").digest()
        let mac = hmac_sha256(&[7; 32], |hash| hash.update(b"what is signed"));
        let expected = [
            0x1f, 0xbc, 0xc3, 0x1f, 0x4a, 0xc1, 0xfb, 0xf8, 0xbe, 0xa6, 0x2e, 0x12, 0xe7, 0xd5, 0x2a, 0x38,
            0x08, 0x5e, 0xe0, 0xca, 0x80, 0x3f, 0x46, 0xf5, 0x83, 0xae, 0xed, 0x8a, 0x37, 0x2d, 0x09, 0x66,
        ];
        assert_eq!(mac, expected);
    }

    #[test]
    fn r44_a_code_is_six_digits_and_none_is_likelier_than_another() {
        for (words, code) in [
            (&[0_u32][..], "000000"),
            (&[999_999], "999999"),
            (&[1_000_000], "000000"),
            (&[4_293_999_999], "999999"),
            // Beyond the last whole million, again and again.
            (&[4_294_000_000, u32::MAX, 42], "000042"),
        ] {
            assert_eq!(draw(&Words(words, 0.into())).expose_secret(), code, "{words:?}");
        }
        let random = Counting(0.into());
        let codes: BTreeSet<_> = (0..1_000)
            .map(|_| draw(&random).expose_secret().to_owned())
            .collect();
        assert!(codes.len() > 990, "{}", codes.len());
        assert!(
            codes
                .iter()
                .all(|code| code.len() == DIGITS && code.bytes().all(|b| b.is_ascii_digit()))
        );
    }

    #[test]
    fn the_right_code_is_right_however_it_is_typed() {
        let (challenge, code) = challenge();
        let code = code.expose_secret();
        let wide: String = code
            .bytes()
            .map(|b| char::from_u32(0xff10 + u32::from(b & 15)).unwrap())
            .collect();
        for typed in [
            code,
            &format!(" {} {}\u{3000}", &code[..3], &code[3..]),
            &code.replace("", "-"),
            &wide,
        ] {
            assert_eq!(tried(&challenge, typed, 1), TryVerdict::Right, "{typed}");
        }
        for typed in [
            "",
            " ",
            &code[1..],
            &format!("{code}0"),
            &"9".repeat(100_000),
            "abcdef",
            "虎虎虎虎虎虎",
        ] {
            assert_eq!(tried(&challenge, typed, 1), TryVerdict::Wrong { left: 4 });
        }
    }

    #[test]
    fn r44_five_wrong_tries_burn_it() {
        let (mut challenge, code) = challenge();
        for left in (0..5).rev() {
            assert_eq!(tried(&challenge, wrong(&code), 1), TryVerdict::Wrong { left });
            challenge.tries += 1;
        }
        assert_eq!(tried(&challenge, code.expose_secret(), 1), TryVerdict::Burnt);
        challenge.tries = MOST_TRIES - 1;
        assert_eq!(tried(&challenge, code.expose_secret(), 1), TryVerdict::Right);
        challenge.tries = u32::MAX;
        assert_eq!(tried(&challenge, code.expose_secret(), 1), TryVerdict::Burnt);
    }

    #[test]
    fn r44_it_is_right_once() {
        let (mut challenge, code) = challenge();
        challenge.used = true;
        assert_eq!(tried(&challenge, code.expose_secret(), 1), TryVerdict::Burnt);
        assert_eq!(tried(&challenge, wrong(&code), 1), TryVerdict::Burnt);
    }

    #[test]
    fn r44_after_five_minutes_no_code_is_right() {
        let (challenge, code) = challenge();
        assert_eq!(tried(&challenge, code.expose_secret(), 299), TryVerdict::Right);
        assert_eq!(tried(&challenge, code.expose_secret(), 300), TryVerdict::Expired);
        assert_eq!(tried(&challenge, wrong(&code), 300), TryVerdict::Expired);
    }

    #[test]
    fn r44_a_code_is_bound_to_challenge_phone_purpose_and_pepper() {
        let (challenge, code) = challenge();
        let others = [
            SmsChallenge {
                id: Uuid::from_u128(1),
                ..challenge.clone()
            },
            SmsChallenge {
                phone: PhoneNumber::parse("+8613800138001").unwrap(),
                ..challenge.clone()
            },
            SmsChallenge {
                purpose: SmsPurpose::Link,
                ..challenge.clone()
            },
        ];
        for other in others {
            assert_eq!(
                tried(&other, code.expose_secret(), 1),
                TryVerdict::Wrong { left: 4 }
            );
        }
        let verdict = decide_try(&challenge, &code, &Pepper::new([8; 32]), at(1));
        assert_eq!(verdict, TryVerdict::Wrong { left: 4 });
    }

    #[test]
    fn the_next_message_follows_a_minute_later_whatever_became_of_the_first() {
        let (challenge, _) = challenge();
        assert_eq!(decide_send(None, at(0)), SendVerdict::Send);
        let used = SmsChallenge {
            used: true,
            tries: 5,
            ..challenge.clone()
        };
        for previous in [&challenge, &used] {
            for (seconds, verdict) in [
                // The other node's clock is ahead.
                (-2, SendVerdict::Wait { retry_after: 60 }),
                (0, SendVerdict::Wait { retry_after: 60 }),
                (1, SendVerdict::Wait { retry_after: 59 }),
                (59, SendVerdict::Wait { retry_after: 1 }),
                (60, SendVerdict::Send),
                (301, SendVerdict::Send),
                // The clock was set back.
                (-3_600, SendVerdict::Send),
            ] {
                assert_eq!(decide_send(Some(previous), at(seconds)), verdict, "{seconds}");
            }
        }
        let almost = at(59) + chrono::TimeDelta::milliseconds(999);
        assert_eq!(
            decide_send(Some(&challenge), almost),
            SendVerdict::Wait { retry_after: 1 }
        );
    }

    #[test]
    fn r54_a_challenge_tells_neither_code_nor_number_and_reads_back_what_is_stored() {
        let (challenge, code) = challenge();
        let told = format!("{challenge:?} {:?}", pepper());
        assert!(
            !told.contains(code.expose_secret()) && !told.contains("138001"),
            "{told}"
        );
        assert_eq!(
            CodeMac::from_stored(challenge.mac.as_bytes()),
            Some(challenge.mac)
        );
        assert_eq!(CodeMac::from_stored(&[0; 31]), None);
    }
}
