//! API security mode: calls that are encrypted and signed, and answers likewise.
//!
//! Assumptions: errors found before a call was opened travel in clear, later ones are sealed like a success; a call that
//! is sent twice is answered twice.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde_json::Value;

use super::{Answer, Call, Failure, caller};
use crate::crypt::api_security::{ApiSecurity, Context, SealedBody};
use crate::world::World;

/// What is signed names WeChat's own host, by whatever name it was reached.
const ORIGIN: &str = "https://api.weixin.qq.com";
/// Seconds by which a call's timestamp may be off.
const LARGEST_SKEW: u64 = 300;

const APPID: HeaderName = HeaderName::from_static("wechatmp-appid");
const TIMESTAMP: HeaderName = HeaderName::from_static("wechatmp-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("wechatmp-signature");
const SERIAL: HeaderName = HeaderName::from_static("wechatmp-serial");

/// How an answer is to be encrypted and signed.
pub(crate) struct Seal {
    keys: Arc<ApiSecurity>,
    appid: Arc<str>,
    url: String,
    timestamp: i64,
    nonce: [u8; 16],
    iv: [u8; 12],
    is_forged: bool,
}

/// The call in clear, and the seal for its answer. Nothing where the app is not in API security mode and the call was in
/// clear. 40234 where one is and the other is not, or the call was not sealed rightly.
pub(super) fn open(world: &mut World, call: &Call, now: i64) -> Result<Option<(Call, Seal)>, Failure> {
    let appid = caller::with_access_token(world, call, now)?;
    let keys = world
        .known_app(&appid)
        .ok()
        .and_then(|app| app.api_security().cloned());
    let is_signed = call.headers.contains_key(SIGNATURE);
    let keys = match keys {
        None if !is_signed => return Ok(None),
        Some(keys) if is_signed => keys,
        _ => return Err(Failure::INVALID_API_SIGNATURE),
    };
    let url = format!("{ORIGIN}{}", call.path);
    let inner = opened(&keys, call, &appid, &url, now).ok_or(Failure::INVALID_API_SIGNATURE)?;
    let serial = world.draw();
    let lots = world.lots();
    let seal = Seal {
        keys,
        appid,
        url,
        timestamp: now,
        nonce: lots.bytes("api-security-nonce", serial),
        iv: lots.bytes("api-security-iv", serial),
        is_forged: false,
    };
    Ok(Some((call.with_body(inner.into()), seal)))
}

/// The inner JSON of a call that was signed by the app's developer, encrypted for this place and time, and says so.
fn opened(keys: &ApiSecurity, call: &Call, appid: &str, url: &str, now: i64) -> Option<Vec<u8>> {
    let timestamp: i64 = call.header(TIMESTAMP.as_str())?.parse().ok()?;
    if call.header(APPID.as_str())? != appid || timestamp.abs_diff(now) > LARGEST_SKEW {
        return None;
    }
    let context = Context {
        url,
        appid,
        timestamp,
    };
    let body = std::str::from_utf8(&call.body).ok()?;
    if !keys
        .developer
        .has_signed(context, body, call.header(SIGNATURE.as_str())?)
    {
        return None;
    }
    let sealed: SealedBody = serde_json::from_str(body).ok()?;
    let plaintext = keys.symmetric.open(context, &sealed)?;
    let inner: Value = serde_json::from_slice(&plaintext).ok()?;
    let is_for_here = inner["_appid"] == appid
        && inner["_timestamp"] == timestamp
        && inner["_n"].as_str().is_some_and(|nonce| !nonce.is_empty());
    is_for_here.then_some(plaintext)
}

impl Seal {
    /// Makes the answer so many seconds older; it is signed as rightly as before.
    pub(crate) fn backdate(&mut self, seconds: i64) {
        self.timestamp = self.timestamp.saturating_sub(seconds);
    }

    /// Makes the signature one of another body.
    pub(crate) fn forge(&mut self) {
        self.is_forged = true;
    }

    /// Encrypts and signs a body, whatever it is, and adds WeChat's headers.
    pub(crate) fn apply(self, answer: &mut Answer) {
        if let Some((headers, body)) = self.sealed(&answer.body) {
            answer.headers.extend(headers);
            answer.body = body.into_bytes();
        } else {
            // The keys are sound, so nothing is known that leads here; a body in clear must not leave.
            tracing::warn!("wxsim could not seal an answer");
            answer.body.clear();
        }
    }

    fn sealed(&self, body: &[u8]) -> Option<(Vec<(HeaderName, HeaderValue)>, String)> {
        let context = Context {
            url: &self.url,
            appid: &self.appid,
            timestamp: self.timestamp,
        };
        let sealed = self.keys.symmetric.seal(context, self.iv, &self.inner(body))?;
        let body = serde_json::to_string(&sealed).ok()?;
        let signed = if self.is_forged { "" } else { body.as_str() };
        let platform = &self.keys.platform;
        let headers = [
            (APPID, self.appid.as_ref()),
            (TIMESTAMP, &self.timestamp.to_string()),
            (SERIAL, &platform.serial),
            (SIGNATURE, &platform.sign(context, signed)?),
        ]
        .into_iter()
        .map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)))
        .collect::<Option<_>>()?;
        Some((headers, body))
    }

    /// The body with WeChat's three members before its own.
    fn inner(&self, body: &[u8]) -> String {
        let body = String::from_utf8_lossy(body);
        let members = body.strip_prefix('{').unwrap_or(&body);
        let nonce = BASE64_STANDARD_NO_PAD.encode(self.nonce);
        format!(
            r#"{{"_n":"{nonce}","_appid":"{}","_timestamp":{},{members}"#,
            self.appid, self.timestamp
        )
    }
}
