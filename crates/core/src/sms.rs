//! Codes by SMS: what a tenant's vendor is given, the port that sends, and the rules of a code's life ([`challenge`]) and of
//! what may be sent at all ([`budget`]).
//!
//! An SMS is the weakest proof that Hufu takes, and the only one that costs money each time. So the rules fail closed: what
//! cannot be counted is not sent.
//!
//! Source: NIST SP 800-63B-4 §3.1.3 and §3.2.9; OWASP ASVS 5.0 V6.5 and V6.6.

pub mod budget;
pub mod challenge;
pub mod send;
mod vendor;

pub use vendor::{AliyunSms, SmsVendor, TemplateValue, TencentSms, WebhookSms};

use crate::{Invalid, locale::Locale, phone::PhoneNumber, text::text_newtype};
use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Sends a code to a phone, through whichever vendor the tenant has.
#[async_trait]
pub trait SmsSender: Send + Sync {
    /// One request to the vendor within its budget, and never a second: an answer that did not come in time may belong to a
    /// message that did. The caller has counted and stored the challenge before, and keeps it whatever comes back.
    async fn send(&self, vendor: &SmsVendor, message: &SmsMessage) -> Result<Sent, SmsError>;

    /// Reads the number of a mobile phone as a person writes it. One without a country calling code is of the mainland of China. The
    /// error repeats nothing of the text.
    fn read_number(&self, text: &str) -> Result<PhoneNumber, Invalid>;
}

/// A message with a code. `Debug` shows neither code nor number.
#[derive(Debug, Clone)]
pub struct SmsMessage {
    /// To whom.
    pub to: PhoneNumber,
    /// What the person will type: digits.
    pub code: SecretString,
    /// For how long it will be good. Shown where the tenant's template has a place for it.
    pub minutes: u32,
    /// What for. Only a webhook is told: elsewhere the tenant's template says it.
    pub purpose: SmsPurpose,
    /// The person's language. Only a webhook is told: a template has one language.
    pub locale: Locale,
    /// Equal for what must not be sent twice.
    pub idempotency_key: IdempotencyKey,
}

text_newtype!(
    /// What tells one message from all others: 1 to 64 visible ASCII characters, such as a challenge's id. Not a secret.
    IdempotencyKey,
    |text: &str| {
        if (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(())
        } else {
            Err(Invalid("must be 1 to 64 visible ASCII characters"))
        }
    }
);

/// What a code is for. One that was sent for one purpose is wrong for every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SmsPurpose {
    /// To sign in, or to register.
    SignIn,
    /// To add the phone to an account.
    Link,
}

impl SmsPurpose {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::SignIn, Self::Link];

    /// The name in APIs and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link => "link",
        }
    }

    /// Reads [`SmsPurpose::as_str`] back.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut all = Self::ALL.iter().copied();
        all.find(|purpose| purpose.as_str() == text)
            .ok_or(Invalid("must be sign_in or link"))
    }
}

/// A country calling code, such as 86. Several countries share one: +1 is most of the Caribbean too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallingCode(pub u16);

impl CallingCode {
    /// The mainland of China: the only one that codes are sent to, where a tenant allows no others.
    pub const CHINA: Self = Self(86);

    /// That of a number. No code is the beginning of another: zones 1 and 7 have one digit, these have two, all others three.
    ///
    /// Source: ITU-T E.164, list of assigned country codes.
    pub fn of(number: &PhoneNumber) -> Self {
        const TWO_DIGITS: &[u16] = &[
            20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56,
            57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
        ];
        let digits = || number.as_str().bytes().skip(1).map(|b| u16::from(b & 15));
        let first = |count: usize| digits().take(count).fold(0, |code, digit| code * 10 + digit);
        Self(match first(2) {
            10..=19 => 1,
            70..=79 => 7,
            two if TWO_DIGITS.contains(&two) => two,
            _ => first(3),
        })
    }
}

/// The vendor took the message. Whether it arrives, only the person can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The vendor's own id of the message, to quote to its support.
    pub vendor_id: Option<String>,
}

/// Why the vendor did not take the message. `fate` is for the caller to act on; the rest is for logs and the audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fate:?} (upstream code {upstream_code:?})")]
pub struct SmsError {
    /// What follows.
    pub fate: SmsFate,
    /// The vendor's own error code. Letters, `.`, `_` and `-` only: nothing of what was sent can stand in it.
    pub upstream_code: Option<String>,
    /// What the tenant's operator can do and where, in Chinese and English. There for every [`SmsFate::Misconfigured`] and
    /// [`SmsFate::BudgetExhausted`].
    pub advice: Option<&'static str>,
}

/// What follows from a message that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsFate {
    /// Too many messages to this number.
    RateLimited {
        /// When to try again, in seconds.
        retry_after: u32,
    },
    /// The tenant has spent what it allowed itself to spend at the vendor: its operator must be told.
    BudgetExhausted,
    /// There is no such number, or none that takes messages.
    InvalidPhone,
    /// This number gets no messages from the tenant, such as because its owner refused them: offer another way.
    CannotDeliver,
    /// The tenant's operator must act.
    Misconfigured,
    /// The vendor cannot answer now, or did not: a message may still be under way.
    Unavailable {
        /// When to try again, in seconds. At least [`challenge::RESEND`] where the message may have been taken.
        retry_after: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r54_a_message_is_blind_in_debug() {
        let message = SmsMessage {
            to: PhoneNumber::parse("+8613800138000").unwrap(),
            code: "483920".into(),
            minutes: 5,
            purpose: SmsPurpose::SignIn,
            locale: Locale::default(),
            idempotency_key: IdempotencyKey::parse("k").unwrap(),
        };
        let shown = format!("{message:?}");
        assert!(!shown.contains("483920") && !shown.contains("138001"), "{shown}");
    }

    #[test]
    fn purposes_read_back_and_keys_are_bounded() {
        for purpose in SmsPurpose::ALL {
            assert_eq!(SmsPurpose::parse(purpose.as_str()), Ok(*purpose));
        }
        assert!(SmsPurpose::parse("SignIn").is_err());
        for bad in ["", " ", "a b", &"x".repeat(65)] {
            assert!(IdempotencyKey::parse(bad).is_err());
        }
    }

    #[test]
    fn a_calling_code_has_one_two_or_three_digits() {
        for (number, code) in [
            ("+8613800138000", 86),
            ("+14155552671", 1),
            ("+18765551234", 1),
            ("+77012345678", 7),
            ("+85251234567", 852),
            ("+447911123456", 44),
            ("+3531234567", 353),
            ("+886912345678", 886),
            ("+88213300655", 882),
            ("+9711234567", 971),
        ] {
            assert_eq!(
                CallingCode::of(&PhoneNumber::parse(number).unwrap()),
                CallingCode(code),
                "{number}"
            );
        }
    }
}
