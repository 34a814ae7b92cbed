//! Clients' public keys, remembered: those that are registered, parsed, and those that a client publishes, fetched.
//!
//! A published set is fetched when it is first needed, again when it is old, and again when a signature names a key that is not in
//! it: at most once a minute, however many ask, since whoever sends a request chooses its `kid`.

use crate::{Context, jwk::PublicJwks};
use hufu_core::{
    Instant,
    client::{Client, ClientId, ClientKeys},
    time,
};
use moka::{future::Cache, ops::compute::Op};
use std::sync::Arc;
use url::Url;

/// How many clients' keys of one tenant are remembered.
const REMEMBERED: u64 = 1_000;
/// How old a fetched set may be, in seconds: as long as a key counts that the client has withdrawn.
const OLDEST: u32 = 600;
/// How long after a fetch the next one may come for an unknown key, in seconds.
const UNKNOWN_EVERY: u32 = 60;
/// How long after a fetch that failed the next one may come, in seconds.
const FAILED_EVERY: u32 = 10;

/// When to fetch although there is a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refetch {
    /// Where it is old.
    IfOld,
    /// Where the last fetch is long enough ago: a signature named a key that is not in it.
    IfAllowed,
}

/// The keys of one tenant's clients.
pub(crate) struct KnownKeys(Cache<ClientId, Arc<Known>>);

/// What is known of one client.
struct Known {
    /// Where it came from.
    keys: ClientKeys,
    set: Result<Arc<PublicJwks>, String>,
    /// When the set was fetched, or the last try to.
    tried_at: Instant,
    /// From when on it is too old.
    stale_at: Instant,
}

impl KnownKeys {
    pub(crate) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    /// The client's keys. The error is for the log.
    pub(crate) async fn of(
        &self,
        cx: &Context<'_>,
        client: &Client,
        keys: &ClientKeys,
        refetch: Refetch,
    ) -> Result<Arc<PublicJwks>, String> {
        if let Some(known) = self.0.get(&client.id).await
            && known.is_enough(keys, refetch, cx.now)
        {
            return known.set.clone();
        }
        // Of many who ask at once, one fetches, and the others find what it brought.
        let computed = self
            .0
            .entry_by_ref(&client.id)
            .and_compute_with(|entry| async move {
                let before = entry.map(moka::Entry::into_value);
                match before {
                    Some(known) if known.is_enough(keys, refetch, cx.now) => Op::Nop,
                    before => Op::Put(Arc::new(Known::load(cx, keys, before.as_deref()).await)),
                }
            })
            .await;
        match computed.into_entry() {
            Some(entry) => entry.into_value().set.clone(),
            None => Err("the keys were forgotten meanwhile".to_owned()),
        }
    }
}

impl Known {
    fn is_enough(&self, keys: &ClientKeys, refetch: Refetch, now: Instant) -> bool {
        if self.keys != *keys {
            return false;
        }
        let pause = match (&self.keys, &self.set, refetch) {
            (ClientKeys::Inline(_), ..) => return true,
            (_, Err(_), _) => FAILED_EVERY,
            (_, Ok(_), Refetch::IfOld) => return now < self.stale_at,
            (_, Ok(_), Refetch::IfAllowed) => UNKNOWN_EVERY,
        };
        now < time::after(self.tried_at, pause)
    }

    async fn load(cx: &Context<'_>, keys: &ClientKeys, before: Option<&Self>) -> Self {
        let stale_at = time::after(cx.now, OLDEST);
        let (set, stale_at) = match keys {
            ClientKeys::Inline(set) => (
                PublicJwks::parse(set)
                    .map(Arc::new)
                    .map_err(|what| format!("the registered jwks {what}")),
                stale_at,
            ),
            ClientKeys::Uri(uri) => match (fetch(cx, uri.as_str()).await, before) {
                (Ok(set), _) => (Ok(Arc::new(set)), stale_at),
                // What was fetched before counts until it is old, so that a client's short outage hurts nobody.
                (Err(_), Some(before)) if before.keys == *keys && cx.now < before.stale_at => {
                    (before.set.clone(), before.stale_at)
                }
                (Err(what), _) => (Err(what), stale_at),
            },
        };
        Self {
            keys: keys.clone(),
            set,
            tried_at: cx.now,
            stale_at,
        }
    }
}

async fn fetch(cx: &Context<'_>, uri: &str) -> Result<PublicJwks, String> {
    let url = Url::parse(uri).map_err(|error| format!("jwks_uri: {error}"))?;
    let document = cx
        .outbound
        .get(&url)
        .await
        .map_err(|error| format!("jwks_uri: {error}"))?;
    PublicJwks::read(&document).map_err(|what| format!("what jwks_uri gave {what}"))
}
