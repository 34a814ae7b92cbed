//! What all doors of a login share: proofs out of a request's members, steps, and what a refused step is answered with.
//!
//! | module | owns |
//! | --- | --- |
//! | `fields` | the members that carry proofs, as doors hand them over |
//! | `gather` | members become proofs: connectors are asked, most harmless first |
//! | [`challenge`] | `POST /authorize-challenge` |
//! | `code` | sending a code by SMS |
//! | `step` | one step, as every door takes it |
//! | `refused` | from a reason to an error |

pub mod challenge;
mod code;
mod fields;
mod gather;
mod refused;
pub(crate) mod step;

pub use code::send_for_link;
pub use fields::ProofFields;
pub use gather::{Gathered, busy, gather, new_password, parse_session};
pub use refused::refused;

use crate::{
    Context,
    error::{ErrorCode, OAuthError},
};
use hufu_core::{
    login::{More, Step},
    reason::Reason,
    token::OpaqueToken,
};

/// The answer to a step that was right and not the last.
pub(crate) fn more(more: &More, auth_session: &OpaqueToken) -> OAuthError {
    let description = match more.reason {
        None => "the person must prove who they are: see next",
        Some(Reason::SecondFactorRequired) => "a second proof, of another kind, is needed: see next",
        Some(_) => "something more is needed to sign in: see next",
    };
    let next = more.next.iter().copied().map(Step::as_str).collect();
    let error =
        OAuthError::new(ErrorCode::InsufficientAuthorization, description).go_on(auth_session.reveal(), next);
    match more.reason {
        Some(reason) => error.reason(reason),
        None => error,
    }
}

/// The `auth_session` is no good.
pub(crate) const INVALID_SESSION: OAuthError = OAuthError::new(
    ErrorCode::InvalidSession,
    "the auth_session is unknown, expired, used before, or another client's: begin the login again",
);

/// A tenant that wants to know that its documents were accepted, before any proof is looked at.
pub(crate) fn require_consent(cx: &Context<'_>, is_given: bool) -> Result<(), OAuthError> {
    if is_given || !cx.issuer.tenant.settings.require_consent_before_exchange {
        return Ok(());
    }
    Err(refused(Reason::ConsentRequired.into()))
}
