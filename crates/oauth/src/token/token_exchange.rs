//! `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a service that got a user's access token asks for one of its own,
//! to call the next service with.
//!
//! Only within an issuer, only for confidential clients that are registered for it, and never wider: the scope is within both the
//! subject token's and the client's, the audience one that the client is registered with, the end not later than the subject
//! token's. Where the subject token is bound to a key (RFC 9449), the service cannot have it: it proves itself instead, and a key of
//! its own where it shows one. What comes out stands on the same grant and session, so that it dies with them, and says in `act` who acts.

use super::{Asked, Issuance, TokenGrant, audience};
use crate::{
    Context,
    access_token::{self, AccessTokenClaims, Actor, Exchanged, Subject},
    error::{ErrorCode, OAuthError},
    form::Form,
    wechat,
};
use async_trait::async_trait;
use hufu_core::{
    client::Client,
    event::{self, Event, EventKind},
    id::EventId,
    scope::Scope,
};
use serde_json::json;

/// RFC 8693 §3.
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// RFC 8693 §3: our access tokens are JWTs, so this names them as well.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// How many may have acted for one another. Each makes the token longer.
const LONGEST_CHAIN: usize = 5;

pub(super) struct TokenExchange;

#[async_trait]
impl TokenGrant for TokenExchange {
    async fn issue(
        &self,
        cx: &Context<'_>,
        client: &Client,
        form: &Form,
        asked: &Asked,
    ) -> Result<Issuance, OAuthError> {
        if !client.is_confidential() {
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "only a client that can prove itself may exchange tokens",
            ));
        }
        if form
            .get("requested_token_type")
            .is_some_and(|kind| kind != ACCESS_TOKEN)
        {
            return Err(OAuthError::invalid_request(
                "requested_token_type must be urn:ietf:params:oauth:token-type:access_token",
            ));
        }
        let subject = live(cx, form, "subject_token", "subject_token_type").await?;
        let subject = subject.ok_or(OAuthError::invalid_request("subject_token is missing"))?;
        // A token for one resource does not become one for the issuer, which opens the account: that would be wider.
        if subject.aud != cx.issuer.url && asked.resource().is_none() {
            return Err(audience::REFUSED);
        }
        let actor = live(cx, form, "actor_token", "actor_token_type").await?;
        let scope = narrowed(client, &subject, form.get("scope"))?;
        let expires_at = actor
            .as_ref()
            .map_or(subject.exp, |actor| actor.exp.min(subject.exp));
        let act = Actor {
            sub: actor.map_or_else(|| client.id.to_string(), |actor| actor.sub),
            act: subject.act.clone().map(Box::new),
        };
        if act.depth() > LONGEST_CHAIN {
            return Err(OAuthError::invalid_request(
                "subject_token was exchanged too often already",
            ));
        }
        let event = Event {
            id: EventId::generate(cx.now, cx.random),
            at: cx.now,
            actor: event::Actor::Client(client.id.to_string()),
            ip: cx.ip,
            kind: EventKind::TokenExchanged,
            target: subject.sub.clone(),
            detail: json!({"from_client": subject.client_id, "actor": act.sub, "scope": scope.to_string()}),
        };
        wechat::record_or_fail(cx, event).await?;
        Ok(Issuance {
            subject: Subject::Exchanged(Box::new(Exchanged {
                subject,
                act,
                expires_at,
            })),
            scope,
            refresh_token: None,
            nonce: None,
        })
    }
}

/// A token that the request brings, alive; `None` where it brings none. What is not alive here, be it another tenant's, is
/// `invalid_request` (RFC 8693 §2.2.2).
async fn live(
    cx: &Context<'_>,
    form: &Form,
    token: &str,
    kind: &str,
) -> Result<Option<AccessTokenClaims>, OAuthError> {
    const WRONG_KIND: OAuthError = OAuthError::invalid_request(
        "subject_token_type, and actor_token_type where there is an actor_token, must be the URN of an access_token or a jwt",
    );
    const DEAD: OAuthError = OAuthError::invalid_request(
        "subject_token or actor_token is expired, revoked or not an access token of this issuer",
    );
    let kind = form.get(kind);
    let Some(token) = form.get(token) else {
        // RFC 8693 §2.1: the type must not come without the token.
        return if kind.is_none() { Ok(None) } else { Err(WRONG_KIND) };
    };
    if !matches!(kind, Some(ACCESS_TOKEN | JWT)) {
        return Err(WRONG_KIND);
    }
    let live = access_token::live(cx, token).await?.ok_or(DEAD)?;
    Ok(Some(live.claims))
}

/// What was asked for, if both the subject token and the client have it; all that both have where nothing was.
fn narrowed(client: &Client, subject: &AccessTokenClaims, asked: Option<&str>) -> Result<Scope, OAuthError> {
    const TOO_WIDE: OAuthError = OAuthError::new(
        ErrorCode::InvalidScope,
        "scope is malformed, or wider than the subject token's or the client's",
    );
    let granted = Scope::parse(&subject.scope).map_err(OAuthError::defect)?;
    let widest = granted.intersection(&client.scope);
    let Some(asked) = asked else { return Ok(widest) };
    let asked = Scope::parse(asked).map_err(|_| TOO_WIDE)?;
    if asked.is_subset(&widest) {
        Ok(asked)
    } else {
        Err(TOO_WIDE)
    }
}
