//! A tenant's issuer as it works: its URL, its keys parsed, its clients and WeChat apps remembered.
//!
//! An issuer is made when the tenant is first asked for and thrown away whole when anything of the tenant's configuration
//! changes, so nothing in it is ever updated. What decides over a token's life (users, sessions, grants) is never
//! remembered here: it is read from the store each time.

use crate::{
    access_token::VerifiedTokens,
    client_keys::KnownKeys,
    crypto,
    error::OAuthError,
    jwt::{PublishedKey, Signing},
    memo::Memo,
};
use hufu_core::{
    Instant,
    client::{Client, ClientId},
    signing_key::{self, SigningAlgorithm},
    store::{StoreError, TenantStore},
    tenant::Tenant,
    wechat_app::{AppId, WechatApp},
};
use serde::Serialize;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

/// How many clients and how many WeChat apps of one tenant are remembered.
const REMEMBERED: usize = 1_000;

/// A tenant's issuer.
pub struct Issuer {
    /// The tenant as it was when the issuer was made.
    pub tenant: Tenant,
    /// `{base_url}/t/{tenant}`: `iss` in tokens and metadata.
    pub url: String,
    /// The tenant's rows.
    pub store: Arc<dyn TenantStore>,
    pub(crate) keys: Vec<Signing>,
    pub(crate) verified: Arc<VerifiedTokens>,
    pub(crate) client_keys: KnownKeys,
    clients: Memo<ClientId, Client>,
    wechat_apps: Memo<AppId, WechatApp>,
    reported: Mutex<HashMap<(String, &'static str), Instant>>,
}

/// A JWK Set (RFC 7517 §5).
#[derive(Debug, Serialize)]
pub struct Jwks<'a> {
    keys: Vec<&'a PublishedKey>,
}

impl Issuer {
    /// Loads the tenant's keys and parses them.
    pub async fn load(
        base_url: &str,
        tenant: Tenant,
        store: Arc<dyn TenantStore>,
        verified: Arc<VerifiedTokens>,
        now: Instant,
    ) -> Result<Self, StoreError> {
        crypto::install();
        let mut keys = Vec::new();
        for key in store.signing_keys(now).await? {
            keys.push(Signing::parse(&key).map_err(|what| StoreError::Corrupt {
                table: "signing_keys",
                row: format!("{} {}", tenant.id, key.kid),
                what: what.into(),
            })?);
        }
        let url = format!("{}/t/{}", base_url.trim_end_matches('/'), tenant.slug);
        let memo = (Memo::new(REMEMBERED), Memo::new(REMEMBERED));
        Ok(Self {
            tenant,
            url,
            store,
            keys,
            verified,
            client_keys: KnownKeys::new(),
            clients: memo.0,
            wechat_apps: memo.1,
            reported: Mutex::default(),
        })
    }

    /// The keys to publish at `now`.
    pub fn jwks(&self, now: Instant) -> Jwks<'_> {
        Jwks {
            keys: self
                .keys
                .iter()
                .filter(|key| signing_key::is_published(*key, now))
                .map(Signing::published)
                .collect(),
        }
    }

    /// The key of `algorithm` that signs at `now`.
    pub(crate) fn signing(&self, algorithm: SigningAlgorithm, now: Instant) -> Result<&Signing, OAuthError> {
        signing_key::active(&self.keys, algorithm, now).ok_or_else(|| {
            OAuthError::defect(format!("{} has no active {} key", self.url, algorithm.as_str()))
        })
    }

    /// A client of the tenant.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(client) = self.clients.get(id) {
            return Ok(Some(client));
        }
        Ok(self
            .store
            .client(id)
            .await?
            .map(|client| self.clients.put(id.clone(), client)))
    }

    /// A WeChat app of the tenant, its secret opened.
    pub async fn wechat_app(&self, appid: &AppId) -> Result<Option<Arc<WechatApp>>, StoreError> {
        if let Some(app) = self.wechat_apps.get(appid) {
            return Ok(Some(app));
        }
        Ok(self
            .store
            .wechat_app(appid)
            .await?
            .map(|app| self.wechat_apps.put(appid.clone(), app)))
    }

    /// Whether it is news that the operator shall do as `advice` says about `what`: not in the last ten minutes.
    pub(crate) fn is_news(&self, what: &str, advice: &'static str, now: Instant) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.retain(|_, at| now < hufu_core::time::after(*at, 600));
        match reported.entry((what.to_owned(), advice)) {
            Entry::Vacant(entry) => {
                entry.insert(now);
                true
            }
            // The ten minutes are those since it was told, however often it has been found since.
            Entry::Occupied(_) => false,
        }
    }
}
