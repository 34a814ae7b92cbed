//! User codes (RFC 8628 §6.1): short enough to be typed with a remote control, of letters that make no words.
//!
//! 20^8 codes are 34 bits. That is enough beside a life of ten minutes and the limits of
//! [`attempts`](crate::attempts) on guesses (RFC 8628 §5.1).

use crate::{
    Random,
    id::{SessionId, TenantId},
    random,
    sms::challenge::Pepper,
    token::SecretHash,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::fmt;

/// The letters: no vowels, so that no code is a word, and nothing that is read as a digit.
pub const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters a code has.
pub const LENGTH: usize = 8;

/// A user code. Shown as two groups of four letters.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// A new one; each is as likely as any other.
    pub fn generate(random: &dyn Random) -> Self {
        // The largest multiple of 20 in a byte: what lies above would make some letters likelier.
        const FAIR: u8 = 240;
        let mut code = [0; LENGTH];
        let mut filled = 0;
        while filled < LENGTH {
            for byte in random::bytes::<16>(random) {
                if byte < FAIR && filled < LENGTH {
                    code[filled] = ALPHABET[usize::from(byte) % ALPHABET.len()];
                    filled += 1;
                }
            }
        }
        Self(code)
    }

    /// Reads what a person typed: in upper or lower case, with whatever they put between the letters. `None` for what cannot be a
    /// code.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut letters = typed.chars().filter(|letter| letter.is_alphanumeric());
        let mut code = [0; LENGTH];
        for place in &mut code {
            let letter = u8::try_from(letters.next()?).ok()?.to_ascii_uppercase();
            *place = ALPHABET.contains(&letter).then_some(letter)?;
        }
        letters.next().is_none().then_some(Self(code))
    }

    /// What is kept of it. There are few codes, so whoever reads the rows must not be able to try them all: the pepper is kept
    /// elsewhere. No code is good at another tenant.
    pub fn hash(&self, tenant: TenantId, pepper: &Pepper) -> SecretHash {
        let mac = pepper.mac(&[b"hufu user code 1", tenant.uuid().as_bytes(), &self.0]);
        SecretHash::of(&mac)
    }

    /// What shows that the code was sent in this session, and was counted: only this server can make it, so nobody can look for
    /// codes without sending them.
    pub fn proof(&self, tenant: TenantId, session: SessionId, pepper: &Pepper) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(pepper.mac(&[
            b"hufu user code entered 1",
            tenant.uuid().as_bytes(),
            session.uuid().as_bytes(),
            &self.0,
        ]))
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.iter().enumerate() {
            if place == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};
    use uuid::Uuid;

    /// Every byte in turn.
    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    #[test]
    fn rfc8628_6_1_a_code_is_8_consonants_in_two_groups() {
        let code = UserCode::generate(&Counting(0.into())).to_string();
        assert_eq!(code, "BCDF-GHJK");
        // 240 to 255 are left out: letters would else not be alike.
        assert_eq!(UserCode::generate(&Counting(236.into())).to_string(), "VWXZ-BCDF");
        assert_eq!(ALPHABET.len(), 20);
    }

    #[test]
    fn rfc8628_5_1_only_who_has_the_pepper_can_say_that_a_code_was_sent() {
        let (tenant, session) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let proof = |code: &str, tenant, session, pepper| {
            let code = UserCode::parse(code).unwrap();
            let pepper = Pepper::new([pepper; 32]);
            code.proof(
                TenantId::from_uuid(tenant),
                SessionId::from_uuid(session),
                &pepper,
            )
        };
        let right = proof("WDJB-MJHT", tenant, session, 1);
        assert_eq!(proof("wdjbmjht", tenant, session, 1), right);
        for other in [
            proof("WDJB-MJHV", tenant, session, 1),
            proof("WDJB-MJHT", session, session, 1),
            proof("WDJB-MJHT", tenant, tenant, 1),
            proof("WDJB-MJHT", tenant, session, 2),
        ] {
            assert_ne!(other, right);
        }
    }

    #[test]
    fn rfc8628_6_1_case_and_separators_do_not_matter() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        for typed in ["WDJBMJHT", "wdjb-mjht", " Wdjb mJhT ", "wd.jb_mj·ht", "ＷＤ"] {
            let expected = (typed != "ＷＤ").then(|| code.clone());
            assert_eq!(UserCode::parse(typed), expected, "{typed}");
        }
        for bad in [
            "",
            "-",
            "WDJB-MJH",
            "WDJB-MJHTT",
            "WDJB-MJHA",
            "WDJB-MJH1",
            "ＷDJB-MJHT",
        ] {
            assert_eq!(UserCode::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_kept_of_a_code_is_another_for_each_tenant_and_pepper() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        let tenant = |number| TenantId::from_uuid(Uuid::from_u128(number));
        let kept = code.hash(tenant(1), &Pepper::new([1; 32]));
        assert_eq!(kept, code.hash(tenant(1), &Pepper::new([1; 32])));
        assert_ne!(kept, code.hash(tenant(2), &Pepper::new([1; 32])));
        assert_ne!(kept, code.hash(tenant(1), &Pepper::new([2; 32])));
        assert_eq!(format!("{code:?}"), "UserCode(..)");
    }
}
