//! The connector as core knows it.

use crate::{
    app_tokens::AppTokens,
    config::{Config, UnusableConfig},
    http::Http,
    jscode2session,
    used_codes::UsedCodes,
};
use async_trait::async_trait;
use hufu_core::{
    Clock,
    connector::{ConnectorError, Fate, WechatConnector, WechatProof},
    reason::Reason,
    wechat_app::WechatCredential,
};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};

/// WeChat, for all tenants.
pub struct WechatApi {
    http: Arc<Http>,
    budget: Duration,
    used_codes: UsedCodes,
    tokens: AppTokens,
}

impl WechatApi {
    /// Makes the client; nothing is sent yet. The clock tells when access tokens end.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Result<Self, UnusableConfig> {
        config.check()?;
        let http = Arc::new(Http::new(config.api_base)?);
        let tokens = AppTokens::new(Arc::clone(&http), config.token_budget, clock);
        Ok(Self {
            http,
            budget: config.budget,
            used_codes: UsedCodes::new(),
            tokens,
        })
    }

    /// The apps' access tokens, for endpoints that take one.
    pub fn tokens(&self) -> &AppTokens {
        &self.tokens
    }
}

#[async_trait]
impl WechatConnector for WechatApi {
    async fn finish(
        &self,
        app: &WechatCredential,
        js_code: &SecretString,
    ) -> Result<WechatProof, ConnectorError> {
        if !jscode2session::is_login_code(js_code) {
            return Err(unasked(Fate::Rejected(Reason::WxCodeInvalid)));
        }
        let claim = self.used_codes.claim(&app.appid, js_code).map_err(unasked)?;
        let outcome = jscode2session::exchange(&self.http, app, js_code, self.budget).await;
        claim.settle(&outcome);
        outcome
    }

    async fn prove(&self, app: &WechatCredential) -> Result<(), ConnectorError> {
        self.tokens.prove(app).await
    }
}

/// A failure that WeChat was not asked about.
fn unasked(fate: Fate) -> ConnectorError {
    ConnectorError {
        fate,
        upstream_code: None,
        rid: None,
        advice: None,
    }
}
