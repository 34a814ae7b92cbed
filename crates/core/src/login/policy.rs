//! Whether what was proven is enough to sign in, and what to ask for where it is not.

use super::Proofs;
use crate::{
    identity::IdentityKind,
    reason::Reason,
    settings::{Registration, SecondFactor, Settings},
};

/// What a client can let a person prove next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Sign in by WeChat: `js_code`.
    Wechat,
    /// Prove a phone: `phone`, then `otp`; or `phone_code` in a mini-program.
    Phone,
    /// A username and password; with `prompt=create`, new ones.
    Account,
    /// Type the code that was sent: `otp`.
    Otp,
}

impl Step {
    /// The value in `next`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::Phone => "phone",
            Self::Account => "account",
            Self::Otp => "otp",
        }
    }
}

impl From<IdentityKind> for Step {
    fn from(kind: IdentityKind) -> Self {
        match kind {
            IdentityKind::Wechat => Self::Wechat,
            IdentityKind::Phone => Self::Phone,
            IdentityKind::Account => Self::Account,
        }
    }
}

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct More {
    /// What to prove next: any one of these.
    pub next: Vec<Step>,
    /// Why. Absent where nothing was proven yet.
    pub reason: Option<Reason>,
}

/// A person as far as policy needs to know.
pub(super) struct Standing<'a> {
    /// Whether nobody is this person yet.
    pub(super) is_new: bool,
    /// The kinds of identity that the user has.
    pub(super) held: &'a [IdentityKind],
    /// The kinds of which a proof was of an identity that the user has, not of one that the login would add.
    pub(super) matched: &'a [IdentityKind],
    /// The kinds of which a second one is wanted where the user has one: see [`InBrowser`](super::InBrowser).
    pub(super) step_up: &'a [IdentityKind],
}

/// What is missing, if anything; or why it can never be enough.
pub(super) fn missing(
    settings: &Settings,
    proofs: &Proofs,
    standing: &Standing<'_>,
) -> Result<Option<More>, Reason> {
    let proven = proofs.kinds();
    if proven.is_empty() {
        let next = vec![Step::Wechat, Step::Phone, Step::Account];
        return Ok(Some(More { next, reason: None }));
    }
    let ask = |kind, reason| {
        let next = vec![Step::from(kind)];
        Ok(Some(More {
            next,
            reason: Some(reason),
        }))
    };
    if standing.is_new {
        match settings.registration {
            Registration::Closed => return Err(Reason::RegistrationClosed),
            Registration::Phone if !proven.contains(&IdentityKind::Phone) => {
                return ask(IdentityKind::Phone, Reason::PhoneRequired);
            }
            Registration::Wechat if !proven.contains(&IdentityKind::Wechat) => {
                return ask(IdentityKind::Wechat, Reason::WechatRequired);
            }
            Registration::Open | Registration::Phone | Registration::Wechat => {}
        }
    }
    let lacks = |kind: &&IdentityKind| !standing.held.contains(kind) && !proven.contains(kind);
    if let Some(kind) = settings.require.iter().find(lacks) {
        return ask(*kind, required(*kind));
    }
    Ok(match settings.second_factor {
        SecondFactor::Never if can_step_up(proofs, standing) => second_factor(proofs, standing),
        SecondFactor::Never => None,
        SecondFactor::Always => second_factor(proofs, standing),
    })
}

/// Whether the user has a kind that is wanted beside what was proven.
fn can_step_up(proofs: &Proofs, standing: &Standing<'_>) -> bool {
    let factors = proofs.factors();
    let can = |kind: &IdentityKind| standing.held.contains(kind) && !factors.contains(kind);
    standing.step_up.iter().any(can)
}

/// Whoever has two kinds proves two that they have: a login that could add the second itself would need but one.
fn second_factor(proofs: &Proofs, standing: &Standing<'_>) -> Option<More> {
    let has_two = standing.held.len() > 1;
    let counts = |kind: &IdentityKind| !has_two || standing.matched.contains(kind);
    let factors: Vec<_> = proofs.factors().into_iter().filter(counts).collect();
    if factors.len() > 1 {
        return None;
    }
    let may_ask = |kind: &IdentityKind| !factors.contains(kind) && (!has_two || standing.held.contains(kind));
    let next = IdentityKind::ALL
        .into_iter()
        .filter(may_ask)
        .map(Step::from)
        .collect();
    Some(More {
        next,
        reason: Some(Reason::SecondFactorRequired),
    })
}

const fn required(kind: IdentityKind) -> Reason {
    match kind {
        IdentityKind::Wechat => Reason::WechatRequired,
        IdentityKind::Phone => Reason::PhoneRequired,
        IdentityKind::Account => Reason::AccountRequired,
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
