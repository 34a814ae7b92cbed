//! Access tokens: JWTs of RFC 9068, signed and verified by us, verifiable offline by anyone from the issuer URL alone.

use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    issuer::Issuer,
    jwt::Signing,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant,
    client::Client,
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
    /// The one resource that the token is for: the issuer itself.
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
}

/// A signed access token.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires_in: u32,
}

/// Signs an access token of `scope` for `client` to act for `subject`.
pub(crate) fn issue(
    cx: &Context<'_>,
    client: &Client,
    subject: &Subject,
    scope: &Scope,
) -> Result<Issued, OAuthError> {
    let expires_in = cx.issuer.tenant.settings.tokens.access_token_ttl;
    let (sub, sid, grant_id, auth_time, amr) = match subject {
        Subject::Client => (client.id.to_string(), None, None, None, Vec::new()),
        Subject::User { session, grant } => {
            let proven = grant.authentication(session);
            (
                session.user_id.to_string(),
                Some(session.id.to_string()),
                Some(grant.id.to_string()),
                Some(proven.auth_time.timestamp()),
                proven
                    .amr
                    .iter()
                    .map(|method| method.as_str().to_owned())
                    .collect(),
            )
        }
    };
    let claims = AccessTokenClaims {
        iss: cx.issuer.url.clone(),
        sub,
        aud: cx.issuer.url.clone(),
        exp: time::after(cx.now, expires_in).timestamp(),
        iat: cx.now.timestamp(),
        jti: BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<16>(cx.random)),
        client_id: client.id.to_string(),
        scope: scope.to_string(),
        sid,
        grant_id,
        auth_time,
        amr,
    };
    let token = cx
        .issuer
        .signing(SigningAlgorithm::Es256, cx.now)?
        .sign(TYP, &claims)?;
    Ok(Issued { token, expires_in })
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

/// Checks signature, `typ`, `iss`, `aud` and `exp`. `None` for anything that is not a live token of this issuer: the
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
    let ours = claims.iss == issuer.url && claims.aud == issuer.url;
    (ours && signing_key::is_published(key, now) && now.timestamp() < claims.exp).then(|| claims.clone())
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

/// The token of a request to a resource of ours (RFC 6750 §2), alive, with `scope`.
pub async fn authorize(cx: &Context<'_>, token: Option<&str>, scope: &str) -> Result<LiveToken, OAuthError> {
    const DEAD: OAuthError = OAuthError::new(
        ErrorCode::InvalidToken,
        "the access token is missing, expired, revoked or not one of this issuer",
    );
    let live = live(cx, token.ok_or(DEAD)?).await?.ok_or(DEAD)?;
    if !Scope::parse(&live.claims.scope).is_ok_and(|granted| granted.contains(scope)) {
        return Err(OAuthError::new(
            ErrorCode::InsufficientScope,
            "the access token does not have the scope that this needs",
        ));
    }
    Ok(live)
}
