//! Proof of possession (RFC 9449): a JWT that a request brings in its `DPoP` header, signed with a key whose public half is in it.
//! Tokens are bound to that key's thumbprint, so that whoever steals one cannot use it.
//!
//! A proof counts once, on all nodes: its `jti` is stored for as long as its `iat` would be accepted. Since proofs are good for a
//! minute and remembered, there is no nonce mechanism (§8): a nonce would bound how long a proof that was made ahead stays good,
//! and [`OLDEST`] does that by the client's own clock. A client that finds none asked for needs none.

use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    jwk::PublicJwk,
    jws::Unverified,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant, store,
    store::{Proof, UseOnce},
    time,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

/// How old a proof may be, in seconds.
pub const OLDEST: u32 = 60;
/// How far ahead of ours the client's clock may be, in seconds.
pub const AHEAD: u32 = 10;
/// How much longer than it is good a proof is remembered, in seconds: nodes' clocks may differ by that much.
const SLACK: u32 = 60;
/// The longest proof that is read, in bytes.
const LONGEST: usize = 4_096;
/// The longest `jti`, in bytes.
const LONGEST_JTI: usize = 256;

/// What a request shows of the possession of a key, unread.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// The request's method.
    pub method: String,
    /// The URL that was called, as the world sees it.
    pub url: String,
    /// The values of its `DPoP` headers; one that is not text is empty.
    pub proofs: Vec<String>,
}

/// The thumbprint of a key whose possession was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbprint([u8; 32]);

impl std::fmt::Display for Thumbprint {
    /// As in `jkt` (RFC 9449 §6.1).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// What a proof that is right says. It is not used yet: see [`possession`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    jkt: Thumbprint,
    jti: String,
    iat: i64,
}

/// What a proof must be about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) now: Instant,
    /// The token that it comes with.
    pub(crate) access_token: Option<&'a str>,
    /// Whether RS256 is refused: for FAPI 2.0.
    pub(crate) strict: bool,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: f64,
    ath: Option<String>,
}

/// The key whose possession the request proves; `None` where it proves none. The proof is used by this. `strict` refuses RS256;
/// `access_token` is the token that the request brings to a resource.
pub(crate) async fn possession(
    cx: &Context<'_>,
    strict: bool,
    access_token: Option<&str>,
) -> Result<Option<Thumbprint>, OAuthError> {
    let proof = match cx.shown.proofs.as_slice() {
        [] => return Ok(None),
        [proof] => proof,
        _ => return Err(refused("the DPoP header is repeated")),
    };
    let expected = Expected {
        method: &cx.shown.method,
        url: &cx.shown.url,
        now: cx.now,
        access_token,
        strict,
    };
    let checked = check(proof, &expected).map_err(refused)?;
    let use_once = UseOnce {
        proof: Proof::of_possession(&checked.jkt.0, &checked.jti),
        until: Instant::from_timestamp(checked.iat, 0).map_or(cx.now, |iat| time::after(iat, OLDEST + SLACK)),
    };
    if store::write(cx.issuer.store.as_ref(), use_once).await? {
        Ok(Some(checked.jkt))
    } else {
        Err(refused("the proof was used before"))
    }
}

/// The answer to a proof that is no good; `detail` is for the log.
pub(crate) fn refused(detail: &'static str) -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidDpopProof,
        "the DPoP proof is missing, malformed, for another request, too old, or was used before",
    )
    .detail(detail)
}

/// No proof came where one is needed.
pub(crate) fn missing() -> OAuthError {
    refused("there is no proof, and the client or the token needs one")
}

/// Checks a proof (RFC 9449 §4.3), all but whether it was used before. The error is for the log.
pub(crate) fn check(proof: &str, expected: &Expected<'_>) -> Result<Checked, &'static str> {
    let jwt = Unverified::read(proof, LONGEST)?;
    let typ = jwt.header("typ").and_then(|typ| typ.as_str());
    if !typ.is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt")) {
        return Err("typ is not dpop+jwt");
    }
    if expected.strict && jwt.algorithm() == jsonwebtoken::Algorithm::RS256 {
        return Err("a FAPI client may not sign with RS256");
    }
    let key = jwt.header("jwk").ok_or("there is no jwk in the header")?;
    let key = PublicJwk::parse(key).map_err(|_| "jwk is not a public key that is taken")?;
    let claims: Claims = jwt.claims()?;
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err("jti is empty or too long");
    }
    if claims.htm != expected.method {
        return Err("htm is another method");
    }
    let htu = normalized(&claims.htu).ok_or("htu is not a URL")?;
    if Some(htu) != normalized(expected.url) {
        return Err("htu is another URL");
    }
    let iat = whole_seconds(claims.iat).ok_or("iat is not a time")?;
    let now = expected.now.timestamp();
    if !(now - i64::from(OLDEST)..=now + i64::from(AHEAD)).contains(&iat) {
        return Err("iat is too old, or ahead");
    }
    if let Some(token) = expected.access_token {
        let ath = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token));
        let is_right = claims
            .ath
            .is_some_and(|claimed| bool::from(claimed.as_bytes().ct_eq(ath.as_bytes())));
        if !is_right {
            return Err("ath is missing, or of another token");
        }
    }
    // The dearest check comes last.
    if !jwt.is_signed_by(&key) {
        return Err("the signature is not by jwk");
    }
    Ok(Checked {
        jkt: Thumbprint(key.thumbprint()),
        jti: claims.jti,
        iat,
    })
}

/// RFC 7519 §2, NumericDate: it may have a fraction.
pub(crate) fn whole_seconds(seconds: f64) -> Option<i64> {
    // Up to the year 5138, so that nothing that is added to it overflows.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (0.0..1e11).contains(&seconds).then(|| seconds.floor() as i64)
}

/// A URL without query and fragment, normalized by syntax and scheme (RFC 3986 §6.2.2, §6.2.3).
fn normalized(url: &str) -> Option<(String, String, Option<u16>, String)> {
    if url.len() > 2_048 {
        return None;
    }
    let url = Url::parse(url).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = url.host_str()?.to_owned();
    Some((
        url.scheme().to_owned(),
        host,
        url.port_or_known_default(),
        normalized_path(url.path()),
    ))
}

/// Escapes in capitals, and none of what needs none.
fn normalized_path(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut normalized = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%')
            .then(|| path.get(at + 1..at + 3))
            .flatten()
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(plain) if plain.is_ascii_alphanumeric() || matches!(plain, b'-' | b'.' | b'_' | b'~') => {
                normalized.push(char::from(plain));
                at += 3;
            }
            Some(_) => {
                normalized.push('%');
                normalized.extend(path[at + 1..at + 3].chars().map(|hex| hex.to_ascii_uppercase()));
                at += 3;
            }
            None => {
                // `Url` has escaped everything that is not ASCII.
                normalized.push(char::from(byte));
                at += 1;
            }
        }
    }
    normalized
}

#[cfg(test)]
#[path = "dpop_tests.rs"]
mod tests;
