//! Access tokens: JWTs of RFC 9068, signed and verified by us, verifiable offline by anyone from the issuer URL alone.

use crate::{
    Context,
    dpop::{self, Thumbprint},
    error::{ErrorCode, OAuthError},
    issuer::Issuer,
    jwt::Signing,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant,
    client::{Client, ClientId},
    grant::{Grant, LiveGrant},
    id::{GrantId, TenantId},
    random,
    scope::Scope,
    session::Session,
    signing_key::{self, SigningAlgorithm},
    store::Revoked,
    time,
};
use jsonwebtoken::Validation;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// `typ` of the header (RFC 9068 §2.1). ID tokens have another, so neither passes for the other.
const TYP: &str = "at+jwt";

/// No token of ours is longer; a longer one is not even parsed.
const MAX_LENGTH: usize = 4_096;

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The user's id, or the client's where it acts for itself.
    pub sub: String,
    /// The one resource that the token is for: the issuer itself, or one that its client is registered with (RFC 8707).
    pub aud: String,
    /// Unix seconds.
    pub exp: i64,
    /// Unix seconds.
    pub iat: i64,
    /// Distinct among the issuer's tokens.
    pub jti: String,
    /// To whom it was issued.
    pub client_id: String,
    /// How far it goes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The session that it grew from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The grant that it was issued under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// When the user proved who they are, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The key that the token is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// `cnf` (RFC 7800 §3.1, RFC 9449 §6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The thumbprint of the key.
    pub jkt: String,
}

/// `act` (RFC 8693 §4.1): who acts, and inside it for whom they acted before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// A client's id, or a user's.
    pub sub: String,
    /// Who acted before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

impl Actor {
    /// How many acted.
    pub fn depth(&self) -> usize {
        1 + self.act.as_ref().map_or(0, |before| before.depth())
    }
}

/// A token that was exchanged: whom the new one is about, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// What the token that was shown says.
    pub subject: AccessTokenClaims,
    /// Who acts.
    pub act: Actor,
    /// The latest end, Unix seconds.
    pub expires_at: i64,
}

/// On whose behalf tokens are issued.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives for one request, nearly always the large variant"
)]
pub enum Subject {
    /// A user, in a session, under a grant.
    User {
        /// The session.
        session: Session,
        /// The grant.
        grant: Grant,
    },
    /// The client itself.
    Client,
    /// Whom a token is about that was exchanged.
    Exchanged(Box<Exchanged>),
}

/// A signed access token.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires_in: u32,
}

/// How far an access token goes, for whom, and whose it is.
pub(crate) struct Limits<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) audience: String,
    /// The key that it is bound to.
    pub(crate) key: Option<Thumbprint>,
}

/// Signs an access token for `client` to act for `subject`.
pub(crate) fn issue(
    cx: &Context<'_>,
    client: &Client,
    subject: &Subject,
    limits: Limits<'_>,
) -> Result<Issued, OAuthError> {
    let now = cx.now.timestamp();
    let mut claims = AccessTokenClaims {
        iss: cx.issuer.url.clone(),
        sub: String::new(),
        aud: limits.audience,
        exp: time::after(cx.now, cx.issuer.tenant.settings.tokens.access_token_ttl).timestamp(),
        iat: now,
        jti: BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<16>(cx.random)),
        client_id: client.id.to_string(),
        scope: limits.scope.to_string(),
        sid: None,
        grant_id: None,
        auth_time: None,
        amr: Vec::new(),
        cnf: limits.key.map(|key| Confirmation { jkt: key.to_string() }),
        act: None,
    };
    claims.tell(client, subject);
    let expires_in = u32::try_from(claims.exp - now).map_err(OAuthError::defect)?;
    let token = cx
        .issuer
        .signing(SigningAlgorithm::Es256, cx.now)?
        .sign(TYP, &claims)?;
    if token.len() > MAX_LENGTH {
        return Err(OAuthError::invalid_request("the token would be too long"));
    }
    Ok(Issued { token, expires_in })
}

impl AccessTokenClaims {
    /// Whom the token is about.
    fn tell(&mut self, client: &Client, subject: &Subject) {
        match subject {
            Subject::Client => self.sub = client.id.to_string(),
            Subject::User { session, grant } => {
                let proven = grant.authentication(session);
                self.sub = session.user_id.to_string();
                self.sid = Some(session.id.to_string());
                self.grant_id = Some(grant.id.to_string());
                self.auth_time = Some(proven.auth_time.timestamp());
                self.amr = proven
                    .amr
                    .iter()
                    .map(|method| method.as_str().to_owned())
                    .collect();
            }
            Subject::Exchanged(exchanged) => {
                let shown = &exchanged.subject;
                self.sub.clone_from(&shown.sub);
                self.sid.clone_from(&shown.sid);
                self.grant_id.clone_from(&shown.grant_id);
                self.auth_time = shown.auth_time;
                self.amr.clone_from(&shown.amr);
                self.act = Some(exchanged.act.clone());
                self.exp = self.exp.min(exchanged.expires_at);
            }
        }
    }
}

/// Tokens whose signature was checked, by their hash: checking a curve signature costs more than all else of a request.
/// What can change (expiry, revocation) is checked each time.
pub struct VerifiedTokens(moka::sync::Cache<(TenantId, [u8; 32]), Arc<Verified>>);

/// A token whose signature is right, and the key that it is right by.
struct Verified {
    kid: String,
    claims: AccessTokenClaims,
}

impl VerifiedTokens {
    /// A cache for at most `capacity` tokens, about a kilobyte each.
    pub fn new(capacity: u64) -> Self {
        Self(moka::sync::Cache::new(capacity))
    }
}

/// Checks signature, `typ`, `iss` and `exp`; whom it is for, its receiver must ask. `None` for anything that is not a live token of this issuer: the
/// cause makes no difference to anyone who holds it.
pub fn verify(issuer: &Issuer, token: &str, now: Instant) -> Option<AccessTokenClaims> {
    if token.len() > MAX_LENGTH {
        return None;
    }
    let id = (issuer.tenant.id, Sha256::digest(token).into());
    let verified = if let Some(verified) = issuer.verified.0.get(&id) {
        verified
    } else {
        let verified = Arc::new(check_signature(issuer, token)?);
        issuer.verified.0.insert(id, verified.clone());
        verified
    };
    let key = issuer.keys.iter().find(|key| key.kid() == verified.kid)?;
    let claims = &verified.claims;
    (claims.iss == issuer.url && signing_key::is_published(key, now) && now.timestamp() < claims.exp)
        .then(|| claims.clone())
}

fn check_signature(issuer: &Issuer, token: &str) -> Option<Verified> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    if !header
        .typ
        .as_deref()
        .is_some_and(|typ| typ.eq_ignore_ascii_case(TYP))
    {
        return None;
    }
    // The key says which algorithm counts, never the token (RFC 8725 §3.1); `jku`, `x5u` and `jwk` are not looked at.
    let kid = header.kid?;
    let key: &Signing = issuer.keys.iter().find(|key| key.kid() == kid)?;
    let mut validation = Validation::new(key.jws_algorithm());
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let data = jsonwebtoken::decode::<AccessTokenClaims>(token, key.decoding(), &validation).ok()?;
    Some(Verified {
        kid,
        claims: data.claims,
    })
}

/// A token that is alive: what it says and what it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveToken {
    /// What it says.
    pub claims: AccessTokenClaims,
    /// The grant, session and user that it stands on; `None` where a client acts for itself.
    pub grant: Option<LiveGrant>,
}

/// Checks the token and that what it stands on is alive: one read. `Ok(None)` where it is not.
pub async fn live(cx: &Context<'_>, token: &str) -> Result<Option<LiveToken>, OAuthError> {
    let Some(claims) = verify(cx.issuer, token, cx.now) else {
        return Ok(None);
    };
    let Some(grant_id) = &claims.grant_id else {
        let revoked = cx.issuer.store.revoked(&claims.jti).await? == Revoked::Yes;
        return Ok((!revoked).then_some(LiveToken { claims, grant: None }));
    };
    let Ok(grant_id) = GrantId::parse(grant_id) else {
        return Ok(None);
    };
    let Some((grant, revoked)) = cx.issuer.store.live_grant(grant_id, &claims.jti).await? else {
        return Ok(None);
    };
    let alive = revoked == Revoked::No && grant.is_live(cx.now);
    Ok(alive.then_some(LiveToken {
        claims,
        grant: Some(grant),
    }))
}

/// How an access token came to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential<'a> {
    /// As a bearer token (RFC 6750 §2).
    Bearer(&'a str),
    /// With a proof of its key (RFC 9449 §7.1).
    Dpop(&'a str),
}

const DEAD: OAuthError = OAuthError::new(
    ErrorCode::InvalidToken,
    "the access token is missing, expired, revoked, not one of this issuer for this issuer, or came in the wrong way",
);

/// The token of a request to a resource of ours, alive, for us, with `scope`, and proven where it is bound to a key.
pub async fn authorize(
    cx: &Context<'_>,
    credential: Option<Credential<'_>>,
    scope: &str,
) -> Result<LiveToken, OAuthError> {
    let credential = credential.ok_or(DEAD)?;
    let (token, dead) = match credential {
        Credential::Bearer(token) => (token, DEAD),
        Credential::Dpop(token) => (token, DEAD.wants_proof()),
    };
    let live = live(cx, token).await?.ok_or_else(|| dead.clone())?;
    if live.claims.aud != cx.issuer.url {
        return Err(dead.detail("the token is for another resource"));
    }
    match (credential, &live.claims.cnf) {
        (Credential::Bearer(_), None) => {}
        (Credential::Bearer(_), Some(_)) => {
            return Err(dead
                .wants_proof()
                .detail("the token is bound to a key and came without a proof"));
        }
        (Credential::Dpop(_), None) => return Err(dead.detail("the token is bound to no key")),
        (Credential::Dpop(_), Some(cnf)) => {
            let strict = is_of_fapi(cx, &live.claims).await?;
            let key = dpop::possession(cx, strict, Some(token)).await;
            let key = key.and_then(|key| key.ok_or_else(dpop::missing));
            if key.map_err(OAuthError::wants_proof)?.to_string() != cnf.jkt {
                return Err(dead.detail("the proof is by another key"));
            }
        }
    }
    if !Scope::parse(&live.claims.scope).is_ok_and(|granted| granted.contains(scope)) {
        return Err(OAuthError::new(
            ErrorCode::InsufficientScope,
            "the access token does not have the scope that this needs",
        ));
    }
    Ok(live)
}

async fn is_of_fapi(cx: &Context<'_>, claims: &AccessTokenClaims) -> Result<bool, OAuthError> {
    let Ok(id) = ClientId::parse(&claims.client_id) else {
        return Ok(false);
    };
    let client = cx.issuer.client(&id).await?;
    Ok(client.is_some_and(|client| client.details.is_fapi()))
}
