//! The access token of each app, in memory and, sealed, in the store, so that all nodes use one.
//!
//! A token serves until five minutes before its end, then is renewed in the background while it still serves. However
//! many ask, WeChat is asked once by a node, and by all nodes once where they do not ask in the same moment; where they do,
//! WeChat gives all of them the same token. A store that is away costs calls of WeChat and nothing else.

use crate::{
    app_log::{AppLog, away},
    errcode,
    rotation::Rotation,
    stable_token::{self, Issued},
    upstream::Upstream,
};
use hufu_core::{
    Instant, connector::ConnectorError, store::SharedToken, time::after, wechat_app::WechatCredential,
};
use moka::{Entry, future::Cache, ops::compute::Op, policy::EvictionPolicy};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::{
    future::ready,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
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

/// App and hash of its secrets: with another secret, another token.
type Key = [u8; 32];

/// The access tokens of all apps. Cloning shares them.
#[derive(Clone)]
pub struct AppTokens {
    upstream: Arc<Upstream>,
    rotation: Rotation,
    cache: Cache<Key, Arc<Held>>,
}

/// A token in hand.
struct Held {
    shared: SharedToken,
    /// It came by a proof: when it did, perhaps no tenant had the app yet, and nothing could be kept for other nodes.
    unshared: AtomicBool,
    /// Moved on by whoever sets out to renew.
    renew_at: Mutex<Instant>,
}

impl Held {
    /// A token as it came from WeChat or from another node.
    fn new(app: &WechatCredential, shared: SharedToken) -> Arc<Self> {
        let jitter = u32::from(key(app)[0] % JITTER) + 1;
        let lifetime = (shared.expires_at - shared.fetched_at).num_seconds();
        let fresh_for = u32::try_from(lifetime)
            .unwrap_or(0)
            .saturating_sub(OVERLAP - jitter)
            .max(RENEWALS_APART);
        Arc::new(Self {
            renew_at: Mutex::new(after(shared.fetched_at, fresh_for)),
            unshared: AtomicBool::new(false),
            shared,
        })
    }

    /// Whether the caller is the one who shall renew it.
    fn claim_renewal(&self, now: Instant) -> bool {
        let mut renew_at = self.renew_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = now >= *renew_at;
        if is_due {
            *renew_at = after(now, RENEWALS_APART);
        }
        is_due
    }

    fn is_due(&self, now: Instant) -> bool {
        now >= *self.renew_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, other: &Self) -> bool {
        self.shared.token.expose_secret() == other.shared.token.expose_secret()
    }
}

impl AppTokens {
    pub(crate) fn new(upstream: Arc<Upstream>, rotation: Rotation) -> Self {
        let cache = Cache::builder()
            .max_capacity(MOST_APPS)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(LONGEST_TTL)
            .build();
        Self {
            upstream,
            rotation,
            cache,
        }
    }

    /// Makes a call that takes the app's access token. If WeChat refuses the token, the call is made once more with a
    /// new one; if there is none newer, or that is refused too, the refusal is the answer, with advice for the operator.
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
        let refused = match call(held.shared.token.clone()).await {
            Err(error) if is_stale(&error) => error,
            outcome => return outcome,
        };
        self.expire(app, &held).await;
        let renewed = self.held(app).await?;
        if renewed.is(&held) {
            return Err(for_the_operator(app, refused));
        }
        match call(renewed.shared.token.clone()).await {
            Err(error) if is_stale(&error) => Err(for_the_operator(app, error)),
            outcome => outcome,
        }
    }

    /// Asks WeChat, whatever is in hand, with the app's current secret only. The token that comes is kept here, and for other
    /// nodes from its first use on.
    pub(crate) async fn prove(&self, app: &WechatCredential) -> Result<(), ConnectorError> {
        let asked_at = self.now();
        let issued = stable_token::prove(&self.upstream, app).await?;
        let held = Held::new(app, shared(issued, &app.secret, asked_at));
        held.unshared.store(true, Ordering::Relaxed);
        self.cache.insert(key(app), held).await;
        Ok(())
    }

    async fn held(&self, app: &WechatCredential) -> Result<Arc<Held>, ConnectorError> {
        let key = key(app);
        let now = self.now();
        if let Some(held) = self.cache.get(&key).await {
            if now < held.shared.expires_at {
                if held.unshared.swap(false, Ordering::Relaxed) {
                    self.share(app, &held.shared).await;
                }
                if held.claim_renewal(now) {
                    self.renew_in_background(app, &held);
                }
                return Ok(held);
            }
            self.replace(key, &held, None).await;
        }
        let found = async {
            match self.shared_by_another(app, now).await {
                Some(held) => Ok(held),
                None => self.fetch(app).await,
            }
        };
        self.cache
            .try_get_with(key, found)
            .await
            .map_err(Arc::unwrap_or_clone)
    }

    fn renew_in_background(&self, app: &WechatCredential, old: &Arc<Held>) {
        let (tokens, app, old) = (self.clone(), app.clone(), Arc::clone(old));
        tokio::spawn(async move {
            let now = tokens.now();
            let new = match tokens.shared_by_another(&app, now).await {
                Some(new) if !new.is(&old) && !new.is_due(now) => Ok(new),
                _ => tokens.fetch(&app).await,
            };
            // A failure is logged where it is found. The old token still serves, and the next one to ask tries again.
            if let Ok(new) = new {
                tokens.replace(key(&app), &old, Some(new)).await;
            }
        });
    }

    /// The token that some node has kept in the store, if it is of this credential and still serves.
    async fn shared_by_another(&self, app: &WechatCredential, now: Instant) -> Option<Arc<Held>> {
        let kept = self.log().apps.access_token(&app.appid).await;
        let shared = kept.unwrap_or_else(|error| {
            away(
                &app.appid,
                &error,
                "the access token that nodes share cannot be read",
            );
            None
        })?;
        let secrets = std::iter::once(&app.secret).chain(&app.next_secret);
        let is_ours = secrets
            .into_iter()
            .any(|secret| hash(secret) == shared.secret_hash);
        (is_ours && now < shared.expires_at).then(|| Held::new(app, shared))
    }

    /// No longer to be used, here or by other nodes, unless it is so new that WeChat would give it out again.
    async fn expire(&self, app: &WechatCredential, held: &Held) {
        let fetched_at = held.shared.fetched_at;
        if self.now() < after(fetched_at, REFETCHES_APART) {
            return;
        }
        // The store comes first: who finds nothing here looks there, and must not bring the old one back.
        if let Err(error) = self.log().apps.expire_access_token(&app.appid, fetched_at).await {
            away(
                &app.appid,
                &error,
                "the access token that nodes share cannot be expired",
            );
        }
        self.replace(key(app), held, None).await;
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
        let asked_at = self.now();
        let ask = |secret: SecretString| async move {
            let issued = stable_token::fetch(&self.upstream, app, &secret).await?;
            Ok(shared(issued, &secret, asked_at))
        };
        let shared = self.rotation.with_secret(app, ask).await?;
        self.share(app, &shared).await;
        Ok(Held::new(app, shared))
    }

    async fn share(&self, app: &WechatCredential, token: &SharedToken) {
        if let Err(error) = self.log().apps.keep_access_token(&app.appid, token).await {
            away(
                &app.appid,
                &error,
                "an access token cannot be shared with other nodes",
            );
        }
    }

    fn log(&self) -> &AppLog {
        self.upstream.log()
    }

    fn now(&self) -> Instant {
        self.upstream.clock().now()
    }
}

fn shared(issued: Issued, secret: &SecretString, fetched_at: Instant) -> SharedToken {
    SharedToken {
        token: issued.token,
        secret_hash: hash(secret),
        fetched_at,
        expires_at: after(fetched_at, issued.expires_in),
    }
}

fn is_stale(error: &ConnectorError) -> bool {
    error.upstream_code.is_some_and(errcode::is_stale_token)
}

/// A refusal that a new token did not cure. Nobody but an operator can.
fn for_the_operator(app: &WechatCredential, refused: ConnectorError) -> ConnectorError {
    let advice = errcode::TOKEN;
    tracing::error!(appid = %app.appid, errcode = refused.upstream_code, rid = refused.rid, advice,
        "WeChat refuses a new access token");
    ConnectorError {
        advice: Some(advice),
        ..refused
    }
}

fn hash(secret: &SecretString) -> [u8; 32] {
    Sha256::digest(secret.expose_secret()).into()
}

fn key(app: &WechatCredential) -> Key {
    let mut hash = Sha256::new().chain_update(app.appid.as_str());
    for secret in std::iter::once(&app.secret).chain(&app.next_secret) {
        hash = hash.chain_update([0]).chain_update(secret.expose_secret());
    }
    hash.finalize().into()
}
