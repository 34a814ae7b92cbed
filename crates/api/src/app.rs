//! The application: what every handler shares, and the one router.

use crate::{account, admin, base_url::BaseUrl, issuers::Issuers, oidc, openapi, server, wechat};
use axum::Router;
use hufu_core::{Clock, Random, connector::WechatConnector, store::Store};
use ipnet::IpNet;
use std::{sync::Arc, time::Duration};
use utoipa_axum::router::OpenApiRouter;

/// What every handler shares. Everything in it is a port or immutable.
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
    /// Tenants' issuers, kept parsed.
    pub issuers: Issuers,
    /// Whose `X-Forwarded-For` is believed (RFC 9700 §4.13). Empty: nobody's.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a request may take before it is answered with 503; [`App::REQUEST_TIMEOUT`] by default.
    pub request_timeout: Duration,
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
            issuers: Issuers::new(),
            trusted_proxies: Vec::new(),
            request_timeout: Self::REQUEST_TIMEOUT,
        }
    }
}

/// All documented endpoints.
pub(crate) fn endpoints() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::header())
        .merge(oidc::router())
        .merge(account::router())
        .merge(wechat::router())
        .merge(admin::router())
}

/// Everything that the server answers, with what happens around every request.
pub fn router(app: Arc<App>) -> Router {
    let (endpoints, document) = endpoints().split_for_parts();
    let all = endpoints.merge(openapi::router(&document));
    server::around(all, &app).with_state(app)
}
