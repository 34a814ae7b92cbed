//! Tenants' issuers, kept in memory so that discovery, JWKS and signing need no database.
//!
//! An issuer is forgotten whole when anything of its tenant's configuration changes: on the node that makes the change at
//! once ([`Issuers::forget`]), on the others within about a second ([`Issuers::watch`]). What decides over a token's life
//! is not kept here at all.

use crate::app::App;
use hufu_core::{Instant, store::StoreError, tenant::TenantSlug};
use hufu_oauth::{access_token::VerifiedTokens, issuer::Issuer};
use moka::future::Cache;
use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How many tenants' issuers are kept; the least used ones go first.
const KEPT: u64 = 10_000;

/// How many access tokens are kept whose signature was checked: about a kilobyte each.
const VERIFIED: u64 = 16_384;

/// How often other nodes' changes are asked for.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// How far back they are asked for from the last time on: the clocks of nodes may differ, and a change is dated when it begins,
/// which for the deletion of a tenant may be two minutes before it is there.
const WATCH_BACK: chrono::TimeDelta = chrono::TimeDelta::seconds(180);

/// Who has heard nothing for longer may have missed changes whose marks are gone by now: they are kept for an hour.
const LONGEST_SILENCE: chrono::TimeDelta = chrono::TimeDelta::minutes(50);

/// How often an issuer is loaded anew where something was forgotten meanwhile.
const LOADS: u32 = 4;

/// The cache.
pub struct Issuers {
    kept: Cache<TenantSlug, Arc<Issuer>>,
    verified: Arc<VerifiedTokens>,
    /// Counts what is forgotten: what was read before may be old.
    forgotten: AtomicU64,
}

/// What a node has heard of other nodes' changes.
#[derive(Debug, Default)]
pub struct Heard {
    /// The marks, and whether the tenant was forgotten twice.
    marks: HashMap<TenantSlug, (Instant, bool)>,
    /// When the last round began that succeeded.
    last: Option<Instant>,
}

#[derive(Debug, Clone)]
enum NotLoaded {
    NoSuchTenant,
    Store(StoreError),
}

impl Issuers {
    /// An empty cache.
    pub(crate) fn new() -> Self {
        Self {
            kept: Cache::new(KEPT),
            verified: Arc::new(VerifiedTokens::new(VERIFIED)),
            forgotten: AtomicU64::new(0),
        }
    }

    /// The tenant's issuer, loaded once however many ask; `None` where there is no such tenant.
    pub(crate) async fn get(&self, app: &App, slug: &TenantSlug) -> Result<Option<Arc<Issuer>>, StoreError> {
        if let Some(issuer) = self.kept.get(slug).await {
            return Ok(Some(issuer));
        }
        let loaded = self.kept.try_get_with_by_ref(slug, self.load(app, slug)).await;
        match loaded.map_err(|error| (*error).clone()) {
            Ok(issuer) => Ok(Some(issuer)),
            Err(NotLoaded::NoSuchTenant) => Ok(None),
            Err(NotLoaded::Store(error)) => Err(error),
        }
    }

    /// Reads it again where the tenant may have changed between the readings: what is forgotten while it is read is not in the
    /// cache yet.
    async fn load(&self, app: &App, slug: &TenantSlug) -> Result<Arc<Issuer>, NotLoaded> {
        let mut loads = 1;
        loop {
            let before = self.forgotten.load(Ordering::SeqCst);
            let issuer = self.read(app, slug).await?;
            if before == self.forgotten.load(Ordering::SeqCst) || loads == LOADS {
                return Ok(issuer);
            }
            loads += 1;
        }
    }

    async fn read(&self, app: &App, slug: &TenantSlug) -> Result<Arc<Issuer>, NotLoaded> {
        let tenant = app.store.tenant_by_slug(slug).await.map_err(NotLoaded::Store)?;
        let tenant = tenant.ok_or(NotLoaded::NoSuchTenant)?;
        let store = app.store.tenant(tenant.id);
        let verified = self.verified.clone();
        Issuer::load(app.base_url.as_str(), tenant, store, verified, app.clock.now())
            .await
            .map(Arc::new)
            .map_err(NotLoaded::Store)
    }

    /// Forgets the tenant: the next request loads it anew.
    pub(crate) async fn forget(&self, slug: &TenantSlug) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.kept.invalidate(slug).await;
    }

    /// Forgets all tenants: for a change that touches more than one, which is rare.
    pub(crate) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.kept.invalidate_all();
    }

    /// Forgets tenants as other nodes change them, until `app` is gone. While the database is away, what is known is
    /// served.
    pub(crate) async fn watch(app: Weak<App>) {
        let mut heard = Heard::default();
        let mut tick = tokio::time::interval(WATCH_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let Some(app) = app.upgrade() else { return };
            app.issuers.hear(&app, &mut heard).await;
        }
    }

    /// One round of [`Issuers::watch`]: forgets the tenants whose marks are new, and once more in the next round, for an issuer
    /// that was being put into the cache.
    pub async fn hear(&self, app: &App, heard: &mut Heard) {
        let now = app.clock.now();
        let last = heard.last.map_or(now, |last| last.min(now));
        let since = last - WATCH_BACK;
        match app.store.changed_since(since).await {
            Ok(changed) => {
                heard.last = Some(now);
                // Not before the database answers: until then, what is known is served.
                if now - last > LONGEST_SILENCE {
                    self.forget_all();
                }
                heard.marks.retain(|_, (at, _)| *at >= since);
                for (slug, at) in changed {
                    let before = heard.marks.get(&slug).filter(|(mark, _)| *mark == at);
                    if let Some((_, true)) = before {
                        continue;
                    }
                    let is_second = before.is_some();
                    self.forget(&slug).await;
                    heard.marks.insert(slug, (at, is_second));
                }
            }
            Err(error) => tracing::warn!(%error, "changes of other nodes could not be read"),
        }
    }
}
