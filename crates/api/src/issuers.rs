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
    sync::{Arc, Weak},
    time::Duration,
};

/// How many tenants' issuers are kept; the least used ones go first.
const KEPT: u64 = 10_000;

/// How many access tokens are kept whose signature was checked: about a kilobyte each.
const VERIFIED: u64 = 16_384;

/// How often other nodes' changes are asked for.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// How far back they are asked for, each time anew: nodes' clocks and long transactions may differ by that much.
const WATCH_BACK: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// The cache.
pub struct Issuers {
    issuers: Cache<TenantSlug, Arc<Issuer>>,
    verified: Arc<VerifiedTokens>,
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
            issuers: Cache::new(KEPT),
            verified: Arc::new(VerifiedTokens::new(VERIFIED)),
        }
    }

    /// The tenant's issuer, loaded once however many ask; `None` where there is no such tenant.
    pub(crate) async fn get(&self, app: &App, slug: &TenantSlug) -> Result<Option<Arc<Issuer>>, StoreError> {
        if let Some(issuer) = self.issuers.get(slug).await {
            return Ok(Some(issuer));
        }
        let loaded = self.issuers.try_get_with_by_ref(slug, self.load(app, slug)).await;
        match loaded.map_err(|error| (*error).clone()) {
            Ok(issuer) => Ok(Some(issuer)),
            Err(NotLoaded::NoSuchTenant) => Ok(None),
            Err(NotLoaded::Store(error)) => Err(error),
        }
    }

    async fn load(&self, app: &App, slug: &TenantSlug) -> Result<Arc<Issuer>, NotLoaded> {
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
        self.issuers.invalidate(slug).await;
    }

    /// Forgets all tenants: for a change that touches more than one, which is rare.
    pub(crate) fn forget_all(&self) {
        self.issuers.invalidate_all();
    }

    /// Forgets tenants as other nodes change them, until `app` is gone. While the database is away, what is known is
    /// served.
    pub(crate) async fn watch(app: Weak<App>) {
        let mut seen: HashMap<TenantSlug, Instant> = HashMap::new();
        let mut tick = tokio::time::interval(WATCH_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let Some(app) = app.upgrade() else { return };
            app.issuers.hear(&app, &mut seen).await;
        }
    }

    /// One round of [`Issuers::watch`]: forgets the tenants whose marks are not `seen` yet.
    pub async fn hear(&self, app: &App, seen: &mut HashMap<TenantSlug, Instant>) {
        let since = app.clock.now() - WATCH_BACK;
        match app.store.changed_since(since).await {
            Ok(changed) => {
                seen.retain(|_, at| *at >= since);
                for (slug, at) in changed {
                    if seen.get(&slug) != Some(&at) {
                        self.forget(&slug).await;
                        seen.insert(slug, at);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "changes of other nodes could not be read"),
        }
    }
}
