//! The application: what every handler shares, and the one router.

use crate::{account, admin, base_url::BaseUrl, issuers::Issuers, oidc, openapi, pages, server, wechat};
use axum::Router;
use hufu_core::{
    Clock, Random,
    connector::WechatConnector,
    outbound::Outbound,
    password::Passwords,
    sms::{SmsSender, challenge::Pepper},
    store::Store,
};
use ipnet::IpNet;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use utoipa_axum::router::OpenApiRouter;

/// What every handler shares. Everything in it is a port, immutable, or kept by a lock of its own.
pub struct App {
    /// The public base URL; issuers are `{base_url}/t/{tenant}`.
    pub base_url: BaseUrl,
    /// All rows.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// WeChat.
    pub wechat: Arc<dyn WechatConnector>,
    /// Passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Codes by SMS.
    pub sms: Arc<dyn SmsSender>,
    /// Servers that clients name.
    pub outbound: Arc<dyn Outbound>,
    /// Through whom codes can be sent besides the vendors' clouds.
    pub sms_outlets: SmsOutlets,
    /// What codes by SMS are stored under.
    pub pepper: Arc<Pepper>,
    /// Tenants' issuers, kept parsed.
    pub issuers: Issuers,
    /// Whose `X-Forwarded-For` is believed (RFC 9700 §4.13). Empty: nobody's.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a request may take before it is answered with 503; [`App::REQUEST_TIMEOUT`] by default.
    pub request_timeout: Duration,
    /// Whose turn it is to make signing keys. An RSA key takes a processor for a while, and logins want one too: keys are made by
    /// one request at a time.
    pub(crate) key_turn: Mutex<()>,
}

/// The ports of an [`App`].
pub struct Ports {
    /// All rows.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// WeChat.
    pub wechat: Arc<dyn WechatConnector>,
    /// Passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Codes by SMS.
    pub sms: Arc<dyn SmsSender>,
    /// Servers that clients name.
    pub outbound: Arc<dyn Outbound>,
    /// Through whom codes can be sent besides the vendors' clouds.
    pub sms_outlets: SmsOutlets,
    /// What codes by SMS are stored under.
    pub pepper: Arc<Pepper>,
}

/// Through whom this installation can send codes besides the vendors' clouds: what a tenant may choose of `webhook` and
/// `console`.
#[derive(Debug, Clone, Default)]
pub struct SmsOutlets {
    /// The names of the servers that the configuration knows.
    pub webhooks: BTreeSet<String>,
    /// Whether codes can be shown to whoever runs the server. Never in production.
    pub console: bool,
}

impl SmsOutlets {
    /// Those of a connector that has no console.
    pub fn of(config: &hufu_sms_connector::Config) -> Self {
        Self {
            webhooks: config.webhooks.keys().cloned().collect(),
            console: false,
        }
    }
}

impl App {
    /// How long a request may take unless the configuration says otherwise.
    pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

    /// An application that trusts no proxy. Change its fields before it is shared.
    pub fn new(base_url: BaseUrl, ports: Ports) -> Self {
        Self {
            base_url,
            store: ports.store,
            clock: ports.clock,
            random: ports.random,
            wechat: ports.wechat,
            passwords: ports.passwords,
            sms: ports.sms,
            outbound: ports.outbound,
            sms_outlets: ports.sms_outlets,
            pepper: ports.pepper,
            issuers: Issuers::new(),
            trusted_proxies: Vec::new(),
            request_timeout: Self::REQUEST_TIMEOUT,
            key_turn: Mutex::const_new(()),
        }
    }
}

/// All documented endpoints.
pub(crate) fn endpoints() -> OpenApiRouter<Arc<App>> {
    let mut endpoints = OpenApiRouter::with_openapi(openapi::header())
        .merge(oidc::router())
        .merge(account::router())
        .merge(wechat::router())
        .merge(admin::router());
    openapi::merge(endpoints.get_openapi_mut());
    endpoints
}

/// Everything that the server answers, with what happens around every request.
pub fn router(app: Arc<App>) -> Router {
    let (endpoints, document) = endpoints().split_for_parts();
    let all = endpoints.merge(openapi::router(&document)).merge(pages::router());
    server::around(all, &app).with_state(app)
}
