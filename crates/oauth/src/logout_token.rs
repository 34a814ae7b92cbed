//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): what a client is told when a session ends.

use crate::{error::OAuthError, issuer::Issuer};
use hufu_core::{
    Instant, Random,
    client::Client,
    id::{SessionId, UserId},
    random, time,
};
use serde::Serialize;

/// How long one lives, in seconds: two minutes, as §2.4 recommends.
const TTL: u32 = 120;

/// `typ` of the header: explicit, so that no other token passes for it (RFC 8725 §3.11).
const TYP: &str = "logout+jwt";

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
    jti: String,
    events: Events,
}

/// The one event, whose value is an empty object.
#[derive(Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

/// Signs a logout token about a session, with the algorithm of the client's ID tokens. It never has a `nonce`.
pub fn issue(
    issuer: &Issuer,
    client: &Client,
    (user, session): (UserId, SessionId),
    now: Instant,
    random: &dyn Random,
) -> Result<String, OAuthError> {
    let claims = Claims {
        iss: &issuer.url,
        aud: client.id.as_str(),
        sub: user.to_string(),
        sid: session.to_string(),
        iat: now.timestamp(),
        exp: time::after(now, TTL).timestamp(),
        jti: random::uuid_v7(now, random).simple().to_string(),
        events: Events { logout: Nothing {} },
    };
    issuer
        .signing(client.id_token_signed_response_alg, now)?
        .sign(TYP, &claims)
}
