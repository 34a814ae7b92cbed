//! What a browser's cookies say.
//!
//! Two cookies: one says which browser it is, so that a request that waits is finished by who began it, and a form is posted by
//! the page that it stands on; the other opens the session.

use crate::{Context, error::OAuthError};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    Random,
    id::SessionId,
    random,
    session::Session,
    token::{OpaqueToken, SecretHash, TokenKind},
    user::User,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// 256 random bits that a browser holds, in base64url.
#[derive(Debug, Clone)]
pub struct BrowserSecret(SecretString);

impl BrowserSecret {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<32>(random)).into())
    }

    /// Reads a cookie. `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let length = BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == 32).then(|| Self(text.to_owned().into()))
    }

    /// What a request that waits is bound to.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(self.0.expose_secret().as_bytes())
    }

    /// For the cookie.
    pub const fn reveal(&self) -> &SecretString {
        &self.0
    }

    /// What the forms of a page about `what` carry: only a page of ours in this browser can know it.
    pub fn csrf(&self, what: &str) -> String {
        let digest = Sha256::new()
            .chain_update(b"hufu csrf\0")
            .chain_update(self.0.expose_secret())
            .chain_update(b"\0")
            .chain_update(what)
            .finalize();
        BASE64_URL_SAFE_NO_PAD.encode(digest)
    }

    /// The scene of a sign-in by scan that a page of this browser shows: 22 characters of base64url, which the browser can compute
    /// again from the `nonce` in its URL, and nobody else.
    pub fn scene(&self, nonce: Uuid) -> SecretString {
        let digest = Sha256::new()
            .chain_update(b"hufu scan\0")
            .chain_update(self.0.expose_secret())
            .chain_update(b"\0")
            .chain_update(nonce.as_bytes())
            .finalize();
        let [half, _] = hufu_core::scan::halves(digest.into());
        BASE64_URL_SAFE_NO_PAD.encode(half).into()
    }

    /// Whether a form carries what [`BrowserSecret::csrf`] gave.
    pub fn is_csrf(&self, what: &str, presented: &str) -> bool {
        SecretHash::of(self.csrf(what).as_bytes()) == SecretHash::of(presented.as_bytes())
    }
}

/// A browser that asks for something.
#[derive(Debug)]
pub struct Visitor {
    /// Which browser: new where it had no cookie.
    pub browser: BrowserSecret,
    /// Whether the cookie is still to be set.
    pub is_new: bool,
    /// What its session's cookie holds.
    pub session: Option<OpaqueToken>,
    /// What it calls itself.
    pub user_agent: Option<String>,
}

/// Who is signed in in a browser.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session, alive.
    pub session: Session,
    /// Whose it is.
    pub user: User,
    /// The hash of the cookie's secret.
    pub cookie: SecretHash,
}

impl Visitor {
    /// Reads the values of both cookies.
    pub fn of(
        browser: Option<&str>,
        session: Option<&str>,
        user_agent: Option<String>,
        random: &dyn Random,
    ) -> Self {
        let known = browser.and_then(BrowserSecret::parse);
        Self {
            is_new: known.is_none(),
            browser: known.unwrap_or_else(|| BrowserSecret::generate(random)),
            session: session.and_then(|text| OpaqueToken::parse(TokenKind::BrowserSession, text).ok()),
            user_agent,
        }
    }

    /// Who is signed in: one read, where there is a cookie.
    pub async fn signed_in(&self, cx: &Context<'_>) -> Result<Option<SignedIn>, OAuthError> {
        let Some(token) = &self.session else {
            return Ok(None);
        };
        let id = SessionId::from_uuid(token.id());
        let Some((session, user)) = cx.issuer.store.browser_session(id).await? else {
            return Ok(None);
        };
        let idle_ttl = cx.issuer.tenant.settings.sessions.browser_idle_ttl;
        let cookie = token.hash();
        let is_open = session.is_open_to(cookie, cx.now, idle_ttl) && user.is_active();
        Ok(is_open.then_some(SignedIn {
            session,
            user,
            cookie,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);
    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        }
    }

    #[test]
    fn a_form_of_another_page_or_browser_is_not_taken() {
        let random = Counting(1.into());
        let (one, other) = (BrowserSecret::generate(&random), BrowserSecret::generate(&random));
        let csrf = one.csrf("req_1");
        assert!(one.is_csrf("req_1", &csrf));
        assert!(!one.is_csrf("req_2", &csrf));
        assert!(!other.is_csrf("req_1", &csrf));
        assert!(!one.is_csrf("req_1", ""));
    }

    #[test]
    fn a_scene_is_one_of_wechats_and_another_for_each_browser_and_page() {
        let random = Counting(1.into());
        let (one, other) = (BrowserSecret::generate(&random), BrowserSecret::generate(&random));
        let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let scene = |browser: &BrowserSecret, nonce| browser.scene(nonce).expose_secret().to_owned();
        assert!(hufu_core::scan::is_scene(&scene(&one, first)));
        assert_eq!(scene(&one, first), scene(&one, first));
        assert_ne!(scene(&one, first), scene(&one, second));
        assert_ne!(scene(&one, first), scene(&other, first));
    }

    #[test]
    fn a_cookie_reads_back_and_nothing_else_is_one() {
        let secret = BrowserSecret::generate(&Counting(1.into()));
        let read = BrowserSecret::parse(secret.reveal().expose_secret()).unwrap();
        assert_eq!(read.hash(), secret.hash());
        for bad in ["", "x", &"A".repeat(42), &"A".repeat(64), "!"] {
            assert!(BrowserSecret::parse(bad).is_none(), "{bad}");
        }
    }
}
