//! Sending a code by SMS: counted and stored first, then one request to the tenant's vendor.

use super::{INVALID_SESSION, refused};
use crate::{Context, error::OAuthError, wechat};
use hufu_core::{
    client::{Client, ClientId},
    event::{Actor, Event, EventKind},
    id::{EventId, UserId},
    login::{CodeChallenge, Presented, Proofs, Refusal, Step},
    phone::PhoneNumber,
    reason::Reason,
    scope::Scope,
    sms::{
        IdempotencyKey, SmsError, SmsFate, SmsMessage, SmsPurpose, SmsVendor,
        challenge::LIFETIME,
        send::{Prepared, SendCode, SendCodeRequest, SendFor, Sending},
    },
    store,
};
use serde_json::json;

/// A login that asks for a code.
pub(super) struct LoginStep {
    pub(super) presented: Option<Presented>,
    pub(super) scope: Scope,
    pub(super) challenge: Option<CodeChallenge>,
    pub(super) proofs: Proofs,
}

/// Sends a code to whoever signs in. There is no answer but errors: that the code is awaited is one.
pub(super) async fn send_for_login(
    cx: &Context<'_>,
    client: &Client,
    phone: PhoneNumber,
    step: LoginStep,
) -> OAuthError {
    let send_for = SendFor::Login {
        presented: step.presented,
        scope: step.scope,
        challenge: step.challenge,
        proofs: step.proofs,
    };
    let (sending, prepared) = match count(cx, client, phone.clone(), send_for).await {
        Ok(counted) => counted,
        Err(error) => return error,
    };
    let auth_session = prepared.auth_session.reveal();
    let otp = vec![Step::Otp.as_str()];
    match sending {
        Sending::InvalidSession => INVALID_SESSION,
        Sending::Refused(refusal) => refused(refusal).go_on(auth_session, Vec::new()),
        Sending::Send(vendor) => {
            match send(cx, client, &vendor, phone, &prepared, SmsPurpose::SignIn).await {
                Ok(()) => OAuthError::new(
                    crate::error::ErrorCode::InsufficientAuthorization,
                    "a code was sent: send it as otp",
                )
                .go_on(auth_session, otp),
                Err(error) => error.go_on(auth_session, otp),
            }
        }
    }
}

/// Sends a code to the phone that a signed-in user adds.
pub async fn send_for_link(
    cx: &Context<'_>,
    client: &Client,
    user: UserId,
    phone: PhoneNumber,
) -> Result<(), OAuthError> {
    let (sending, prepared) = count(cx, client, phone.clone(), SendFor::Link(user)).await?;
    match sending {
        Sending::InvalidSession => Err(INVALID_SESSION),
        Sending::Refused(refusal) => Err(refused(refusal)),
        Sending::Send(vendor) => send(cx, client, &vendor, phone, &prepared, SmsPurpose::Link).await,
    }
}

async fn count(
    cx: &Context<'_>,
    client: &Client,
    phone: PhoneNumber,
    send_for: SendFor,
) -> Result<(Sending, Prepared), OAuthError> {
    let request = SendCodeRequest {
        phone,
        send_for,
        client: client.id.clone(),
        settings: cx.issuer.tenant.settings.sms.clone(),
        ip: cx.ip,
        now: cx.now,
    };
    let (act, prepared) = SendCode::prepare(request, cx.pepper, cx.random);
    Ok((store::write(cx.issuer.store.as_ref(), act).await?, prepared))
}

async fn send(
    cx: &Context<'_>,
    client: &Client,
    vendor: &SmsVendor,
    to: PhoneNumber,
    prepared: &Prepared,
    purpose: SmsPurpose,
) -> Result<(), OAuthError> {
    let message = SmsMessage {
        to,
        code: prepared.code.clone(),
        minutes: LIFETIME / 60,
        purpose,
        locale: cx.locale,
        idempotency_key: IdempotencyKey::parse(&prepared.id.simple().to_string())
            .map_err(OAuthError::defect)?,
    };
    match cx.sms.send(vendor, &message).await {
        Ok(_) => Ok(()),
        Err(error) => Err(not_sent(cx, &client.id, vendor, &error).await),
    }
}

/// What the client gets for a vendor's failure; what the operator must mend goes to the tenant's event log.
async fn not_sent(cx: &Context<'_>, client: &ClientId, vendor: &SmsVendor, error: &SmsError) -> OAuthError {
    if let Some(advice) = error.advice
        && cx.issuer.is_news(vendor.kind(), advice, cx.now)
    {
        let event = Event {
            id: EventId::generate(cx.now, cx.random),
            at: cx.now,
            actor: Actor::Client(client.to_string()),
            ip: cx.ip,
            kind: EventKind::SmsVendorMisconfigured,
            target: vendor.kind().to_owned(),
            detail: json!({"code": error.upstream_code, "advice": advice}),
        };
        wechat::record(cx, event).await;
    }
    let (reason, retry_after) = match error.fate {
        SmsFate::RateLimited { retry_after } => (Reason::SmsLimited, Some(retry_after)),
        SmsFate::BudgetExhausted | SmsFate::Misconfigured => (Reason::SmsMisconfigured, None),
        SmsFate::InvalidPhone => (Reason::PhoneInvalid, None),
        SmsFate::CannotDeliver => (Reason::PhoneUnreachable, None),
        SmsFate::Unavailable { retry_after } => (Reason::SmsUnavailable, Some(retry_after)),
    };
    refused(Refusal { reason, retry_after }).detail(error)
}
