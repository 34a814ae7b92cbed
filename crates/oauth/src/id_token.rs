//! ID tokens (OpenID Connect Core §2). No profile claims: those belong to userinfo, since an access token comes along.

use crate::{Context, error::OAuthError, issuer::Issuer};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    client::Client,
    grant::Authentication,
    id::{SessionId, UserId},
    session::{Method, Session},
    signing_key::SigningAlgorithm,
    time,
};
use jsonwebtoken::Validation;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};

/// `typ` of the header.
const TYP: &str = "JWT";

#[derive(Serialize)]
struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    acr: &'static str,
    amr: Vec<&'static str>,
    sid: String,
    at_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

/// The classes of authentication (`acr`): proofs of one kind, and proofs of two.
pub const ACR_VALUES: [&str; 2] = ["urn:hufu:acr:one-factor", "urn:hufu:acr:two-factors"];

/// The class of a login with these methods.
pub fn acr(amr: &[Method]) -> &'static str {
    ACR_VALUES[usize::from(amr.contains(&Method::MultiFactor))]
}

/// What an ID token is about.
pub(crate) struct About<'a> {
    /// The session.
    pub(crate) session: &'a Session,
    /// How and when the person proved who they are.
    pub(crate) authentication: Authentication,
    /// What the authorization request had.
    pub(crate) nonce: Option<&'a str>,
}

/// Signs an ID token, bound to `access_token` by `at_hash`.
pub(crate) fn issue(
    cx: &Context<'_>,
    client: &Client,
    about: &About<'_>,
    access_token: &str,
) -> Result<String, OAuthError> {
    let claims = IdTokenClaims {
        iss: &cx.issuer.url,
        sub: about.session.user_id.to_string(),
        aud: client.id.as_str(),
        exp: time::after(cx.now, cx.issuer.tenant.settings.tokens.id_token_ttl).timestamp(),
        iat: cx.now.timestamp(),
        auth_time: about.authentication.auth_time.timestamp(),
        acr: acr(&about.authentication.amr),
        amr: (about.authentication.amr.iter())
            .map(|method| method.as_str())
            .collect(),
        sid: about.session.id.to_string(),
        nonce: about.nonce,
        at_hash: half_hash(client.id_token_signed_response_alg, access_token),
    };
    cx.issuer
        .signing(client.id_token_signed_response_alg, cx.now)?
        .sign(TYP, &claims)
}

/// An ID token of ours that a client gives back to say whom it means (Core §3.1.2.1 `id_token_hint`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// To which client it was issued.
    pub client_id: String,
    /// Who.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
}

/// The longest that a hint may be, in bytes.
const LONGEST_HINT: usize = 8_192;

/// Reads a hint. It may be expired, not forged: `None` for anything that no key of this issuer has signed as an ID token.
pub fn read_hint(issuer: &Issuer, token: &str) -> Option<Hint> {
    #[derive(Deserialize)]
    struct Claims {
        iss: String,
        sub: String,
        aud: String,
        sid: String,
    }
    if token.len() > LONGEST_HINT {
        return None;
    }
    let header = jsonwebtoken::decode_header(token).ok()?;
    if !header
        .typ
        .as_deref()
        .is_none_or(|typ| typ.eq_ignore_ascii_case(TYP))
    {
        return None;
    }
    let kid = header.kid?;
    let key = issuer.keys.iter().find(|key| key.kid() == kid)?;
    let mut validation = Validation::new(key.jws_algorithm());
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Claims>(token, key.decoding(), &validation)
        .ok()?
        .claims;
    if claims.iss != issuer.url {
        return None;
    }
    Some(Hint {
        client_id: claims.aud,
        user_id: UserId::parse(&claims.sub).ok()?,
        session_id: SessionId::parse(&claims.sid).ok()?,
    })
}

/// The left half of the hash that goes with the signature's algorithm (Core §3.1.3.6): SHA-512 for Ed25519, which uses it
/// inside.
fn half_hash(algorithm: SigningAlgorithm, token: &str) -> String {
    match algorithm {
        SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16])
        }
        SigningAlgorithm::EdDsa => BASE64_URL_SAFE_NO_PAD.encode(&Sha512::digest(token)[..32]),
    }
}
