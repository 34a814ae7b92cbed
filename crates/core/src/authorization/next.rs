//! What comes next for a request: a pure decision.

use super::{AuthorizationRequest, Prompt};
use crate::{Instant, scope::Scope, session::Session, time};

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The person proves who they are.
    SignIn,
    /// The person says what the client may do.
    Consent,
    /// The client gets its code.
    Code,
}

/// What is known when the decision falls.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Standing<'a> {
    /// The session of the browser, alive.
    pub session: Option<&'a Session>,
    /// Whether the client wants proofs of two kinds, and the session's user could give one more than it has.
    pub may_step_up: bool,
    /// When the request came.
    pub asked_at: Instant,
    /// What the user lets the client do; `None` where nothing has been said. Not looked at for a client of the tenant's own.
    pub consented: Option<&'a Scope>,
    /// Whether the client belongs to the tenant: nobody is asked then.
    pub is_first_party: bool,
    /// Whether anybody could pretend to be the client, so that the person is asked each time (RFC 8252 §8.6).
    pub is_unproven: bool,
    /// Whether the person has just said yes to this request.
    pub just_consented: bool,
}

/// Decides.
pub fn next(request: &AuthorizationRequest, standing: &Standing<'_>, now: Instant) -> Next {
    let Some(session) = standing.session else {
        return Next::SignIn;
    };
    if request.subject.is_some_and(|subject| subject != session.user_id) {
        return Next::SignIn;
    }
    // A proof that was given since the request came answers whatever the request wants of it.
    let is_fresh = session.auth_time >= standing.asked_at;
    let wants_proof = [Prompt::Login, Prompt::SelectAccount, Prompt::Create]
        .into_iter()
        .any(|prompt| request.has(prompt));
    let is_too_old = request
        .max_age
        .is_some_and(|max_age| now > time::after(session.auth_time, max_age));
    if !is_fresh && (wants_proof || is_too_old || standing.may_step_up) {
        return Next::SignIn;
    }
    if standing.just_consented {
        return Next::Code;
    }
    if request.has(Prompt::Consent) {
        return Next::Consent;
    }
    if standing.is_first_party {
        return Next::Code;
    }
    let is_covered = standing
        .consented
        .is_some_and(|consented| request.asked_scope().is_subset(consented));
    if is_covered && !standing.is_unproven {
        Next::Code
    } else {
        Next::Consent
    }
}

#[cfg(test)]
#[path = "next_tests.rs"]
mod tests;
