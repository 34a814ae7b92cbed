//! The access token of each app, in memory.
//!
//! A token serves until five minutes before its end, then is renewed in the background while it still serves. However
//! many ask, WeChat is asked once. Each node keeps its own: WeChat gives all of them the same token.

use crate::{errcode, http::Http, stable_token};
use hufu_core::{Clock, Instant, connector::ConnectorError, time::after, wechat_app::WechatCredential};
use moka::{Entry, future::Cache, ops::compute::Op, policy::EvictionPolicy};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::{
    future::ready,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// WeChat gives out a new token when the old one has this many seconds left; the old one goes on working.
const OVERLAP: u32 = 300;
/// Apps are renewed up to this many seconds later than they could be, each at its own moment.
const JITTER: u8 = 60;
/// Seconds between two background renewals of one token. Longer than a renewal can take, so that there is never more
/// than one.
const RENEWALS_APART: u32 = 30;
/// Seconds that a token is trusted for, whatever is said of it: an app whose tokens are all refused costs a call in ten
/// seconds, not its daily quota.
const REFETCHES_APART: u32 = 10;
/// Enough for all apps of an installation that are in use at once; beyond that the one unused for longest is forgotten.
const MOST_APPS: u64 = 16_384;
/// No token is kept for longer, not even that of an app which nobody uses any more.
const LONGEST_TTL: Duration = Duration::from_hours(2);

/// App and hash of its secret: with another secret, another token.
type Key = [u8; 32];

/// The access tokens of all apps. Cloning shares them.
#[derive(Clone)]
pub struct AppTokens {
    http: Arc<Http>,
    budget: Duration,
    clock: Arc<dyn Clock>,
    cache: Cache<Key, Arc<Held>>,
}

/// A token in hand.
struct Held {
    token: SecretString,
    fetched_at: Instant,
    expires_at: Instant,
    /// Moved on by whoever sets out to renew.
    renew_at: Mutex<Instant>,
}

impl Held {
    /// Whether the caller is the one who shall renew it.
    fn claim_renewal(&self, now: Instant) -> bool {
        let mut renew_at = self.renew_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = now >= *renew_at;
        if is_due {
            *renew_at = after(now, RENEWALS_APART);
        }
        is_due
    }

    fn is(&self, other: &Self) -> bool {
        self.token.expose_secret() == other.token.expose_secret()
    }
}

impl AppTokens {
    pub(crate) fn new(http: Arc<Http>, budget: Duration, clock: Arc<dyn Clock>) -> Self {
        let cache = Cache::builder()
            .max_capacity(MOST_APPS)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(LONGEST_TTL)
            .build();
        Self {
            http,
            budget,
            clock,
            cache,
        }
    }

    /// Makes a call that takes the app's access token. If WeChat refuses the token, the call is made once more with a
    /// new one; if there is none newer, or that is refused too, the refusal is the answer.
    ///
    /// `call` shall put WeChat's error code into the error that it returns.
    pub async fn with_token<T, F>(
        &self,
        app: &WechatCredential,
        call: impl Fn(SecretString) -> F,
    ) -> Result<T, ConnectorError>
    where
        F: Future<Output = Result<T, ConnectorError>>,
    {
        let held = self.held(app).await?;
        let refused = match call(held.token.clone()).await {
            Err(error) if error.upstream_code.is_some_and(errcode::is_stale_token) => error,
            outcome => return outcome,
        };
        if self.clock.now() >= after(held.fetched_at, REFETCHES_APART) {
            self.replace(key(app), &held, None).await;
        }
        let renewed = self.held(app).await?;
        if renewed.is(&held) {
            tracing::error!(appid = %app.appid, "WeChat refuses the access token that it has just given out");
            return Err(refused);
        }
        call(renewed.token.clone()).await
    }

    /// Asks WeChat, whatever is in hand. The token that comes is kept.
    pub(crate) async fn prove(&self, app: &WechatCredential) -> Result<(), ConnectorError> {
        let held = self.fetch(app).await?;
        self.cache.insert(key(app), held).await;
        Ok(())
    }

    async fn held(&self, app: &WechatCredential) -> Result<Arc<Held>, ConnectorError> {
        let key = key(app);
        let now = self.clock.now();
        if let Some(held) = self.cache.get(&key).await {
            if now < held.expires_at {
                if held.claim_renewal(now) {
                    self.renew_in_background(app, &held);
                }
                return Ok(held);
            }
            self.replace(key, &held, None).await;
        }
        self.cache
            .try_get_with(key, self.fetch(app))
            .await
            .map_err(Arc::unwrap_or_clone)
    }

    fn renew_in_background(&self, app: &WechatCredential, old: &Arc<Held>) {
        let (tokens, app, old) = (self.clone(), app.clone(), Arc::clone(old));
        tokio::spawn(async move {
            // A failure is logged where it is found. The old token still serves, and the next one to ask tries again.
            if let Ok(new) = tokens.fetch(&app).await {
                tokens.replace(key(&app), &old, Some(new)).await;
            }
        });
    }

    /// Compare and swap: whoever comes late with news of an old token changes nothing.
    async fn replace(&self, key: Key, old: &Held, new: Option<Arc<Held>>) {
        let swap = |entry: Option<Entry<Key, Arc<Held>>>| match entry {
            Some(current) if current.value().is(old) => ready(new.map_or(Op::Remove, Op::Put)),
            _ => ready(Op::Nop),
        };
        self.cache.entry(key).and_compute_with(swap).await;
    }

    async fn fetch(&self, app: &WechatCredential) -> Result<Arc<Held>, ConnectorError> {
        let fetched_at = self.clock.now();
        let issued = stable_token::fetch(&self.http, app, self.budget).await?;
        let jitter = u32::from(key(app)[0] % JITTER) + 1;
        let fresh_for = issued
            .expires_in
            .saturating_sub(OVERLAP - jitter)
            .max(RENEWALS_APART);
        Ok(Arc::new(Held {
            token: issued.token,
            fetched_at,
            expires_at: after(fetched_at, issued.expires_in),
            renew_at: Mutex::new(after(fetched_at, fresh_for)),
        }))
    }
}

fn key(app: &WechatCredential) -> Key {
    let hash = Sha256::new().chain_update(app.appid.as_str()).chain_update([0]);
    hash.chain_update(app.secret.expose_secret()).finalize().into()
}
