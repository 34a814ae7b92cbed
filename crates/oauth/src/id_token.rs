//! ID tokens (OpenID Connect Core §2). No profile claims: those belong to userinfo, since an access token comes along.

use crate::{Context, error::OAuthError};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{client::Client, session::Session, time};
use serde::Serialize;
use sha2::{Digest, Sha256};

#[derive(Serialize)]
struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    amr: Vec<&'static str>,
    sid: String,
    at_hash: String,
}

/// Signs an ID token about the session, bound to `access_token` by `at_hash`.
pub(crate) fn issue(
    cx: &Context<'_>,
    client: &Client,
    session: &Session,
    access_token: &str,
) -> Result<String, OAuthError> {
    // Core §3.1.3.6: the left half of the hash that the signature's algorithm uses: SHA-256 for all of ours.
    let digest = Sha256::digest(access_token);
    let claims = IdTokenClaims {
        iss: &cx.issuer.url,
        sub: session.user_id.to_string(),
        aud: client.id.as_str(),
        exp: time::after(cx.now, cx.issuer.tenant.settings.tokens.id_token_ttl).timestamp(),
        iat: cx.now.timestamp(),
        auth_time: session.auth_time.timestamp(),
        amr: session.amr.iter().map(|method| method.as_str()).collect(),
        sid: session.id.to_string(),
        at_hash: BASE64_URL_SAFE_NO_PAD.encode(&digest[..16]),
    };
    cx.issuer
        .signing(client.id_token_signed_response_alg, cx.now)?
        .sign("JWT", &claims)
}
