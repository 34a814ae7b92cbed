//! The connector as core knows it.

use crate::{
    api_security,
    app_log::AppLog,
    app_tokens::AppTokens,
    checksession,
    config::{Config, UnusableConfig},
    failure::unasked,
    getuserencryptkey, getuserphonenumber, getwxacodeunlimit, jscode2session, open_data, push,
    resetusersessionkey,
    rotation::Rotation,
    upstream::Upstream,
    used_codes::{CodeKind, UsedCodes},
};
use async_trait::async_trait;
use hufu_core::{
    Clock, Instant, Invalid, Random,
    connector::{
        ConnectorError, Fate, MiniProgramCode, OpenDataRefused, Picture, SealedData, UserEncryptKey,
        WechatConnector, WechatProof, is_code,
    },
    identity::OpenId,
    phone::PhoneNumber,
    reason::Reason,
    store::WechatApps,
    wechat_app::{ApiSecurity, AppId, PushKeys, WechatCredential},
    wechat_push::{Delivery, PushMessage, PushRefused},
    wechat_session::SessionKey,
};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::sync::Arc;

/// WeChat, for all tenants.
pub struct WechatApi {
    upstream: Arc<Upstream>,
    used_codes: UsedCodes,
    rotation: Rotation,
    tokens: AppTokens,
}

impl WechatApi {
    /// Makes the client; nothing is sent yet. The clock tells when access tokens and pauses end. `apps` is what nodes share
    /// of an app: where it is away, each does with what it has.
    pub fn new(
        config: Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        apps: Arc<dyn WechatApps>,
    ) -> Result<Self, UnusableConfig> {
        let log = AppLog { clock, random, apps };
        let rotation = Rotation::new(log.clone());
        let upstream = Arc::new(Upstream::new(config, log)?);
        let tokens = AppTokens::new(Arc::clone(&upstream), rotation.clone());
        Ok(Self {
            upstream,
            used_codes: UsedCodes::new(),
            rotation,
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
        if !is_code(js_code) {
            return Err(unasked(Fate::Rejected(Reason::WxCodeInvalid)));
        }
        let claim = self
            .used_codes
            .claim(CodeKind::Login, &app.appid, js_code)
            .map_err(unasked)?;
        let exchange = |secret: SecretString| async move {
            jscode2session::exchange(&self.upstream, app, &secret, js_code).await
        };
        let outcome = self.rotation.with_secret(app, exchange).await;
        claim.settle(&outcome);
        outcome
    }

    async fn phone(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        phone_code: &SecretString,
    ) -> Result<PhoneNumber, ConnectorError> {
        if !is_code(phone_code) {
            return Err(unasked(Fate::Rejected(Reason::WxPhoneCodeInvalid)));
        }
        let claim = self
            .used_codes
            .claim(CodeKind::Phone(openid), &app.appid, phone_code)
            .map_err(unasked)?;
        let exchange = |token: SecretString| async move {
            getuserphonenumber::exchange(&self.upstream, app, &token, openid, phone_code).await
        };
        let outcome = self.tokens.with_token(app, exchange).await;
        claim.settle(&outcome);
        outcome
    }

    async fn prove(&self, app: &WechatCredential) -> Result<(), ConnectorError> {
        self.tokens.prove(app).await
    }

    async fn check_session(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        key: &SessionKey,
    ) -> Result<bool, ConnectorError> {
        let ask = |token: SecretString| async move {
            checksession::ask(&self.upstream, app, &token, openid, key).await
        };
        self.tokens.with_token(app, ask).await
    }

    async fn reset_session_key(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        key: &SessionKey,
    ) -> Result<SessionKey, ConnectorError> {
        let ask = |token: SecretString| async move {
            resetusersessionkey::ask(&self.upstream, app, &token, openid, key).await
        };
        self.tokens.with_token(app, ask).await
    }

    async fn encrypt_keys(
        &self,
        app: &WechatCredential,
        openid: &OpenId,
        key: &SessionKey,
    ) -> Result<Vec<UserEncryptKey>, ConnectorError> {
        let ask = |token: SecretString| async move {
            getuserencryptkey::ask(&self.upstream, app, &token, openid, key).await
        };
        self.tokens.with_token(app, ask).await
    }

    async fn mini_program_code(
        &self,
        app: &WechatCredential,
        code: MiniProgramCode<'_>,
    ) -> Result<Picture, ConnectorError> {
        let ask = |token: SecretString| async move {
            getwxacodeunlimit::ask(&self.upstream, app, &token, code).await
        };
        self.tokens.with_token(app, ask).await
    }

    fn open_data(
        &self,
        appid: &AppId,
        keys: &[SessionKey],
        sealed: &SealedData,
    ) -> Result<Map<String, Value>, OpenDataRefused> {
        open_data::open(appid, keys, sealed)
    }

    fn read_push(
        &self,
        appid: &AppId,
        keys: &PushKeys,
        delivery: &Delivery<'_>,
        now: Instant,
    ) -> Result<PushMessage, PushRefused> {
        push::read(appid, keys, delivery, now)
    }

    fn check_push_url(
        &self,
        keys: &PushKeys,
        delivery: &Delivery<'_>,
        now: Instant,
    ) -> Result<(), PushRefused> {
        push::check_url(keys, delivery, now)
    }

    fn check_api_security(&self, keys: &ApiSecurity) -> Result<(), (&'static str, Invalid)> {
        api_security::check(keys)
    }
}
