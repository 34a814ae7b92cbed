//! What a client is told when WeChat does not prove what it should, and what goes to the tenant's event log.

use crate::{
    Context,
    error::{ErrorCode, OAuthError},
};
use async_trait::async_trait;
use hufu_core::{
    client::{Client, ClientId},
    connector::{ConnectorError, Fate},
    event::{Actor, Event, EventKind},
    id::EventId,
    identity::{OpenId, PhoneVerifier, VerifiedPhone},
    reason::Reason,
    store::{self, Act, Unit},
    wechat_app::{AppId, WechatApp},
};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;

/// When to try again after a failure that an operator must mend, in seconds.
const MISCONFIGURED_RETRY: u32 = 60;

/// The WeChat app that the client is registered with. Whatever a client shows to WeChat is shown as this app, so that one
/// app's token never goes with another's code.
pub async fn app_of(cx: &Context<'_>, client: &Client) -> Result<Arc<WechatApp>, OAuthError> {
    let missing = || {
        OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client has no WeChat app: an operator must register one",
        )
    };
    let appid = client.wechat_appid.as_ref().ok_or_else(missing)?;
    cx.issuer.wechat_app(appid).await?.ok_or_else(missing)
}

/// The app as it is in the store, where WeChat refused it as it is remembered here and it was changed since: another node may
/// have been given another secret or other keys a moment ago. Then the call may be made once more: WeChat refuses an app
/// before it looks at anything else.
pub async fn changed(
    cx: &Context<'_>,
    app: &WechatApp,
    error: Option<&ConnectorError>,
) -> Result<Option<Arc<WechatApp>>, OAuthError> {
    if error.is_none_or(|error| error.fate != Fate::Misconfigured) {
        return Ok(None);
    }
    let now = cx.issuer.store.wechat_app(&app.credential.appid).await?;
    Ok(now.filter(|now| now.updated_at != app.updated_at).map(Arc::new))
}

/// Exchanges a code of the getPhoneNumber button for the phone of the person with that openid in the app.
pub async fn phone(
    cx: &Context<'_>,
    client: &ClientId,
    app: &WechatApp,
    openid: &OpenId,
    phone_code: &SecretString,
) -> Result<VerifiedPhone, OAuthError> {
    let mut number = cx.wechat.phone(&app.credential, openid, phone_code).await;
    if let Some(now) = changed(cx, app, number.as_ref().err()).await? {
        number = cx.wechat.phone(&now.credential, openid, phone_code).await;
    }
    let appid = &app.credential.appid;
    match number {
        Ok(number) => Ok(VerifiedPhone {
            number,
            verifier: PhoneVerifier::Wechat(appid.clone()),
        }),
        Err(error) => Err(refused(cx, client, appid, &error).await),
    }
}

/// The phone code is not one.
pub(crate) fn phone_code_invalid() -> OAuthError {
    OAuthError::invalid_grant(PHONE_CODE_INVALID).reason(Reason::WxPhoneCodeInvalid)
}

const PHONE_CODE_INVALID: &str = "the phone code is expired, used, of another app or another person's: let the person tap the \
    getPhoneNumber button again (its code is not that of wx.login)";

/// What the client gets for a connector's failure; what the operator must mend goes to the tenant's event log.
pub async fn refused(
    cx: &Context<'_>,
    client: &ClientId,
    appid: &AppId,
    error: &ConnectorError,
) -> OAuthError {
    if let Some(advice) = error.advice {
        report(cx, client, appid, error, advice).await;
    }
    match error.fate {
        Fate::Rejected(reason) => {
            let description = match reason {
                Reason::WxCodeUsed => "the login code was used before: call wx.login again, once",
                Reason::WxPhoneCodeInvalid => PHONE_CODE_INVALID,
                Reason::SessionKeyMissing => {
                    "the session key is not valid any more: call wx.login and sign in again"
                }
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

async fn report(
    cx: &Context<'_>,
    client: &ClientId,
    appid: &AppId,
    error: &ConnectorError,
    advice: &'static str,
) {
    if !cx.issuer.is_news(appid.as_str(), advice, cx.now) {
        return;
    }
    let event = Event {
        id: EventId::generate(cx.now, cx.random),
        at: cx.now,
        actor: Actor::Client(client.to_string()),
        ip: cx.ip,
        kind: EventKind::WechatAppMisconfigured,
        target: appid.to_string(),
        detail: json!({"errcode": error.upstream_code, "rid": error.rid, "advice": advice}),
    };
    record(cx, event).await;
}

/// Adds an event without which nothing may be handed out.
pub(crate) async fn record_or_fail(cx: &Context<'_>, event: Event) -> Result<(), OAuthError> {
    Ok(store::write(cx.issuer.store.as_ref(), Record(event)).await?)
}

/// Adds an event that stands beside no change to the tenant's log. Where that fails, the log of the server has it.
pub(crate) async fn record(cx: &Context<'_>, event: Event) {
    let kind = event.kind.as_str();
    if let Err(error) = store::write(cx.issuer.store.as_ref(), Record(event)).await {
        tracing::warn!(%error, kind, "an event could not be recorded");
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
