//! A tenant's signing keys, and when each is published, signs and is gone.
//!
//! A key's instants and `now` say all. It is published from its creation on, signs from `activates_at` on until a newer key
//! of its algorithm does, and leaves the JWKS at `retires_at`. Nobody need switch anything, but an operator may want to: then
//! a key waits without an `activates_at` until it is told. A key that signs is succeeded by itself at `rotates_at`
//! ([`rotation`]).

pub mod rotation;

use crate::{Instant, Invalid, settings::LONGEST_SIGNED_TTL, text::text_newtype};
use secrecy::SecretSlice;

/// How long anyone may cache a JWKS, in seconds: the `max-age` of its `Cache-Control`.
pub const JWKS_MAX_AGE: u32 = 300;

/// How long a new key is published before it signs, in seconds: [`JWKS_MAX_AGE`] and as much again, for caches that
/// refresh lazily and nodes that hear of the key a moment later (RFC 7517 says nothing; OpenID Connect Core §10.1.1).
pub const KEY_LEAD: u32 = 2 * JWKS_MAX_AGE;

/// How long an old key stays published after it stopped signing, in seconds: the longest life of a token that it may
/// have signed, and five minutes for clocks that differ.
pub const KEY_TAIL: u32 = LONGEST_SIGNED_TTL + 300;

text_newtype!(
    /// A key id (RFC 7517 §4.5): 1 to 64 base64url characters. Distinct within the tenant.
    KeyId,
    |text: &str| -> Result<(), Invalid> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) { Ok(()) } else { Err(Invalid("is not a key id")) }
    }
);

/// A JWS algorithm (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256: the default.
    Es256,
    /// RSA: because OpenID Connect requires it to be offered.
    Rs256,
    /// RSA with PSS.
    Ps256,
    /// Edwards curves, here always Ed25519 (RFC 8037 §3.1).
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::Ps256, Self::EdDsa];

    /// Those that every tenant has a key of from the beginning: the default, and the one that must be offered. A key of
    /// another algorithm is made when the first client is registered for it.
    pub const FIRST: [Self; 2] = [Self::Es256, Self::Rs256];

    /// The value of `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads the value of `alg`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|alg| alg.as_str() == text)
            .ok_or(Invalid("must be ES256, RS256, PS256 or EdDSA"))
    }
}

/// A signing key of a tenant.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// As it stands in the JWKS and in token headers.
    pub kid: KeyId,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// The private key, PKCS#8 DER. Sealed at rest.
    pub pkcs8: SecretSlice<u8>,
    /// When it was made and first published.
    pub created_at: Instant,
    /// When it begins to sign; `None` while it waits for an operator to say so.
    pub activates_at: Option<Instant>,
    /// When it leaves the JWKS; `None` until a successor is to sign.
    pub retires_at: Option<Instant>,
    /// When its successor is made by itself; `None` where an operator makes it, and where there is one.
    pub rotates_at: Option<Instant>,
}

/// What a key does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// In the JWKS, not yet signing.
    Published,
    /// The one that signs.
    Active,
    /// In the JWKS for the tokens that it signed.
    Retiring,
    /// Out of the JWKS.
    Retired,
}

impl KeyState {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

/// The instants of a key, apart from the key itself, so that a rule needs no private key.
pub trait KeySchedule {
    /// What it signs with.
    fn algorithm(&self) -> SigningAlgorithm;
    /// When it begins to sign.
    fn activates_at(&self) -> Option<Instant>;
    /// When it leaves the JWKS.
    fn retires_at(&self) -> Option<Instant>;
}

impl KeySchedule for SigningKey {
    fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }
    fn activates_at(&self) -> Option<Instant> {
        self.activates_at
    }
    fn retires_at(&self) -> Option<Instant> {
        self.retires_at
    }
}

/// The key of `algorithm` that signs at `now`: the newest that is active and not retired.
pub fn active<K: KeySchedule>(keys: &[K], algorithm: SigningAlgorithm, now: Instant) -> Option<&K> {
    keys.iter()
        .filter(|key| key.algorithm() == algorithm && has_begun(*key, now) && is_published(*key, now))
        .max_by_key(|key| key.activates_at())
}

/// Whether the key is in the JWKS at `now`.
pub fn is_published<K: KeySchedule>(key: &K, now: Instant) -> bool {
    key.retires_at().is_none_or(|at| now < at)
}

fn has_begun<K: KeySchedule>(key: &K, now: Instant) -> bool {
    key.activates_at().is_some_and(|at| at <= now)
}

/// What `key`, one of `keys`, does at `now`.
pub fn state<K: KeySchedule>(keys: &[K], key: &K, now: Instant) -> KeyState {
    if !is_published(key, now) {
        KeyState::Retired
    } else if !has_begun(key, now) {
        KeyState::Published
    } else if active(keys, key.algorithm(), now).is_some_and(|k| std::ptr::eq(k, key)) {
        KeyState::Active
    } else {
        KeyState::Retiring
    }
}

#[cfg(test)]
#[path = "signing_key_tests.rs"]
mod tests;
