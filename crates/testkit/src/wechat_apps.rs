//! What nodes share of WeChat apps, in memory, for tests of what has no store of its own.

use async_trait::async_trait;
use hufu_core::{
    Instant,
    event::{Event, EventKind},
    store::{Result, SharedToken, StoreError, WechatApps},
    tenant::TenantSlug,
    wechat_app::{AppId, WechatCredential},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Apps of one tenant, named `acme`, with the events of its log. Clones are the same apps.
#[derive(Clone, Default)]
pub struct MemoryWechatApps {
    held: Arc<Mutex<Held>>,
    is_away: Arc<AtomicBool>,
}

#[derive(Default)]
struct Held {
    apps: HashMap<AppId, App>,
    events: Vec<Event>,
}

struct App {
    credential: WechatCredential,
    token: Option<SharedToken>,
}

impl MemoryWechatApps {
    /// No apps yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an app, or replaces its credential; its access token stays.
    pub fn put(&self, credential: WechatCredential) {
        let mut held = self.held();
        let token = held.apps.remove(&credential.appid).and_then(|app| app.token);
        let app = App {
            credential: credential.clone(),
            token,
        };
        held.apps.insert(credential.appid, app);
    }

    /// From now on each call fails, as if the database were away; or not any more.
    pub fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// The app's credential as it is now.
    pub fn credential(&self, appid: &AppId) -> Option<WechatCredential> {
        self.held().apps.get(appid).map(|app| app.credential.clone())
    }

    /// The access token that is shared, away or not.
    pub fn token(&self, appid: &AppId) -> Option<SharedToken> {
        self.held().apps.get(appid).and_then(|app| app.token.clone())
    }

    /// The tenant's events, oldest first.
    pub fn events(&self) -> Vec<Event> {
        self.held().events.clone()
    }

    /// The kinds of the tenant's events, oldest first.
    pub fn event_kinds(&self) -> Vec<EventKind> {
        self.held().events.iter().map(|event| event.kind).collect()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self) -> Result<MutexGuard<'_, Held>> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("a test has taken it away".into()));
        }
        Ok(self.held())
    }
}

#[async_trait]
impl WechatApps for MemoryWechatApps {
    async fn wechat_app_tenant(&self, appid: &AppId) -> Result<Option<TenantSlug>> {
        let is_held = self.reached()?.apps.contains_key(appid);
        Ok(is_held.then(|| TenantSlug::parse("acme").expect("a slug")))
    }

    async fn access_token(&self, appid: &AppId) -> Result<Option<SharedToken>> {
        Ok(self.reached()?.apps.get(appid).and_then(|app| app.token.clone()))
    }

    async fn keep_access_token(&self, appid: &AppId, token: &SharedToken) -> Result<()> {
        if let Some(app) = self.reached()?.apps.get_mut(appid) {
            let is_later = |kept: &SharedToken| kept.fetched_at > token.fetched_at;
            if !app.token.as_ref().is_some_and(is_later) {
                app.token = Some(token.clone());
            }
        }
        Ok(())
    }

    async fn expire_access_token(&self, appid: &AppId, fetched_at: Instant) -> Result<()> {
        if let Some(app) = self.reached()?.apps.get_mut(appid) {
            app.token.take_if(|token| token.fetched_at == fetched_at);
        }
        Ok(())
    }

    async fn promote_secret(&self, appid: &AppId, next: &SecretString, event: &Event) -> Result<bool> {
        let mut held = self.reached()?;
        let Some(app) = held.apps.get_mut(appid) else {
            return Ok(false);
        };
        let is_next = |kept: &mut SecretString| kept.expose_secret() == next.expose_secret();
        let Some(next) = app.credential.next_secret.take_if(is_next) else {
            return Ok(false);
        };
        app.credential.secret = next;
        held.events.push(event.clone());
        Ok(true)
    }

    async fn record_of_app(&self, appid: &AppId, event: &Event) -> Result<()> {
        let mut held = self.reached()?;
        if held.apps.contains_key(appid) {
            held.events.push(event.clone());
        }
        Ok(())
    }
}
