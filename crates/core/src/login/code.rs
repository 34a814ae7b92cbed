//! Authorization codes (RFC 6749 §4.1.2): what a login that was completed away from the token endpoint ends in.
//!
//! A code is good for one minute, once, for the client that it was issued to and whoever knows the PKCE verifier. The session
//! begins when it is redeemed. One that comes a second time was stolen from somebody: what the first one gave is revoked.

use super::CodeChallenge;
use crate::{
    Instant,
    client::{ClientId, RedirectUri, Resource},
    event::{Actor, Event, EventKind},
    grant::{Grant, GrantDetails, RefreshToken},
    id::{CodeId, EventId, GrantId, RefreshTokenId, SessionId, UserId},
    scope::Scope,
    session::{Method, Session},
    settings::Settings,
    store::{Act, Result, Unit},
    time,
    token::SecretHash,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;

/// How long a code is good, in seconds.
pub const LIFETIME: u32 = 60;

/// A code as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// By which it is found.
    pub id: CodeId,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// To which client it was issued.
    pub client_id: ClientId,
    /// Who signed in.
    pub user_id: UserId,
    /// The session that it will open.
    pub session_id: SessionId,
    /// The grant that it will give.
    pub grant_id: GrantId,
    /// How far that goes.
    pub scope: Scope,
    /// How the person proved who they are.
    pub amr: Vec<Method>,
    /// When they did.
    pub auth_time: Instant,
    /// What it is bound to; `None` for a confidential client that may do without.
    pub challenge: Option<CodeChallenge>,
    /// What else it is bound to, and what goes into the grant.
    pub details: CodeDetails,
    /// From when on it is no good.
    pub expires_at: Instant,
    /// When it was redeemed.
    pub used_at: Option<Instant>,
}

/// What a code of the authorization endpoint is bound to, and what goes into its grant. All empty for one of the authorization
/// challenge endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeDetails {
    /// Where it was sent. There where the session is that of a browser, which is open already.
    pub redirect_uri: Option<RedirectUri>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The thumbprint of the only key that may redeem it (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// What the grant keeps.
    pub grant: GrantDetails,
}

/// Redeems a code: marks it as used, and opens its session, or its grant in the session of the browser.
#[derive(Debug)]
pub struct Redeem {
    /// The code that was presented.
    pub code: CodeId,
    /// Its hash.
    pub hash: SecretHash,
    /// Who presents it.
    pub client: ClientId,
    /// The challenge that the presented verifier answers; `None` where none was presented.
    pub challenge: Option<CodeChallenge>,
    /// The `redirect_uri` that was presented.
    pub redirect_uri: Option<String>,
    /// The thumbprint of the key whose possession was proven.
    pub dpop_jkt: Option<String>,
    /// Whether refresh tokens are bound to that key: those of a public client are (RFC 9449 §5).
    pub binds_refresh: bool,
    /// What the access token is to be for; `None` is the issuer.
    pub resource: Option<Resource>,
    /// The first refresh token, where the client may have one.
    pub refresh: Option<(RefreshTokenId, SecretHash)>,
    /// The tenant's settings.
    pub settings: Settings,
    /// For the event.
    pub event: EventId,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// What a code gave, or why it gave nothing.
pub type Redeemed = std::result::Result<Opened, CodeRefused>;

/// Why a code gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRefused {
    /// It is no good, or not for whoever presents it.
    Dead,
    /// Its person was not asked about that resource. The code is as good as before.
    WrongResource,
}

/// What a code gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The session: a new one, or the browser's.
    pub session: Session,
    /// The grant in it.
    pub grant: Grant,
    /// What the ID token repeats.
    pub nonce: Option<String>,
    /// Whether the refresh token counts that was to be the first.
    pub is_refreshable: bool,
}

#[async_trait]
impl Act for Redeem {
    type Output = Redeemed;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Redeemed> {
        // The secret, the client and the verifier come first: whoever cannot show all three can neither use nor burn a code.
        let Some(code) = unit.code(self.code).await?.filter(|code| self.is_for(code)) else {
            return Ok(Err(CodeRefused::Dead));
        };
        if code.used_at.is_some() {
            if unit.revoke_family(code.grant_id, self.now).await? {
                if code.details.redirect_uri.is_none() {
                    unit.end_session(code.user_id, code.session_id, self.now).await?;
                }
                unit.record(&self.reuse(&code)).await?;
            }
            return Ok(Err(CodeRefused::Dead));
        }
        let user = unit.user(code.user_id).await?;
        // Who closed the account since must sign in again to keep it.
        let is_open = user.is_some_and(|user| user.is_active() && user.closes_at.is_none());
        if self.now >= code.expires_at || !is_open {
            return Ok(Err(CodeRefused::Dead));
        }
        if !code.details.grant.may_be_for(self.resource.as_ref()) {
            return Ok(Err(CodeRefused::WrongResource));
        }
        unit.use_code(code.id, self.now).await?;
        let refresh = self.refresh.filter(|_| code.gives_refresh_tokens());
        let (mut session, mut grant, token) = open(Opening {
            user: code.user_id,
            session: code.session_id,
            grant: code.grant_id,
            client: &code.client_id,
            scope: &code.scope,
            amr: code.amr.clone(),
            auth_time: code.auth_time,
            refresh,
            settings: &self.settings,
            now: self.now,
        });
        grant.details = GrantDetails {
            dpop_jkt: self.dpop_jkt.clone().filter(|_| self.binds_refresh),
            ..code.details.grant.clone()
        };
        let nonce = code.details.nonce.clone();
        if code.details.redirect_uri.is_some() {
            let found = unit.browser_session(code.session_id).await?;
            let Some((browser, _)) = found.filter(|(session, _)| session.is_live(self.now)) else {
                return Ok(Err(CodeRefused::Dead));
            };
            session = browser;
            grant.expires_at = grant.expires_at.min(session.expires_at);
            unit.open_grant(&grant, token.as_ref()).await?;
            return Ok(Ok(Opened {
                session,
                grant,
                nonce,
                is_refreshable: token.is_some(),
            }));
        }
        if let Some(most) = self.settings.sessions.most_per_user {
            unit.end_oldest_sessions(code.user_id, most.saturating_sub(1), self.now)
                .await?;
        }
        unit.open_session(&session, &grant, token.as_ref()).await?;
        Ok(Ok(Opened {
            session,
            grant,
            nonce,
            is_refreshable: token.is_some(),
        }))
    }
}

impl AuthorizationCode {
    /// Whether its grant may come with refresh tokens. Where a person was asked in a browser, `offline_access` is what lets a
    /// client go on without them (OpenID Connect Core §11); where nobody could be asked about OpenID, nothing says so.
    fn gives_refresh_tokens(&self) -> bool {
        self.details.redirect_uri.is_none()
            || self.scope.contains("offline_access")
            || !self.scope.contains("openid")
    }
}

impl Redeem {
    /// Whether what was presented is what the code is bound to.
    fn is_for(&self, code: &AuthorizationCode) -> bool {
        let redirect_uri = code.details.redirect_uri.as_ref().map(RedirectUri::as_str);
        // RFC 6749 §4.1.3 wants it where the request had it; OAuth 2.1 does not, for PKCE does the same better. A client that sends one
        // sends the right one.
        let is_right_uri = match (&self.redirect_uri, redirect_uri) {
            (None, Some(_)) => code.challenge.is_some(),
            (None, None) => true,
            (Some(presented), Some(bound)) => presented == bound,
            (Some(_), None) => false,
        };
        let is_right_key = code.details.dpop_jkt.is_none() || code.details.dpop_jkt == self.dpop_jkt;
        code.hash == self.hash
            && code.client_id == self.client
            && code.challenge == self.challenge
            && is_right_uri
            && is_right_key
    }

    fn reuse(&self, code: &AuthorizationCode) -> Event {
        Event {
            id: self.event,
            at: self.now,
            actor: Actor::Client(self.client.to_string()),
            ip: self.ip,
            kind: EventKind::AuthorizationCodeReused,
            target: code.user_id.to_string(),
            detail: json!({"grant": code.grant_id.to_string(), "session": code.session_id.to_string()}),
        }
    }
}

/// What a session is opened with.
pub(crate) struct Opening<'a> {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) grant: GrantId,
    pub(crate) client: &'a ClientId,
    pub(crate) scope: &'a Scope,
    pub(crate) amr: Vec<Method>,
    pub(crate) auth_time: Instant,
    pub(crate) refresh: Option<(RefreshTokenId, SecretHash)>,
    pub(crate) settings: &'a Settings,
    pub(crate) now: Instant,
}

/// The rows of a new session.
pub(crate) fn open(opening: Opening<'_>) -> (Session, Grant, Option<RefreshToken>) {
    let lifetimes = opening.settings.tokens;
    let expires_at = time::after(opening.now, lifetimes.refresh_token_ttl);
    let session = Session {
        id: opening.session,
        user_id: opening.user,
        amr: opening.amr,
        auth_time: opening.auth_time,
        expires_at,
        ended_at: None,
        browser: None,
    };
    let grant = Grant {
        id: opening.grant,
        session_id: opening.session,
        user_id: opening.user,
        client_id: opening.client.clone(),
        scope: opening.scope.clone(),
        created_at: opening.now,
        expires_at,
        details: GrantDetails::default(),
        revoked_at: None,
        spent: None,
    };
    let token = opening.refresh.map(|(id, hash)| RefreshToken {
        id,
        grant_id: opening.grant,
        generation: 1,
        hash,
        expires_at: time::after(opening.now, lifetimes.refresh_token_idle_ttl).min(expires_at),
    });
    (session, grant, token)
}
