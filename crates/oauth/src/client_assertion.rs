//! `private_key_jwt` (RFC 7523 §2.2 and §3, OpenID Connect Core §9): a client proves itself by a JWT signed with its own key.
//!
//! What is here is the check alone: where the keys come from and whether the assertion was used before is
//! [`client_authentication`](crate::client_authentication)'s.

use crate::{
    dpop::whole_seconds,
    jwk::PublicJwks,
    jws::{self, Unverified},
};
use hufu_core::{Instant, client::Client, time};
use serde::Deserialize;

/// The value of `client_assertion_type`.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest assertion that is read, in bytes.
const LONGEST: usize = 8_192;
/// How far ahead an assertion may end, in seconds: the longer it is good, the longer it must be remembered.
const LONGEST_LIFE: i64 = 3_600;
/// How far the client's clock may be from ours, in seconds.
const SKEW: i64 = 60;
/// How much longer than it is good an assertion is remembered, in seconds.
const SLACK: u32 = 120;
/// The longest `jti`, in bytes.
const LONGEST_JTI: usize = 256;

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    jti: String,
    nbf: Option<f64>,
    iat: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// An assertion that says whose it is. Nothing of it is proven.
#[derive(Debug)]
pub(crate) struct Assertion<'a> {
    jwt: Unverified<'a>,
    claims: Claims,
}

/// An assertion that is right, if nobody used it before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) jti: String,
    /// How long to remember that it was used.
    pub(crate) until: Instant,
}

/// Why an assertion is not taken, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// None of the keys can have made it: newer ones might.
    UnknownKey,
    /// Whatever the keys.
    Wrong(&'static str),
}

impl<'a> Assertion<'a> {
    /// Reads an assertion; the error is for the log.
    pub(crate) fn read(text: &'a str) -> Result<Self, &'static str> {
        let jwt = Unverified::read(text, LONGEST)?;
        let claims = jwt.claims()?;
        Ok(Self { jwt, claims })
    }

    /// The client that it is said to be of.
    pub(crate) fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// Checks everything but whether it was used before. `issuer` and `token_endpoint` are whom it may be for.
    pub(crate) fn check(
        &self,
        client: &Client,
        keys: &PublicJwks,
        issuer: &str,
        now: Instant,
    ) -> Result<Accepted, NotTaken> {
        let wrong = |what| Err(NotTaken::Wrong(what));
        let claims = &self.claims;
        if claims.iss != claims.sub || claims.sub != client.id.as_str() {
            return wrong("iss and sub are not both the client_id");
        }
        if !jws::is_for(client, self.jwt.algorithm()) {
            return wrong("a FAPI client may not sign with RS256");
        }
        let token_endpoint = format!("{issuer}/token");
        let is_for_us = match &claims.aud {
            // FAPI 2.0 Security Profile §5.3.2.1: the issuer, and as one text.
            Audience::One(one) => one == issuer || (!client.details.is_fapi() && *one == token_endpoint),
            Audience::Many(many) => {
                !client.details.is_fapi() && many.iter().any(|one| one == issuer || *one == token_endpoint)
            }
        };
        if !is_for_us {
            return wrong("aud is not the issuer");
        }
        if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
            return wrong("jti is empty or too long");
        }
        let now = now.timestamp();
        let Some(exp) = whole_seconds(claims.exp) else {
            return wrong("exp is not a time");
        };
        if exp + SKEW <= now {
            return wrong("it has expired");
        }
        if exp > now + LONGEST_LIFE + SKEW {
            return wrong("exp is more than an hour ahead");
        }
        for instant in [claims.nbf, claims.iat].into_iter().flatten() {
            if whole_seconds(instant).is_none_or(|instant| instant > now + SKEW) {
                return wrong("nbf or iat lies ahead");
            }
        }
        let kid = match self.jwt.header("kid") {
            None => None,
            Some(kid) => Some(kid.as_str().ok_or(NotTaken::Wrong("kid is not a text"))?),
        };
        let candidates = keys.candidates(kid, self.jwt.algorithm());
        if candidates.is_empty() {
            return Err(NotTaken::UnknownKey);
        }
        if !candidates.iter().any(|key| self.jwt.is_signed_by(key)) {
            return wrong("the signature is not by the client's key");
        }
        Ok(Accepted {
            jti: claims.jti.clone(),
            until: Instant::from_timestamp(exp, 0).map_or(Instant::MAX_UTC, |exp| time::after(exp, SLACK)),
        })
    }
}

#[cfg(test)]
#[path = "client_assertion_tests.rs"]
mod tests;
