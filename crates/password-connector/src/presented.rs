//! A password as it is hashed: in NFC, with every space as U+0020 (RFC 8265 §4.2, OpaqueString), so that all keyboards type
//! the same one. Nothing else is changed: neither case nor width, and nothing is cut off.
//!
//! NIST SP 800-63B-4 §3.1.1.2 asks for a normalization; OWASP ASVS 6.2.8 for the password exactly as received. A person who
//! cannot sign in from another keyboard is worse than the bit that NFC takes.

use hufu_core::password::LONGEST_PASSWORD_BYTES;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use zeroize::Zeroizing;

/// A password, prepared. It wipes itself.
pub(crate) struct Presented {
    prepared: Zeroizing<String>,
    /// Where that is something else.
    as_received: Option<Zeroizing<String>>,
}

impl Presented {
    /// Prepares; `None` where it is longer than any password can be, without a look at what it is.
    pub(crate) fn read(password: &SecretString) -> Option<Self> {
        let received = password.expose_secret();
        if received.len() > LONGEST_PASSWORD_BYTES {
            return None;
        }
        if received.is_ascii() || (is_nfc(received) && !received.chars().any(is_other_space)) {
            return Some(Self {
                prepared: Zeroizing::new(received.to_owned()),
                as_received: None,
            });
        }
        // NFC is at most three times as long (Unicode Standard Annex #15 §9): no copy is left behind by growing.
        let mut prepared = Zeroizing::new(String::with_capacity(3 * received.len()));
        let spaces = received.chars().map(|c| if is_other_space(c) { ' ' } else { c });
        prepared.extend(spaces.nfc());
        Some(Self {
            prepared,
            as_received: Some(Zeroizing::new(received.to_owned())),
        })
    }

    /// What is hashed.
    pub(crate) fn prepared(&self) -> &str {
        &self.prepared
    }

    /// What may have been hashed: other products took the password as they received it.
    pub(crate) fn readings(&self) -> impl Iterator<Item = &str> {
        let as_received = self.as_received.as_deref().map(String::as_str);
        std::iter::once(self.prepared()).chain(as_received)
    }
}

/// A space separator (category Zs) other than U+0020.
const fn is_other_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(text: &str) -> Vec<String> {
        let presented = Presented::read(&SecretString::from(text)).unwrap();
        presented.readings().map(str::to_owned).collect()
    }

    #[test]
    fn spellings_of_one_password_are_one_password() {
        assert_eq!(readings("caf\u{e9}"), ["caf\u{e9}"]);
        assert_eq!(readings("cafe\u{301}"), ["caf\u{e9}", "cafe\u{301}"]);
        assert_eq!(readings("虎\u{3000}符"), ["虎 符", "虎\u{3000}符"]);
        // U+2000 is U+2002 in NFC.
        assert_eq!(readings("a\u{2000}b")[0], "a b");
    }

    #[test]
    fn nothing_else_is_changed() {
        for text in [
            "",
            " a b ",
            "PassWord",
            "Ｐａｓｓ",
            "ß",
            "İıI",
            "ﬁ",
            "😀",
            "a\tb\0c",
        ] {
            assert_eq!(readings(text), [text]);
        }
    }

    #[test]
    fn what_is_too_long_is_not_even_looked_at() {
        assert!(Presented::read(&SecretString::from("x".repeat(LONGEST_PASSWORD_BYTES))).is_some());
        assert!(Presented::read(&SecretString::from("x".repeat(LONGEST_PASSWORD_BYTES + 1))).is_none());
        assert!(Presented::read(&SecretString::from("é".repeat(5_000_000))).is_none());
    }

    #[test]
    fn preparing_never_grows_what_it_is_written_to() {
        // The longest in NFC, for what it is in UTF-8.
        for c in ["\u{1d160}", "\u{fb2c}", "\u{344}", "\u{958}", "\u{2126}"] {
            let text = c.repeat(LONGEST_PASSWORD_BYTES / c.len());
            let presented = Presented::read(&SecretString::from(text.clone())).unwrap();
            assert_eq!(presented.prepared.capacity(), 3 * text.len(), "{c}");
        }
    }
}
