//! Opaque tokens: a time-ordered id, by which the row is found, and a 256-bit secret, of which only the hash is stored.
//!
//! They carry a prefix of their kind (`hufu_rt_…`), so that secret scanners find them. Hashing is plain SHA-256: the
//! secrets are random, so there is nothing to guess and nothing for a slow hash to slow down.

use crate::{Invalid, Random, random};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// What kind of token a text is, said by its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `hufu_rt_…`: a refresh token (RFC 6749 §1.5).
    Refresh,
    /// `hufu_op_…`: an operator's token for the administration API.
    Operator,
    /// `hufu_ac_…`: an authorization code (RFC 6749 §1.3.1).
    AuthorizationCode,
    /// `hufu_dc_…`: a device code (RFC 8628 §3.2).
    DeviceCode,
    /// `hufu_as_…`: an `auth_session` of a login that is under way (OAuth 2.0 for First-Party Applications).
    AuthSession,
    /// `hufu_ss_…`: what a browser's cookie opens a session with.
    BrowserSession,
    /// `hufu_pr_…`: the end of a `request_uri` (RFC 9126 §2.2).
    PushedRequest,
    /// `hufu_it_…`: an initial access token (RFC 7591 §3).
    InitialAccess,
    /// `hufu_ra_…`: a registration access token (RFC 7592 §3).
    Registration,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "hufu_rt_",
            Self::Operator => "hufu_op_",
            Self::AuthorizationCode => "hufu_ac_",
            Self::DeviceCode => "hufu_dc_",
            Self::AuthSession => "hufu_as_",
            Self::InitialAccess => "hufu_it_",
            Self::Registration => "hufu_ra_",
            Self::BrowserSession => "hufu_ss_",
            Self::PushedRequest => "hufu_pr_",
        }
    }
}

/// The SHA-256 of a secret: the only form that is stored. Compared in constant time.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes a secret.
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Reads a stored hash; `None` where it is not 32 bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
impl Eq for SecretHash {}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// A token in plain: what its holder presents. It cannot be stored; [`OpaqueToken::hash`] can.
pub struct OpaqueToken {
    kind: TokenKind,
    id: Uuid,
    secret: SecretBox<[u8; 32]>,
}

impl std::fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpaqueToken")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl OpaqueToken {
    /// A new token for the row `id`.
    pub fn generate(kind: TokenKind, id: Uuid, random: &dyn Random) -> Self {
        Self {
            kind,
            id,
            secret: SecretBox::new(Box::new(random::bytes(random))),
        }
    }

    /// Reads a presented token. The error does not say which part was wrong.
    pub fn parse(kind: TokenKind, text: &str) -> Result<Self, Invalid> {
        const NOT_A_TOKEN: Invalid = Invalid("is not a token of this kind");
        let body = text.strip_prefix(kind.prefix()).ok_or(NOT_A_TOKEN)?;
        let mut bytes = [0; 48];
        let length = BASE64_URL_SAFE_NO_PAD
            .decode_slice(body, &mut bytes)
            .map_err(|_| NOT_A_TOKEN)?;
        if length != bytes.len() {
            return Err(NOT_A_TOKEN);
        }
        let (id, secret) = bytes.split_at(16);
        let id = Uuid::from_slice(id).map_err(|_| NOT_A_TOKEN)?;
        let secret = secret.try_into().map_err(|_| NOT_A_TOKEN)?;
        Ok(Self {
            kind,
            id,
            secret: SecretBox::new(Box::new(secret)),
        })
    }

    /// The row to look for.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// What to store, or to compare with what is stored.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.secret.expose_secret())
    }

    /// The text to hand to the token's holder, once.
    pub fn reveal(&self) -> SecretString {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(self.id.as_bytes());
        bytes[16..].copy_from_slice(self.secret.expose_secret());
        SecretString::from(format!(
            "{}{}",
            self.kind.prefix(),
            BASE64_URL_SAFE_NO_PAD.encode(bytes)
        ))
    }
}

/// A new client secret: `hufu_cs_` and 256 random bits. Its hash is taken over the whole text.
pub fn client_secret(random: &dyn Random) -> SecretString {
    SecretString::from(format!(
        "hufu_cs_{}",
        BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<32>(random))
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_token_reads_back_what_it_reveals() {
        let token = OpaqueToken::generate(TokenKind::Refresh, Uuid::from_u128(5), &Fixed);
        let read = OpaqueToken::parse(TokenKind::Refresh, token.reveal().expose_secret()).unwrap();
        assert_eq!(read.id(), token.id());
        assert_eq!(read.hash(), token.hash());
    }

    #[test]
    fn a_token_of_another_kind_or_length_is_refused() {
        let token = OpaqueToken::generate(TokenKind::Refresh, Uuid::from_u128(5), &Fixed).reveal();
        let text = token.expose_secret();
        assert!(OpaqueToken::parse(TokenKind::Operator, text).is_err());
        for bad in [
            "",
            "hufu_rt_",
            &text[..text.len() - 1],
            &format!("{text}A"),
            &text.replace("hufu_rt_", "hufu_xx_"),
        ] {
            assert!(OpaqueToken::parse(TokenKind::Refresh, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn r30_a_hash_is_blind_in_debug() {
        assert_eq!(format!("{:?}", SecretHash::of(b"secret")), "SecretHash(..)");
    }
}
