//! Refreshing: may this refresh token be used, and what becomes of its family (RFC 9700 §4.14.2)?
//!
//! A token is spent by its first use, which makes the next generation. A spent token may be replayed for as long as no
//! token of the next generation has been used, so that a phone that lost the answer is not logged out; no time window is
//! involved. Each replay makes another token of the next generation. As soon as one of those is used, its siblings and
//! all earlier tokens are *reused* when they are presented, and reuse revokes the family.

use crate::{
    Instant,
    grant::{LiveGrant, RefreshToken, Spent},
    token::SecretHash,
};

/// What to do with a presented refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Issue a token of `next` generation; `spend` first, where the token was not spent before.
    Rotate {
        /// The token to mark as the last spent one; `None` for a replay.
        spend: Option<Spent>,
        /// The generation of the token to issue.
        next: u32,
    },
    /// Somebody uses a token that was left behind: revoke the family, answer `invalid_grant`.
    Reused,
    /// Answer `invalid_grant`; nothing changes.
    Refused,
}

/// Decides. `presented` is the hash of the secret that came in.
pub fn decide(now: Instant, live: &LiveGrant, token: &RefreshToken, presented: &SecretHash) -> Verdict {
    if token.hash != *presented || token.grant_id != live.grant.id {
        return Verdict::Refused;
    }
    let this = Spent {
        generation: token.generation,
        token: token.id,
    };
    let used = live.grant.spent.map_or(0, |spent| spent.generation);
    let replay = live.grant.spent == Some(this);
    if token.generation <= used && !replay {
        return if live.grant.revoked_at.is_none() {
            Verdict::Reused
        } else {
            Verdict::Refused
        };
    }
    if !live.is_live(now) || now >= token.expires_at {
        return Verdict::Refused;
    }
    Verdict::Rotate {
        spend: (!replay).then_some(this),
        next: token.generation.saturating_add(1),
    }
}

#[cfg(test)]
#[path = "refresh_tests.rs"]
mod tests;
