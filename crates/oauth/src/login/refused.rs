//! What a step that did not count is answered with.

use crate::error::{ErrorCode, OAuthError};
use hufu_core::{login::Refusal, reason::Reason};

/// When to try again after a failure that an operator must mend, in seconds.
const MISCONFIGURED_RETRY: u32 = 60;

/// The error for a reason. Each has one, whichever door it came through.
pub fn refused(refusal: Refusal) -> OAuthError {
    let (code, description) = describe(refusal.reason);
    let error = OAuthError::new(code, description).reason(refusal.reason);
    match (refusal.retry_after, refusal.reason) {
        (Some(seconds), _) => error.retry_after(seconds),
        (None, Reason::SmsMisconfigured) => error.retry_after(MISCONFIGURED_RETRY),
        (None, _) => error,
    }
}

const fn describe(reason: Reason) -> (ErrorCode, &'static str) {
    use ErrorCode::{AccessDenied, InvalidGrant, InvalidRequest, SlowDown, TemporarilyUnavailable};
    match reason {
        Reason::PasswordWrong => (InvalidGrant, "the username or the password is wrong"),
        Reason::PasswordThrottled => (
            SlowDown,
            "too many wrong passwords; try again later, or another way",
        ),
        Reason::PasswordUnacceptable => (
            InvalidRequest,
            "the password is too easy to guess, too short or too long",
        ),
        Reason::UsernameInvalid => (InvalidRequest, "the username is not one that can be chosen"),
        Reason::UsernameTaken => (AccessDenied, "somebody has this username"),
        Reason::AccountExists => (AccessDenied, "the user has a username already"),
        Reason::PhoneInvalid => (InvalidRequest, "phone is not a mobile phone number"),
        Reason::PhoneCountryRefused => (
            InvalidRequest,
            "no codes are sent to the country of this phone number",
        ),
        Reason::PhoneUnreachable => (
            InvalidRequest,
            "no messages can be delivered to this phone number",
        ),
        Reason::OtpWrong => (InvalidGrant, "the code is wrong; there may be tries left"),
        Reason::OtpExpired => (
            InvalidGrant,
            "there is no such code: it is expired, was used, was replaced or never sent; ask for another",
        ),
        Reason::OtpBurnt => (InvalidGrant, "the code was tried too often; ask for another"),
        Reason::OtpResendTooSoon => (
            SlowDown,
            "a code was sent to this phone a moment ago; try again later",
        ),
        Reason::SmsLimited => (SlowDown, "too many codes were sent; try again later"),
        Reason::SmsUnavailable => (
            TemporarilyUnavailable,
            "the SMS vendor cannot answer now; try again",
        ),
        Reason::SmsMisconfigured => (
            TemporarilyUnavailable,
            "the tenant cannot send codes; its operator finds the cause in the event log",
        ),
        Reason::ConsentRequired => (
            AccessDenied,
            "the tenant wants the person to accept its documents first: send consent=name:version",
        ),
        Reason::PhoneTaken => (AccessDenied, "the phone number belongs to another user"),
        Reason::WechatTaken => (AccessDenied, "the WeChat account belongs to another user"),
        Reason::WechatExists => (
            AccessDenied,
            "the user has another WeChat account in this mini-program",
        ),
        Reason::AccountTaken => (AccessDenied, "the username and password are another user's"),
        Reason::MergeConflict => (
            AccessDenied,
            "both users have an identity of one kind: unlink one of the two first",
        ),
        Reason::LastIdentity => (AccessDenied, "it is the last way to sign in"),
        Reason::IdentityRequired => (AccessDenied, "the tenant requires an identity of this kind"),
        Reason::AccountRequired => (
            AccessDenied,
            "the user has no username: add one with a password first",
        ),
        Reason::SecondFactorRequired => (AccessDenied, "a second proof, of another kind, is needed"),
        Reason::PhoneRequired => (AccessDenied, "the tenant requires a phone of every user"),
        Reason::WechatRequired => (
            AccessDenied,
            "the tenant requires a WeChat identity of every user",
        ),
        Reason::ScanExpired => (
            InvalidRequest,
            "there is no such code, or it is over: let the page show another",
        ),
        Reason::ScanTaken => (AccessDenied, "somebody else has scanned the code"),
        Reason::ScanDecided => (InvalidRequest, "it was decided about this code"),
        Reason::RegistrationClosed => (AccessDenied, "the tenant takes no new users this way"),
        _ => (AccessDenied, "the user may not sign in"),
    }
}
