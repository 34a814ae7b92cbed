//! From what came back to what follows, and the one log line of each failure. It names vendor and code, and repeats neither
//! what was sent nor the vendor's words.

use crate::http::NoAnswer;
use hufu_core::sms::{Sent, SmsError, SmsFate, SmsMessage, challenge::RESEND};
use secrecy::ExposeSecret;
use std::error::Error;
use thiserror::Error;
use tracing::{info, warn};

/// What follows, and what the tenant's operator can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) fate: SmsFate,
    pub(crate) advice: Option<&'static str>,
}

pub(crate) const fn of(fate: SmsFate) -> Verdict {
    Verdict { fate, advice: None }
}

pub(crate) const fn rate_limited(retry_after: u32) -> Verdict {
    of(SmsFate::RateLimited { retry_after })
}

/// The vendor refused, and may not refuse a moment later.
pub(crate) const fn unavailable() -> Verdict {
    of(SmsFate::Unavailable { retry_after: SOON })
}

/// The operator must act.
pub(crate) const fn misconfigured(advice: &'static str) -> Verdict {
    Verdict {
        fate: SmsFate::Misconfigured,
        advice: Some(advice),
    }
}

/// The operator must be told.
pub(crate) const fn exhausted(advice: &'static str) -> Verdict {
    Verdict {
        fate: SmsFate::BudgetExhausted,
        advice: Some(advice),
    }
}

/// A code that nobody knows: the message may have been taken.
pub(crate) const UNKNOWN: Verdict = of(SmsFate::Unavailable { retry_after: RESEND });

const SOON: u32 = 5;

/// For what the deployment's clock says.
pub(crate) const CLOCK: &str = "The clock of Hufu's server is wrong by minutes, so the vendor takes no signature of it: tell \
    whoever runs that server. Hufu 服务器的时钟偏差过大，签名被短信服务商拒绝：请联系服务器的运维人员校准时间（NTP）。";

/// Why nothing was decided, though no error code says so.
#[derive(Debug, Error)]
pub(crate) enum Undecided {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("HTTP status {0}, and no error code that can be read")]
    Unreadable(u16),
}

/// What follows where no error code says it. A message that was handed over may be under way.
pub(crate) fn undecided(vendor: &'static str, cause: &Undecided) -> SmsError {
    let error: &dyn Error = cause;
    warn!(vendor, error, "the SMS vendor gave no usable answer");
    let verdict = match cause {
        Undecided::NoAnswer(NoAnswer::Unreached(_)) => unavailable(),
        _ => UNKNOWN,
    };
    failure(verdict, None)
}

/// What follows from an error code.
pub(crate) fn refused(vendor: &'static str, code: &str, verdict: Verdict) -> SmsError {
    let code = told(code);
    let Verdict { fate, advice } = verdict;
    match fate {
        SmsFate::RateLimited { .. } | SmsFate::InvalidPhone | SmsFate::CannotDeliver => {
            info!(vendor, code, ?fate, "the SMS vendor refused a message");
        }
        SmsFate::BudgetExhausted | SmsFate::Misconfigured => {
            warn!(vendor, code, ?fate, advice, "the SMS vendor refused the account");
        }
        SmsFate::Unavailable { .. } => warn!(vendor, code, "the SMS vendor put us off"),
    }
    failure(verdict, code)
}

/// What follows where the vendor cannot be asked before an operator acts.
pub(crate) fn unusable(vendor: &'static str, member: &'static str, advice: &'static str) -> SmsError {
    warn!(
        vendor,
        member, advice, "the settings of the SMS vendor cannot be used"
    );
    failure(misconfigured(advice), None)
}

/// What follows where the vendor cannot be asked for this number.
pub(crate) fn unsent(vendor: &'static str, fate: SmsFate) -> SmsError {
    info!(vendor, ?fate, "the SMS vendor has no way to write this number");
    failure(of(fate), None)
}

fn failure(verdict: Verdict, upstream_code: Option<&str>) -> SmsError {
    SmsError {
        fate: verdict.fate,
        upstream_code: upstream_code.map(str::to_owned),
        advice: verdict.advice,
    }
}

/// The code, if nothing of what was sent can stand in it: no vendor's has digits.
fn told(code: &str) -> Option<&str> {
    let allowed = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'.' | b'_' | b'-');
    ((1..=96).contains(&code.len()) && code.bytes().all(allowed)).then_some(code)
}

/// A message that was taken. Its id is kept only where it is one, and does not repeat what was sent.
pub(crate) fn sent(message: &SmsMessage, id: Option<&str>) -> Sent {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':' | b'^');
    let is_plain = |id: &&str| (1..=96).contains(&id.len()) && id.bytes().all(allowed);
    let national = message.to.as_str().get(3..).unwrap_or_default();
    let repeats = |id: &&str| id.contains(message.code.expose_secret()) || id.contains(national);
    Sent {
        vendor_id: id.filter(is_plain).filter(|id| !repeats(id)).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_with_digits_is_not_told() {
        for good in [
            "isv.BUSINESS_LIMIT_CONTROL",
            "LimitExceeded.PhoneNumberDailyLimit",
            "rate-limited",
        ] {
            assert_eq!(told(good), Some(good));
        }
        for bad in ["", "code 483920", "483920", "a/b", "虎", &"a".repeat(97)] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }
}
