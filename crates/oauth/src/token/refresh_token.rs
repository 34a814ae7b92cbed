//! `refresh_token` (RFC 6749 §6): rotation in families, with reuse detection (RFC 9700 §4.14.2).
//!
//! Core's `refresh` decides about the family, oxide-auth's machine about client and scope; one act applies both.

use super::{Asked, DEAD_REFRESH_TOKEN, Issuance, TokenGrant, audience};
use crate::{Context, access_token::Subject, error::OAuthError, form::Form, rfc6749};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    client::{Client, Resource},
    event::{Actor, Event, EventKind},
    grant::{LiveGrant, RefreshToken, Spent},
    id::{EventId, RefreshTokenId},
    refresh::{self, Verdict},
    scope::Scope,
    store::{self, Act, StoreError, Unit},
    time,
    token::{OpaqueToken, SecretHash, TokenKind},
};
use serde_json::json;
use std::net::IpAddr;

const DEAD: OAuthError = OAuthError::invalid_grant(DEAD_REFRESH_TOKEN);

pub(super) struct RefreshTokenGrant;

#[async_trait]
impl TokenGrant for RefreshTokenGrant {
    async fn issue(
        &self,
        cx: &Context<'_>,
        client: &Client,
        form: &Form,
        asked: &Asked,
    ) -> Result<Issuance, OAuthError> {
        let presented = form.require("refresh_token", "refresh_token is missing")?;
        let presented = OpaqueToken::parse(TokenKind::Refresh, presented).map_err(|_| DEAD)?;
        let next = RefreshTokenId::generate(cx.now, cx.random);
        let successor = OpaqueToken::generate(TokenKind::Refresh, next.uuid(), cx.random);
        let act = Refresh {
            presented: (RefreshTokenId::from_uuid(presented.id()), presented.hash()),
            successor: (next, successor.hash()),
            client: client.clone(),
            scope: form.get("scope").map(str::to_owned),
            key: asked.key.map(|key| key.to_string()),
            resource: asked.resource().cloned(),
            idle_ttl: cx.issuer.tenant.settings.tokens.refresh_token_idle_ttl,
            event: EventId::generate(cx.now, cx.random),
            ip: cx.ip,
            now: cx.now,
        };
        let rotates = act.rotates();
        let (live, scope) = store::write(cx.issuer.store.as_ref(), act).await??;
        let subject = Subject::User {
            session: live.session,
            grant: live.grant,
        };
        Ok(Issuance {
            subject,
            scope,
            refresh_token: Some(if rotates { successor } else { presented }),
            nonce: None,
        })
    }
}

/// Spends the presented token and adds its successor; or revokes the family.
struct Refresh {
    presented: (RefreshTokenId, SecretHash),
    successor: (RefreshTokenId, SecretHash),
    client: Client,
    scope: Option<String>,
    /// The thumbprint of the key whose possession was proven.
    key: Option<String>,
    /// What the access token is to be for; `None` is the issuer.
    resource: Option<Resource>,
    idle_ttl: u32,
    event: EventId,
    ip: Option<IpAddr>,
    now: Instant,
}

#[async_trait]
impl Act for Refresh {
    type Output = Result<(LiveGrant, Scope), OAuthError>;

    async fn run(&self, unit: &mut dyn Unit) -> store::Result<Self::Output> {
        // A token that is spent between our reading and our writing is read again: it is a replay then, or reuse.
        for _ in 0..3 {
            let (live, spend, generation, scope) = match self.decide(unit).await? {
                Ok(decided) => decided,
                Err(error) => return Ok(Err(error)),
            };
            if !self.rotates() {
                let expires_at = time::after(self.now, self.idle_ttl).min(live.grant.expires_at);
                unit.prolong_refresh_token(self.presented.0, expires_at).await?;
                return Ok(Ok((live, scope)));
            }
            if let Some(spent) = spend
                && !unit.spend(live.grant.id, live.grant.spent, spent).await?
            {
                continue;
            }
            let (id, hash) = self.successor;
            let expires_at = time::after(self.now, self.idle_ttl).min(live.grant.expires_at);
            let grant_id = live.grant.id;
            unit.insert_refresh_token(&RefreshToken {
                id,
                grant_id,
                generation,
                hash,
                expires_at,
            })
            .await?;
            return Ok(Ok((live, scope)));
        }
        Err(StoreError::Contention(
            "the refresh token was spent by others, again and again".into(),
        ))
    }
}

/// What may be issued: the family, what to mark as spent, the generation of the successor, and the scope.
type Decided = (LiveGrant, Option<Spent>, u32, Scope);

impl Refresh {
    /// Whether the token is spent. FAPI 2.0 (Security Profile §5.3.2.1) wants none rotated: its clients prove themselves and a
    /// key each time, so that a stolen token is of no use, and a lost answer costs nobody the session.
    fn rotates(&self) -> bool {
        !self.client.details.is_fapi()
    }

    async fn decide(&self, unit: &mut dyn Unit) -> store::Result<Result<Decided, OAuthError>> {
        let (id, hash) = &self.presented;
        let Some((token, live)) = unit.refresh_token(*id).await? else {
            return Ok(Err(DEAD));
        };
        // The secret and the client come first: neither a guess nor a foreign client may touch a family.
        if token.hash != *hash || live.grant.client_id != self.client.id {
            return Ok(Err(DEAD));
        }
        // RFC 9449 §5: a public client's token is of use to its key alone.
        if live.grant.details.dpop_jkt.is_some() && live.grant.details.dpop_jkt != self.key {
            return Ok(Err(DEAD.detail("the refresh token is bound to another key")));
        }
        match refresh::decide(self.now, &live, &token, hash) {
            Verdict::Refused => Ok(Err(DEAD)),
            Verdict::Reused => {
                // Of parallel reuses one revokes, and one records.
                if unit.revoke_family(live.grant.id, self.now).await? {
                    unit.record(&self.reuse(&live)).await?;
                }
                Ok(Err(DEAD))
            }
            Verdict::Rotate { .. } if !live.grant.details.may_be_for(self.resource.as_ref()) => {
                Ok(Err(audience::REFUSED))
            }
            Verdict::Rotate { spend, next } => {
                let scope = rfc6749::refresh(&self.client, &live.grant, self.scope.as_deref());
                Ok(scope.map(|scope| (live, spend, next, scope)))
            }
        }
    }

    fn reuse(&self, live: &LiveGrant) -> Event {
        Event {
            id: self.event,
            at: self.now,
            actor: Actor::Client(self.client.id.to_string()),
            ip: self.ip,
            kind: EventKind::RefreshTokenReused,
            target: live.user.id.to_string(),
            detail: json!({"grant": live.grant.id.to_string(), "session": live.session.id.to_string()}),
        }
    }
}
