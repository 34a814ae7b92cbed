//! Pushed authorization requests (RFC 9126): the client sends the request itself, authenticated, and the browser brings but a
//! reference to it.
//!
//! The reference may be brought as often as the person needs, within its time; the code that it ends in spends it.

use super::{
    checks::{self, Came},
    redirect,
};
use crate::{
    Context, client_authentication, dpop,
    error::{ErrorCode, OAuthError},
    form::Form,
};
use hufu_core::{
    authorization::{AskedFor, KeepRequest, PUSHED_LIFETIME, PendingRequest, SIGN_IN_LIFETIME},
    client::{Client, ClientId},
    id::RequestId,
    store, time,
    token::{OpaqueToken, TokenKind},
};
use secrecy::ExposeSecret;
use serde::Serialize;
use std::sync::Arc;

/// What every `request_uri` of ours begins with (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The answer: 201.
#[derive(Debug, Serialize)]
pub struct PushedResponse {
    /// What the browser brings, with `client_id`.
    pub request_uri: String,
    /// Seconds.
    pub expires_in: u32,
}

/// Takes a pushed request. `authorization` is the header's value.
pub async fn push(
    cx: &Context<'_>,
    form: &Form,
    authorization: Option<&str>,
) -> Result<PushedResponse, OAuthError> {
    let client = client_authentication::authenticate(cx, form, authorization).await?;
    let uri = form
        .get("redirect_uri")
        .and_then(|uri| redirect::of_client(&client, uri));
    let uri = uri.ok_or(OAuthError::invalid_request(redirect::unregistered()))?;
    let mut request = checks::check(cx, form, &client, uri, Came::Pushed).map_err(|refused| refused.1)?;
    // RFC 9449 §10.1: a proof says the same as dpop_jkt, and proves it.
    if let Some(key) = dpop::possession(cx, client.details.is_fapi(), None).await? {
        let key = key.to_string();
        if request.dpop_jkt.as_ref().is_some_and(|named| *named != key) {
            return Err(dpop::refused("dpop_jkt is another key"));
        }
        request.dpop_jkt = Some(key);
    }
    let id = RequestId::generate(cx.now, cx.random);
    let token = OpaqueToken::generate(TokenKind::PushedRequest, id.uuid(), cx.random);
    let pending = PendingRequest {
        id,
        hash: token.hash(),
        client_id: client.id.clone(),
        asked_for: AskedFor::Authorization(request),
        auth_session: None,
        pushed: None,
        created_at: cx.now,
        // It is spent when the login ends that a browser begins with it in time.
        expires_at: time::after(cx.now, PUSHED_LIFETIME + SIGN_IN_LIFETIME),
    };
    store::write(cx.issuer.store.as_ref(), KeepRequest(pending)).await?;
    Ok(PushedResponse {
        request_uri: format!("{PREFIX}{}", token.reveal().expose_secret()),
        expires_in: PUSHED_LIFETIME,
    })
}

/// Whether a `request_uri` may be one of ours.
pub(super) fn is_ours(request_uri: &str) -> bool {
    request_uri.starts_with(PREFIX)
}

/// The pushed request that a browser brings; or what the error page says: nobody knows whom to redirect to.
pub(super) async fn load(
    cx: &Context<'_>,
    form: &Form,
) -> Result<Result<(Arc<Client>, PendingRequest), &'static str>, OAuthError> {
    const UNKNOWN_CLIENT: &str = "Unknown client: client_id is missing or not registered here.";
    const DEAD: &str = "Invalid request_uri: it is unknown, expired, used before, or another client's. Go back to the app and try again.";
    if form.check_single().is_err() {
        return Ok(Err("invalid_request: a parameter is repeated"));
    }
    let client = match form.get("client_id").and_then(|id| ClientId::parse(id).ok()) {
        Some(id) => cx.issuer.client(&id).await?,
        None => None,
    };
    let Some(client) = client else {
        return Ok(Err(UNKNOWN_CLIENT));
    };
    let token = form.get("request_uri").and_then(|uri| uri.strip_prefix(PREFIX));
    let Some(Ok(token)) = token.map(|token| OpaqueToken::parse(TokenKind::PushedRequest, token)) else {
        return Ok(Err(DEAD));
    };
    let pending = cx.issuer.store.request(RequestId::from_uuid(token.id())).await?;
    let pending = pending.filter(|pending| {
        pending.is_open_to(token.hash(), cx.now)
            && cx.now < time::after(pending.created_at, PUSHED_LIFETIME)
            && pending.client_id == client.id
    });
    Ok(pending.map(|pending| (client, pending)).ok_or(DEAD))
}

/// What the client is told whose pushed request was used before.
pub(super) const SPENT: OAuthError = OAuthError::new(
    ErrorCode::InvalidRequest,
    "the request_uri was used before: push the request again",
);
