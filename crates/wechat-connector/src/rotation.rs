//! Which of an app's secrets WeChat is shown. An operator gives the next one before it is reset in WeChat's console; from
//! the moment of the reset the current one is refused and the next one is right, and nobody may notice.
//!
//! A call that is refused for the secret is made once more with the other one: WeChat has not looked at anything else in
//! it, so even a login code may be sent again. The next secret's first success makes it the current one. Until all caches
//! know that, it goes first for credentials that still have it as the next one.

use crate::app_log::AppLog;
use hufu_core::{Instant, connector::ConnectorError, time::after, wechat_app::WechatCredential};
use moka::{policy::EvictionPolicy, sync::Cache};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Enough for all apps whose secrets change at once; beyond that a login or two fails first.
const MOST_ROTATIONS: u64 = 4_096;

/// How long it is remembered that WeChat took a secret: longer than any cache holds the credential before it, and short
/// enough that the same secret can be given as the next one another time.
const REMEMBERED_FOR: Duration = Duration::from_hours(1);

/// Seconds until a promotion that the store could not do is tried again.
const PROMOTIONS_APART: u32 = 30;

/// App and hash of its next secret.
type Key = [u8; 32];

/// WeChat took the next secret, and the store …
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// … knows.
    Told,
    /// … is to be told then.
    TellAt(Instant),
}

/// The next secrets that WeChat has taken.
#[derive(Clone)]
pub(crate) struct Rotation {
    taken: Cache<Key, Taken>,
    log: AppLog,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Current,
    Next,
}

impl Rotation {
    pub(crate) fn new(log: AppLog) -> Self {
        let cache = Cache::builder()
            .max_capacity(MOST_ROTATIONS)
            .time_to_live(REMEMBERED_FOR);
        Self {
            taken: cache.eviction_policy(EvictionPolicy::lru()).build(),
            log,
        }
    }

    /// Makes a call that shows WeChat the app's secret, and once more with the other secret where WeChat refused the first.
    /// If it refuses both, the first refusal is the answer.
    pub(crate) async fn with_secret<T, F>(
        &self,
        app: &WechatCredential,
        call: impl Fn(SecretString) -> F,
    ) -> Result<T, ConnectorError>
    where
        F: Future<Output = Result<T, ConnectorError>>,
    {
        let is_another = |next: &&SecretString| next.expose_secret() != app.secret.expose_secret();
        let Some(next) = app.next_secret.as_ref().filter(is_another) else {
            return call(app.secret.clone()).await;
        };
        let order = if self.taken.contains_key(&key(app, next)) {
            [(Which::Next, next), (Which::Current, &app.secret)]
        } else {
            [(Which::Current, &app.secret), (Which::Next, next)]
        };
        let mut first_refusal = None;
        for (which, secret) in order {
            match call(secret.clone()).await {
                Err(error) if error.refuses_secret() => {
                    first_refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
                Ok(success) => {
                    self.succeeded(app, next, which, first_refusal.is_some()).await;
                    return Ok(success);
                }
            }
        }
        Err(first_refusal.expect("both secrets were refused"))
    }

    async fn succeeded(&self, app: &WechatCredential, next: &SecretString, which: Which, was_second: bool) {
        let key = key(app, next);
        match which {
            // WeChat took the next one once, and does not any more.
            Which::Current if was_second => self.taken.invalidate(&key),
            Which::Current => {}
            Which::Next => self.promote(app, next, key).await,
        }
    }

    /// Whoever comes while another promotes goes on.
    async fn promote(&self, app: &WechatCredential, next: &SecretString, key: Key) {
        let now = self.log.clock.now();
        match self.taken.get(&key) {
            Some(Taken::Told) => return,
            Some(Taken::TellAt(at)) if now < at => return,
            _ => {}
        }
        self.taken
            .insert(key, Taken::TellAt(after(now, PROMOTIONS_APART)));
        if self.log.promote(&app.appid, next).await {
            self.taken.insert(key, Taken::Told);
        }
    }
}

fn key(app: &WechatCredential, next: &SecretString) -> Key {
    let hash = Sha256::new().chain_update(app.appid.as_str()).chain_update([0]);
    hash.chain_update(next.expose_secret()).finalize().into()
}
