//! `urn:hufu:grant-type:wechat-code`: the code of `wx.login` for tokens, in one round trip. An extension grant (RFC 6749
//! §4.5), because a mini-program has no browser to redirect and signs in silently at every cold start.
//!
//! Only first-party clients may use it, and only with the WeChat app that they are registered with.

use super::{Issuance, TokenGrant, requested_scope};
use crate::{
    Context,
    access_token::Subject,
    error::{ErrorCode, OAuthError},
    form::Form,
};
use async_trait::async_trait;
use hufu_core::{
    client::{Client, GrantType},
    connector::{ConnectorError, Fate},
    event::{Actor, Event, EventKind},
    id::EventId,
    identity::WechatIdentity,
    login::{Refreshable, SignIn, SignInRequest},
    reason::Reason,
    store::{self, Act, Unit},
    wechat_app::{AppId, WechatApp},
};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;

pub(super) struct WechatCode;

#[async_trait]
impl TokenGrant for WechatCode {
    async fn issue(&self, cx: &Context<'_>, client: &Client, form: &Form) -> Result<Issuance, OAuthError> {
        let js_code = SecretString::from(form.require("js_code", "js_code is missing")?);
        let scope = requested_scope(client, form)?;
        let app = app_of(cx, client).await?;
        let proof = match cx.wechat.finish(&app.credential, &js_code).await {
            Ok(proof) => proof,
            Err(error) => return Err(refused(cx, client, &app.credential.appid, &error).await),
        };
        let request = SignInRequest {
            proven: WechatIdentity {
                appid: app.credential.appid.clone(),
                openid: proof.openid,
                unionid: proof.unionid,
                union_scope: app.union_scope.clone(),
            },
            client: client.id.clone(),
            scope: scope.clone(),
            registration: cx.issuer.tenant.settings.registration,
            lifetimes: cx.issuer.tenant.settings.tokens,
            refreshable: if client.may_use(GrantType::RefreshToken) {
                Refreshable::Yes
            } else {
                Refreshable::No
            },
            ip: cx.ip,
            now: cx.now,
        };
        let (act, refresh_token) = SignIn::prepare(request, cx.random);
        let signed_in = store::write(cx.issuer.store.as_ref(), act)
            .await?
            .map_err(not_let_in)?;
        let subject = Subject::User {
            session: signed_in.session,
            grant: signed_in.grant,
        };
        Ok(Issuance {
            subject,
            scope,
            refresh_token,
        })
    }
}

async fn app_of(cx: &Context<'_>, client: &Client) -> Result<Arc<WechatApp>, OAuthError> {
    if !client.first_party {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "only first-party clients may use this grant_type",
        ));
    }
    let missing = || {
        OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client has no WeChat app: an operator must register one",
        )
    };
    let appid = client.wechat_appid.as_ref().ok_or_else(missing)?;
    cx.issuer.wechat_app(appid).await?.ok_or_else(missing)
}

fn not_let_in(reason: Reason) -> OAuthError {
    let description = match reason {
        Reason::RegistrationClosed => "the tenant takes no new users this way",
        _ => "the user may not sign in",
    };
    OAuthError::new(ErrorCode::AccessDenied, description).reason(reason)
}

/// What the client gets for a connector's failure; what the operator must mend goes to the tenant's event log.
async fn refused(cx: &Context<'_>, client: &Client, appid: &AppId, error: &ConnectorError) -> OAuthError {
    if let Some(advice) = error.advice {
        report(cx, client, appid, error, advice).await;
    }
    match error.fate {
        Fate::Rejected(reason) => {
            let description = match reason {
                Reason::WxCodeUsed => "the login code was used before: call wx.login again, once",
                _ => "the login code is expired, malformed or of another app: call wx.login again, once",
            };
            OAuthError::invalid_grant(description).reason(reason)
        }
        Fate::Denied(reason) => {
            OAuthError::new(ErrorCode::AccessDenied, "WeChat does not let this person sign in").reason(reason)
        }
        Fate::Unavailable { retry_after } => OAuthError::new(
            ErrorCode::TemporarilyUnavailable,
            "WeChat cannot answer now; try again",
        )
        .reason(Reason::WxUnavailable)
        .retry_after(retry_after),
        Fate::RateLimited { retry_after } => OAuthError::new(
            ErrorCode::SlowDown,
            "WeChat limits this person's calls; try again later",
        )
        .reason(Reason::WxRateLimited)
        .retry_after(retry_after),
        Fate::Misconfigured => {
            let description =
                "WeChat refuses this app; the tenant's operator finds the cause in the event log";
            OAuthError::new(ErrorCode::TemporarilyUnavailable, description)
                .reason(Reason::WxAppMisconfigured)
                .retry_after(MISCONFIGURED_RETRY)
        }
        Fate::Defect => OAuthError::defect(error),
    }
    .detail(error)
}

/// When to try again after a failure that an operator must mend, in seconds.
const MISCONFIGURED_RETRY: u32 = 60;

async fn report(
    cx: &Context<'_>,
    client: &Client,
    appid: &AppId,
    error: &ConnectorError,
    advice: &'static str,
) {
    if !cx
        .issuer
        .is_news(appid, error.upstream_code.unwrap_or_default(), cx.now)
    {
        return;
    }
    let event = Event {
        id: EventId::generate(cx.now, cx.random),
        at: cx.now,
        actor: Actor::Client(client.id.to_string()),
        ip: cx.ip,
        kind: EventKind::WechatAppMisconfigured,
        target: appid.to_string(),
        detail: json!({"errcode": error.upstream_code, "rid": error.rid, "advice": advice}),
    };
    if let Err(error) = store::write(cx.issuer.store.as_ref(), Record(event)).await {
        tracing::warn!(%error, %appid, "an event could not be recorded");
    }
}

struct Record(Event);

#[async_trait]
impl Act for Record {
    type Output = ();

    async fn run(&self, unit: &mut dyn Unit) -> store::Result<()> {
        unit.record(&self.0).await
    }
}
