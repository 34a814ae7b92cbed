//! The act that ends a request in a code. All that it builds on is looked at again in the unit: the session may have ended and
//! the pushed request may be spent since the page was shown.

use super::{AuthorizationRequest, consent::remember};
use crate::{
    Instant, Random,
    event::{Actor, Event, EventKind},
    grant::{Authentication, GrantDetails},
    id::{CodeId, EventId, GrantId, RequestId, SessionId},
    login::{AuthorizationCode, CODE_LIFETIME, CodeDetails},
    scope::Scope,
    session::{Browser, SEEN_EVERY},
    store::{Act, Result, Unit},
    time,
    token::{OpaqueToken, SecretHash, TokenKind},
};
use async_trait::async_trait;
use serde_json::json;
use std::net::IpAddr;

/// Gives a client its code.
#[derive(Debug)]
pub struct Complete {
    request: AuthorizationRequest,
    session: SessionId,
    cookie: SecretHash,
    idle_ttl: u32,
    waited: Vec<RequestId>,
    pushed: Option<RequestId>,
    consent: Option<Scope>,
    code: (CodeId, SecretHash),
    grant: GrantId,
    event: EventId,
    ip: Option<IpAddr>,
    now: Instant,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorized {
    /// The code counts.
    Code,
    /// The session is over.
    SignedOut,
    /// The pushed request was used before.
    Spent,
}

impl Complete {
    /// Prepares the act, and the code to hand out if it succeeds. `session` and `cookie` are the browser's, `idle_ttl` the tenant's
    /// setting.
    pub fn prepare(
        request: AuthorizationRequest,
        (session, cookie): (SessionId, SecretHash),
        idle_ttl: u32,
        (ip, now): (Option<IpAddr>, Instant),
        random: &dyn Random,
    ) -> (Self, OpaqueToken) {
        let id = CodeId::generate(now, random);
        let code = OpaqueToken::generate(TokenKind::AuthorizationCode, id.uuid(), random);
        let act = Self {
            request,
            session,
            cookie,
            idle_ttl,
            waited: Vec::new(),
            pushed: None,
            consent: None,
            code: (id, code.hash()),
            grant: GrantId::generate(now, random),
            event: EventId::generate(now, random),
            ip,
            now,
        };
        (act, code)
    }

    /// The request had waited for the person under this id; it does no more.
    #[must_use]
    pub fn after(mut self, waited: RequestId) -> Self {
        self.waited.push(waited);
        self
    }

    /// The request was pushed: it is spent with this.
    #[must_use]
    pub const fn spending(mut self, pushed: Option<RequestId>) -> Self {
        self.pushed = pushed;
        self
    }

    /// The person has just said yes to the request's scope.
    #[must_use]
    pub fn consented(mut self) -> Self {
        self.consent = Some(self.request.asked_scope());
        self
    }
}

#[async_trait]
impl Act for Complete {
    type Output = Authorized;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Authorized> {
        let now = self.now;
        let found = unit.browser_session(self.session).await?;
        let open = found.filter(|(session, user)| {
            session.is_open_to(self.cookie, now, self.idle_ttl) && user.is_active()
        });
        let Some((mut session, _)) = open else {
            return Ok(Authorized::SignedOut);
        };
        if let Some(pushed) = self.pushed
            && !unit.delete_request(pushed).await?
        {
            return Ok(Authorized::Spent);
        }
        for waited in &self.waited {
            unit.delete_request(*waited).await?;
        }
        if let Some(scope) = &self.consent {
            let user = session.user_id;
            let said = Event {
                id: self.event,
                at: now,
                actor: Actor::User(user.to_string()),
                ip: self.ip,
                kind: EventKind::ClientConsented,
                target: user.to_string(),
                detail: json!(null),
            };
            remember(unit, (user, &self.request.client_id), scope, said).await?;
        }
        if let Some(browser) = &mut session.browser
            && now >= time::after(browser.seen_at, SEEN_EVERY)
        {
            *browser = Browser {
                seen_at: now,
                ..browser.clone()
            };
            unit.renew_session(&session).await?;
        }
        let request = &self.request;
        unit.insert_code(&AuthorizationCode {
            id: self.code.0,
            hash: self.code.1,
            client_id: request.client_id.clone(),
            user_id: session.user_id,
            session_id: session.id,
            grant_id: self.grant,
            scope: request.scope.clone(),
            amr: session.amr.clone(),
            auth_time: session.auth_time,
            challenge: request.challenge.clone(),
            details: CodeDetails {
                redirect_uri: Some(request.redirect_uri.clone()),
                nonce: request.nonce.clone(),
                dpop_jkt: request.dpop_jkt.clone(),
                grant: GrantDetails {
                    authentication: Some(Authentication {
                        amr: session.amr,
                        auth_time: session.auth_time,
                    }),
                    claims: request.claims.clone(),
                    resources: request.resources.clone(),
                    dpop_jkt: None,
                },
            },
            expires_at: time::after(now, CODE_LIFETIME),
            used_at: None,
        })
        .await?;
        Ok(Authorized::Code)
    }
}
