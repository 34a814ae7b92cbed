//! An app's access tokens: two families that do not disturb each other.
//!
//! Legacy (`/cgi-bin/token`): each call supersedes the token before it. Stable (`/cgi-bin/stable_token`): the same token
//! until five minutes before its end, unless a refresh is forced.

use std::sync::Arc;

use super::QuotaLimits;
use super::quota::{Counter, Per};
use crate::wechat::Failure;

/// Seconds. Source: WeChat's documentation of both endpoints.
const TOKEN_TTL: i64 = 7200;
/// Seconds for which a superseded token still works, and before the end of a stable token at which it is renewed.
const OVERLAP: i64 = 300;
/// Seconds between two forced refreshes; one that comes sooner is not forced.
const FORCED_APART: i64 = 30;

/// A token as answered.
pub(crate) struct Issued {
    pub(crate) token: Arc<str>,
    pub(crate) expires_in: i64,
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Works,
    /// Its time is over.
    Expired,
    /// It was superseded, or broke its promise.
    Dead,
}

struct Token {
    text: Arc<str>,
    expires_at: i64,
    /// Never later than `expires_at`; earlier where the token was superseded or broke its promise.
    works_until: i64,
}

/// The current token of a family and the one before it. What came before that is dead.
#[derive(Default)]
struct Family {
    current: Option<Token>,
    previous: Option<Token>,
}

impl Family {
    fn supersede(&mut self, text: Arc<str>, now: i64) {
        self.previous = self.current.take().map(|mut token| {
            token.works_until = token.works_until.min(now + OVERLAP);
            token
        });
        let expires_at = now + TOKEN_TTL;
        self.current = Some(Token {
            text,
            expires_at,
            works_until: expires_at,
        });
    }

    fn issued(&self, now: i64) -> Option<Issued> {
        let token = self.current.as_ref()?;
        Some(Issued {
            token: Arc::clone(&token.text),
            expires_in: token.expires_at - now,
        })
    }

    fn find(&self, text: &str) -> Option<&Token> {
        self.current
            .iter()
            .chain(&self.previous)
            .find(|token| token.text.as_ref() == text)
    }

    fn find_mut(&mut self, text: &str) -> Option<&mut Token> {
        self.current
            .iter_mut()
            .chain(&mut self.previous)
            .find(|token| token.text.as_ref() == text)
    }
}

/// Both families of one app, with what they may cost.
#[derive(Default)]
pub(crate) struct AccessTokens {
    legacy: Family,
    stable: Family,
    forced_at: Option<i64>,
    legacy_today: Counter,
    stable_this_minute: Counter,
    stable_today: Counter,
    forced_today: Counter,
}

impl AccessTokens {
    /// `GET /cgi-bin/token`: `fresh` becomes the token.
    pub(crate) fn legacy(
        &mut self,
        fresh: Arc<str>,
        limits: &QuotaLimits,
        now: i64,
    ) -> Result<Issued, Failure> {
        if !self
            .legacy_today
            .take(Per::Day, limits.legacy_tokens_per_day, now)
        {
            return Err(Failure::TOKEN_DAILY_QUOTA);
        }
        self.supersede_legacy(Arc::clone(&fresh), now);
        Ok(Issued {
            token: fresh,
            expires_in: TOKEN_TTL,
        })
    }

    /// Another caller fetched a legacy token.
    pub(crate) fn supersede_legacy(&mut self, fresh: Arc<str>, now: i64) {
        self.legacy.supersede(fresh, now);
    }

    /// `POST /cgi-bin/stable_token`: the token in force, or `fresh` where it is time for a new one.
    pub(crate) fn stable(
        &mut self,
        fresh: Arc<str>,
        limits: &QuotaLimits,
        now: i64,
    ) -> Result<Issued, Failure> {
        self.count_stable(limits, now)?;
        Ok(self.stable_in_force(fresh, now))
    }

    /// The same with `force_refresh`: `fresh` becomes the token, unless the last forced refresh was too recent.
    pub(crate) fn stable_forced(
        &mut self,
        fresh: Arc<str>,
        limits: &QuotaLimits,
        now: i64,
    ) -> Result<Issued, Failure> {
        self.count_stable(limits, now)?;
        if self
            .forced_at
            .is_some_and(|at| (at..at + FORCED_APART).contains(&now))
        {
            return Ok(self.stable_in_force(fresh, now));
        }
        if !self
            .forced_today
            .take(Per::Day, limits.forced_refreshes_per_day, now)
        {
            return Err(Failure::TOKEN_DAILY_QUOTA);
        }
        self.forced_at = Some(now);
        self.stable.supersede(Arc::clone(&fresh), now);
        Ok(Issued {
            token: fresh,
            expires_in: TOKEN_TTL,
        })
    }

    /// Whether a call with this token would be let in; nothing where there is no such token any more.
    pub(crate) fn standing(&self, text: &str, now: i64) -> Option<Standing> {
        let token = self.legacy.find(text).or_else(|| self.stable.find(text))?;
        Some(if now < token.works_until {
            Standing::Works
        } else if token.works_until == token.expires_at {
            Standing::Expired
        } else {
            Standing::Dead
        })
    }

    /// The token stops working at this moment, whatever was promised.
    pub(crate) fn end_early(&mut self, text: &str, at: i64) {
        let token = self.legacy.find_mut(text).or_else(|| self.stable.find_mut(text));
        if let Some(token) = token {
            token.works_until = token.works_until.min(at);
        }
    }

    fn count_stable(&mut self, limits: &QuotaLimits, now: i64) -> Result<(), Failure> {
        if !self
            .stable_this_minute
            .take(Per::Minute, limits.stable_tokens_per_minute, now)
        {
            return Err(Failure::MINUTE_QUOTA);
        }
        if !self
            .stable_today
            .take(Per::Day, limits.stable_tokens_per_day, now)
        {
            return Err(Failure::TOKEN_DAILY_QUOTA);
        }
        Ok(())
    }

    fn stable_in_force(&mut self, fresh: Arc<str>, now: i64) -> Issued {
        match self.stable.issued(now) {
            Some(issued) if issued.expires_in > OVERLAP => issued,
            _ => {
                self.stable.supersede(Arc::clone(&fresh), now);
                Issued {
                    token: fresh,
                    expires_in: TOKEN_TTL,
                }
            }
        }
    }
}
