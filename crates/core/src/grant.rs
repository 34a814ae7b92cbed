//! Grants: what a user lets one client do. The refresh tokens of one grant form a family.

use crate::{
    Instant,
    authorization::ClaimsRequest,
    client::{ClientId, Resource},
    id::{GrantId, RefreshTokenId, SessionId, UserId},
    scope::Scope,
    session::{Method, Session},
    token::SecretHash,
    user::User,
};
use serde::{Deserialize, Serialize};

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// As text, the `grant_id` of access tokens.
    pub id: GrantId,
    /// In which session it was given.
    pub session_id: SessionId,
    /// By whom.
    pub user_id: UserId,
    /// To which client.
    pub client_id: ClientId,
    /// How far it goes. Tokens may be narrower, never wider.
    pub scope: Scope,
    /// When it was given.
    pub created_at: Instant,
    /// The end of the family, however often it is refreshed.
    pub expires_at: Instant,
    /// What the authorization request said that outlives it.
    pub details: GrantDetails,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// How far the family has been used: the last spent refresh token.
    pub spent: Option<Spent>,
}

/// What of an authorization request holds for all tokens of its grant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrantDetails {
    /// How and when the person had proved who they are; `None` where that is the session's: the same session may see
    /// several.
    pub authentication: Option<Authentication>,
    /// Claims that were asked for by name.
    pub claims: ClaimsRequest,
    /// What tokens may be for, beside the issuer.
    pub resources: Vec<Resource>,
    /// The thumbprint of the key that refresh tokens are bound to (RFC 9449 §5).
    pub dpop_jkt: Option<String>,
}

impl GrantDetails {
    /// Whether tokens may be for that resource (RFC 8707 §2.2); `None` is the issuer itself.
    pub fn may_be_for(&self, resource: Option<&Resource>) -> bool {
        resource.is_none_or(|resource| self.resources.contains(resource))
    }
}

/// How and when a person proved who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// How, as values of `amr`.
    pub amr: Vec<Method>,
    /// When.
    pub auth_time: Instant,
}

/// The last spent refresh token of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Its generation, from 1 on.
    pub generation: u32,
    /// Which of that generation's tokens it was.
    pub token: RefreshTokenId,
}

/// A refresh token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// By which it is found.
    pub id: RefreshTokenId,
    /// Its family.
    pub grant_id: GrantId,
    /// How many rotations lie behind it, counted from 1.
    pub generation: u32,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// When it dies unless it is used.
    pub expires_at: Instant,
}

/// A grant with all that decides whether its tokens are alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveGrant {
    /// The grant.
    pub grant: Grant,
    /// Its session.
    pub session: Session,
    /// Its user.
    pub user: User,
}

impl LiveGrant {
    /// How and when the person had proved who they are when the grant was given.
    pub fn authentication(&self) -> Authentication {
        self.grant.authentication(&self.session)
    }

    /// Whether tokens of this grant are alive at `now`: not revoked, the session not ended, the user active.
    pub fn is_live(&self, now: Instant) -> bool {
        self.grant.revoked_at.is_none()
            && now < self.grant.expires_at
            && self.session.is_live(now)
            && self.user.is_active()
    }
}

impl Grant {
    /// How and when the person had proved who they are when the grant was given.
    pub fn authentication(&self, session: &Session) -> Authentication {
        self.details
            .authentication
            .clone()
            .unwrap_or_else(|| Authentication {
                amr: session.amr.clone(),
                auth_time: session.auth_time,
            })
    }
}
