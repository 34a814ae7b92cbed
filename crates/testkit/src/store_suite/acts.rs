//! Acts of the suite's own: one that does what a case says, and a refresh as the token endpoint does it.

use crate::{Mint, builders::CALLER};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    event::{Actor, Event, EventKind},
    grant::{RefreshToken, Spent},
    id::{EventId, RefreshTokenId},
    refresh::{Verdict, decide},
    store::{Act, Result, StoreError, Unit},
    time,
    token::{OpaqueToken, SecretHash, TokenKind},
};
use serde_json::Value;
use std::{pin::Pin, sync::Arc};

/// What a piece of work on a unit will give.
pub(super) type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Does `work` with what is `given`.
pub(super) struct Directly<S, T> {
    pub(super) given: S,
    pub(super) work: for<'a> fn(&'a mut dyn Unit, &'a S) -> Work<'a, T>,
}

#[async_trait]
impl<S: Send + Sync + 'static, T: Send + 'static> Act for Directly<S, T> {
    type Output = T;

    async fn run(&self, unit: &mut dyn Unit) -> Result<T> {
        (self.work)(unit, &self.given).await
    }
}

/// Presents a refresh token, with the token of the next generation at hand.
pub(super) struct Refresh {
    presented: RefreshTokenId,
    hash: SecretHash,
    next: Arc<OpaqueToken>,
    event: EventId,
    now: Instant,
}

/// What comes of a refresh.
#[derive(Clone)]
pub(super) enum Refreshed {
    /// The token of the next generation.
    Rotated {
        token: Arc<OpaqueToken>,
        generation: u32,
    },
    /// The family is revoked.
    Reused,
    /// Nothing.
    Refused,
}

impl std::fmt::Debug for Refreshed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rotated { token, generation } => write!(f, "Rotated({}, {generation})", token.id()),
            Self::Reused => f.write_str("Reused"),
            Self::Refused => f.write_str("Refused"),
        }
    }
}

impl PartialEq for Refreshed {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

impl Refreshed {
    /// The next generation's token, which must have been given.
    pub(super) fn rotated(&self) -> &Arc<OpaqueToken> {
        match self {
            Self::Rotated { token, .. } => token,
            other => panic!("expected a token, got {other:?}"),
        }
    }
}

impl Refresh {
    pub(super) fn prepare(presented: &OpaqueToken, mint: &Mint) -> Self {
        let now = mint.now();
        let id = RefreshTokenId::generate(now, &mint.random);
        Self {
            presented: RefreshTokenId::from_uuid(presented.id()),
            hash: presented.hash(),
            next: Arc::new(OpaqueToken::generate(TokenKind::Refresh, id.uuid(), &mint.random)),
            event: EventId::generate(now, &mint.random),
            now,
        }
    }

    fn reuse(&self, grant: &str) -> Event {
        Event {
            id: self.event,
            at: self.now,
            actor: Actor::System,
            ip: Some(CALLER),
            kind: EventKind::RefreshTokenReused,
            target: grant.to_owned(),
            detail: Value::Null,
        }
    }
}

#[async_trait]
impl Act for Refresh {
    type Output = Refreshed;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Refreshed> {
        // Twice: whoever loses the race for `spend` sees the winner's mark when it looks again.
        for _ in 0..2 {
            let Some((token, live)) = unit.refresh_token(self.presented).await? else {
                return Ok(Refreshed::Refused);
            };
            let grant = live.grant.id;
            match decide(self.now, &live, &token, &self.hash) {
                Verdict::Refused => return Ok(Refreshed::Refused),
                Verdict::Reused => {
                    // Only whoever revokes it records it: others may have read it as alive at the same time.
                    if !unit.revoke_family(grant, self.now).await? {
                        return Ok(Refreshed::Refused);
                    }
                    unit.record(&self.reuse(&grant.to_string())).await?;
                    return Ok(Refreshed::Reused);
                }
                Verdict::Rotate { spend, next } => {
                    let before: Option<Spent> = live.grant.spent;
                    if let Some(spent) = spend
                        && !unit.spend(grant, before, spent).await?
                    {
                        continue;
                    }
                    let token = RefreshToken {
                        id: RefreshTokenId::from_uuid(self.next.id()),
                        grant_id: grant,
                        generation: next,
                        hash: self.next.hash(),
                        expires_at: time::after(self.now, 14 * 86_400).min(live.grant.expires_at),
                    };
                    unit.insert_refresh_token(&token).await?;
                    return Ok(Refreshed::Rotated {
                        token: self.next.clone(),
                        generation: next,
                    });
                }
            }
        }
        Err(StoreError::Contention("a refresh lost its race twice".into()))
    }
}
