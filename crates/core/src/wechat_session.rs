//! `session_key`: what WeChat and the server share about one person in one app. It decrypts that person's open data and
//! would forge it in other hands, so it never leaves the server: no token, answer, event or log has one.

use crate::{Instant, Invalid};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};

/// How many seconds a session key is still tried after a newer one came: data that was encrypted just before a login.
pub const PREVIOUS_KEY_TTL: u32 = 600;

/// How many seconds the keys of a person who does not come back are kept.
pub const SESSION_KEY_TTL: u32 = 30 * 86_400;

/// A session key: the base64 text of 16 bytes, as WeChat gave it. Signatures are made with the text, ciphers with the bytes.
#[derive(Debug, Clone)]
pub struct SessionKey(SecretString);

impl SessionKey {
    /// Checks that the text is the base64 of 16 bytes.
    pub fn parse(text: SecretString) -> Result<Self, Invalid> {
        match BASE64_STANDARD.decode(text.expose_secret()) {
            Ok(bytes) if bytes.len() == 16 => Ok(Self(text)),
            _ => Err(Invalid("a session_key is the base64 of 16 bytes")),
        }
    }

    /// The text as WeChat gave it: the key of `rawData` and login-state signatures.
    pub fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// The 16 bytes: the key of open data.
    pub fn bytes(&self) -> zeroize::Zeroizing<[u8; 16]> {
        let mut bytes = zeroize::Zeroizing::new([0; 16]);
        let decoded = zeroize::Zeroizing::new(BASE64_STANDARD.decode(self.text()).unwrap_or_default());
        if decoded.len() == bytes.len() {
            bytes.copy_from_slice(&decoded);
        }
        bytes
    }
}

/// The keys that are kept of one identity.
#[derive(Debug, Clone)]
pub struct KeptKeys {
    /// The newest, by when its exchange began.
    pub current: KeptKey,
    /// The one before.
    pub previous: Option<KeptKey>,
    /// When the person last came back: what the keys' own end is counted from.
    pub seen_at: Instant,
}

/// A session key and when the exchange that first brought it began.
#[derive(Debug, Clone)]
pub struct KeptKey {
    /// The key.
    pub key: SessionKey,
    /// When.
    pub obtained_at: Instant,
}

impl KeptKeys {
    /// What is kept once `new` is there too. Two logins may end in another order than they began in: the one that began last
    /// has the current key. A key that is there already is not new: how long the one before is tried goes on being counted from
    /// when it was replaced.
    pub fn with(kept: Option<Self>, new: KeptKey) -> Self {
        let Some(Self {
            current,
            previous,
            seen_at,
        }) = kept
        else {
            return Self {
                seen_at: new.obtained_at,
                current: new,
                previous: None,
            };
        };
        let seen_at = seen_at.max(new.obtained_at);
        if new.key.text() == current.key.text() {
            return Self {
                current,
                previous,
                seen_at,
            };
        }
        if new.obtained_at >= current.obtained_at {
            return Self {
                current: new,
                previous: Some(current),
                seen_at,
            };
        }
        let previous = match previous {
            Some(previous) if previous.obtained_at >= new.obtained_at => previous,
            _ => new,
        };
        Self {
            current,
            previous: Some(previous),
            seen_at,
        }
    }

    /// What is kept once WeChat has replaced the key, because the one before may have leaked: that one is not tried any more, and
    /// a login that began before cannot bring it back.
    pub fn reset(new: KeptKey) -> Self {
        Self {
            seen_at: new.obtained_at,
            previous: Some(new.clone()),
            current: new,
        }
    }

    /// The keys to try at `now`, the likeliest first: the one before the current only within ten minutes of its end.
    pub fn usable(self, now: Instant) -> Vec<SessionKey> {
        let ends = crate::time::after(self.current.obtained_at, PREVIOUS_KEY_TTL);
        let previous = self
            .previous
            .filter(|previous| now < ends && previous.key.text() != self.current.key.text());
        std::iter::once(self.current)
            .chain(previous)
            .map(|kept| kept.key)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(n: u8, second: i64) -> KeptKey {
        KeptKey {
            key: SessionKey::parse(BASE64_STANDARD.encode([n; 16]).into()).unwrap(),
            obtained_at: Instant::from_timestamp(1_700_000_000 + second, 0).unwrap(),
        }
    }

    fn keys(kept: KeptKeys, second: i64) -> Vec<u8> {
        let now = Instant::from_timestamp(1_700_000_000 + second, 0).unwrap();
        kept.usable(now).iter().map(|key| key.bytes()[0]).collect()
    }

    #[test]
    fn only_sixteen_bytes_are_a_key_and_none_is_shown() {
        assert!(SessionKey::parse("d+KFPdO+vtDAOpp5pOFh0g==".into()).is_ok());
        for bad in ["", "d+KFPdO+vtDAOpp5pOFh0g", "d+KFPdO+vtDAOpp5pOFh0g==x", "AAAA"] {
            assert!(SessionKey::parse(bad.into()).is_err(), "{bad}");
        }
        assert!(!format!("{:?}", kept(1, 0)).contains(&BASE64_STANDARD.encode([1; 16])));
    }

    #[test]
    fn the_last_two_keys_are_kept_and_the_newest_is_tried_first() {
        let one = KeptKeys::with(None, kept(1, 0));
        assert_eq!(keys(one.clone(), 100_000), [1]);
        let two = KeptKeys::with(Some(one), kept(2, 60));
        assert_eq!(keys(two.clone(), 61), [2, 1]);
        assert_eq!(keys(two.clone(), 659), [2, 1]);
        assert_eq!(keys(two.clone(), 660), [2]);
        assert_eq!(keys(KeptKeys::with(Some(two), kept(3, 61)), 62), [3, 2]);
    }

    #[test]
    fn the_exchange_that_began_last_has_the_current_key_whichever_ended_last() {
        let two = KeptKeys::with(Some(KeptKeys::with(None, kept(2, 60))), kept(1, 0));
        assert_eq!(keys(two.clone(), 61), [2, 1]);
        assert_eq!(keys(KeptKeys::with(Some(two.clone()), kept(3, 30)), 61), [2, 3]);
        assert_eq!(keys(KeptKeys::with(Some(two), kept(4, -1)), 61), [2, 1]);
    }

    #[test]
    fn a_key_that_comes_again_lengthens_nothing() {
        let mut kept_keys = KeptKeys::with(Some(KeptKeys::with(None, kept(1, 0))), kept(2, 60));
        for second in [300, 600, 900] {
            kept_keys = KeptKeys::with(Some(kept_keys), kept(2, second));
        }
        assert_eq!(keys(kept_keys.clone(), 659), [2, 1]);
        assert_eq!(keys(kept_keys.clone(), 660), [2]);
        assert_eq!(kept_keys.seen_at, kept(2, 900).obtained_at);
    }

    #[test]
    fn a_leaked_key_does_not_come_back_by_a_login_that_began_before_the_reset() {
        let reset = KeptKeys::reset(kept(2, 60));
        assert_eq!(keys(reset.clone(), 61), [2]);
        assert_eq!(keys(KeptKeys::with(Some(reset.clone()), kept(1, 59)), 61), [2]);
        assert_eq!(keys(KeptKeys::with(Some(reset), kept(3, 70)), 71), [3, 2]);
    }

    #[test]
    fn a_key_that_did_not_change_pushes_nothing_out() {
        let two = KeptKeys::with(Some(KeptKeys::with(None, kept(1, 0))), kept(2, 60));
        assert_eq!(keys(KeptKeys::with(Some(two), kept(2, 70)), 71), [2, 1]);
    }
}
