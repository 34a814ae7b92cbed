//! API security mode: what is asked is encrypted and signed, what comes back is verified and decrypted. An app's owner turns
//! it on, and from then on WeChat takes nothing else at the endpoints that know it.
//!
//! AES-256-GCM and RSA-PSS with SHA-256 only; the console also offers SM4 and SM2, which are refused when they are given.
//! The keys of an app are read once and kept.
//!
//! Source: WeChat's description of 服务端API签名 (API signatures), and its published example.

use crate::{
    answer::Answer,
    api_security_keys::{Context, Keys},
    config::OFFICIAL_API_BASE,
    errcode::Call,
    failure::Undecided,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Instant, Invalid, Random, random,
    wechat_app::{ApiSecurity, AppId},
};
use moka::{policy::EvictionPolicy, sync::Cache};
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use thiserror::Error;

/// Source: WeChat's page, 时间戳 within 5 minutes.
const FRESH_FOR: u64 = 300;

/// Enough for all apps of an installation that have this turned on and are in use at once.
const MOST_APPS: u64 = 4_096;

const APPID: &str = "wechatmp-appid";
const TIMESTAMP: &str = "wechatmp-timestamp";
const SIGNATURE: &str = "wechatmp-signature";
const SERIAL: &str = "wechatmp-serial";
const DEPRECATED_SIGNATURE: &str = "wechatmp-signature-deprecated";
const DEPRECATED_SERIAL: &str = "wechatmp-serial-deprecated";

/// Why an answer is not taken for WeChat's. Never repeats any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Unverified {
    #[error("a success that is not signed")]
    Unsigned,
    #[error("a signed answer without a usable {0}")]
    Header(&'static str),
    #[error("a signed answer for another app")]
    Foreign,
    #[error("a signed answer that was made {0} s from our time")]
    NotOfNow(u64),
    #[error("an answer that is signed by a certificate that we do not have: was it replaced at the console?")]
    OtherCertificate,
    #[error("an answer that the platform's certificate has not signed")]
    Signature,
    #[error("a signed answer that the symmetric key does not open")]
    Sealed,
    #[error("a signed answer that says something else inside than outside")]
    Inside,
}

impl Unverified {
    /// Whether it looks as if the keys at the console are others than ours.
    pub(crate) const fn is_for_the_operator(&self) -> bool {
        matches!(
            self,
            Self::Unsigned | Self::OtherCertificate | Self::Signature | Self::Sealed
        )
    }
}

/// Whether the keys can be used: the member that cannot, and why.
pub(crate) fn check(config: &ApiSecurity) -> Result<(), (&'static str, Invalid)> {
    Keys::read(config).map(|_| ())
}

/// The keys of all apps that have some.
pub(crate) struct Keyring {
    /// By a hash of what they were read from.
    keys: Cache<[u8; 32], Arc<Keys>>,
    random: Arc<dyn Random>,
}

impl Keyring {
    pub(crate) fn new(random: Arc<dyn Random>) -> Self {
        let cache = Cache::builder().max_capacity(MOST_APPS);
        Self {
            keys: cache.eviction_policy(EvictionPolicy::lru()).build(),
            random,
        }
    }

    /// What one call of the app is sealed in.
    pub(crate) fn envelope<'a>(
        &self,
        appid: &'a AppId,
        config: &ApiSecurity,
        call: Call,
    ) -> Result<Envelope<'a>, (&'static str, Invalid)> {
        let hash = hash(config);
        let keys = if let Some(keys) = self.keys.get(&hash) {
            keys
        } else {
            let keys = Arc::new(Keys::read(config)?);
            self.keys.insert(hash, Arc::clone(&keys));
            keys
        };
        Ok(Envelope {
            keys,
            url: format!("{OFFICIAL_API_BASE}{}", call.path()),
            appid,
            random: Arc::clone(&self.random),
        })
    }
}

fn hash(config: &ApiSecurity) -> [u8; 32] {
    let parts = [
        &config.symmetric_sn,
        config.symmetric_key.expose_secret(),
        config.private_key.expose_secret(),
        &config.platform_serial,
        &config.platform_certificate,
    ];
    let hash = parts.into_iter().fold(Sha256::new(), |hash, part| {
        hash.chain_update(part.len().to_be_bytes()).chain_update(part)
    });
    hash.finalize().into()
}

/// One call of one app.
pub(crate) struct Envelope<'a> {
    keys: Arc<Keys>,
    /// WeChat's own, whatever host the deployment asks.
    url: String,
    appid: &'a AppId,
    random: Arc<dyn Random>,
}

/// What is sent.
pub(crate) struct Sealed {
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Envelope<'_> {
    /// Puts all parameters, of the query and of the JSON object, into one body.
    pub(crate) fn seal(
        &self,
        query: &[(&str, &str)],
        json: Option<&str>,
        now: Instant,
    ) -> Result<Sealed, Undecided> {
        let context = self.at(now.timestamp());
        let mut inside: Map<String, Value> =
            serde_json::from_str(json.unwrap_or("{}")).expect("an object that we have written");
        inside.extend(
            query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).into())),
        );
        let nonce: [u8; 16] = random::bytes(self.random.as_ref());
        inside.insert("_n".into(), BASE64_URL_SAFE_NO_PAD.encode(nonce).into());
        inside.insert("_appid".into(), self.appid.as_str().into());
        inside.insert("_timestamp".into(), context.timestamp.into());
        let iv = random::bytes(self.random.as_ref());
        let sealed = self
            .keys
            .seal(&context, iv, &Value::Object(inside).to_string())
            .and_then(|body| Some((self.keys.sign(&context, &body)?, body)));
        let (signature, body) = sealed.ok_or(Undecided::NotSealed)?;
        let headers = vec![
            (APPID, self.appid.to_string()),
            (TIMESTAMP, context.timestamp.to_string()),
            (SIGNATURE, signature),
        ];
        Ok(Sealed { body, headers })
    }

    /// Reads an answer. One that is not signed is taken for an error only: that is how WeChat says that it could not read
    /// what was asked.
    pub(crate) fn open(&self, headers: &HeaderMap, body: &[u8], now: Instant) -> Result<Answer, Undecided> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if header(SIGNATURE).is_none() {
            return error_only(body);
        }
        let text = str::from_utf8(body).map_err(|_| Unverified::Sealed)?;
        let made_at: i64 = header(TIMESTAMP)
            .and_then(|text| text.parse().ok())
            .ok_or(Unverified::Header("Wechatmp-TimeStamp"))?;
        if header(APPID) != Some(self.appid.as_str()) {
            return Err(Unverified::Foreign.into());
        }
        // While the certificate is being replaced, the old one signs too.
        let signatures = [
            (header(SERIAL), header(SIGNATURE)),
            (header(DEPRECATED_SERIAL), header(DEPRECATED_SIGNATURE)),
        ];
        let by_ours = signatures
            .into_iter()
            .find(|(serial, _)| serial.is_some_and(|serial| self.keys.is_platform(serial)))
            .ok_or(Unverified::OtherCertificate)?;
        let signature = by_ours.1.ok_or(Unverified::Header("Wechatmp-Signature"))?;
        let context = self.at(made_at);
        if !self.keys.has_platform_signed(&context, text, signature) {
            return Err(Unverified::Signature.into());
        }
        let away = now.timestamp().abs_diff(made_at);
        if away > FRESH_FOR {
            return Err(Unverified::NotOfNow(away).into());
        }
        let inside = self.keys.open(&context, text).ok_or(Unverified::Sealed)?;
        let answer = Answer::read(&inside)?;
        if answer.is_sealed_for(self.appid.as_str(), made_at) {
            Ok(answer)
        } else {
            Err(Unverified::Inside.into())
        }
    }

    fn at(&self, timestamp: i64) -> Context<'_> {
        Context {
            url: &self.url,
            appid: self.appid.as_str(),
            timestamp,
        }
    }
}

fn error_only(body: &[u8]) -> Result<Answer, Undecided> {
    let answer = Answer::read(body)?;
    if answer.errcode() == 0 {
        return Err(Unverified::Unsigned.into());
    }
    Ok(answer)
}

#[cfg(test)]
#[path = "api_security_tests.rs"]
mod tests;
