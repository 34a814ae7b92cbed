//! Where everything that looks random comes from: an HMAC keyed with the seed.
//!
//! Lasting things (openids, unionids, default secrets) depend on nothing but the seed and their names. Passing things
//! (codes, session keys, tokens) also depend on when the simulator started, so that a restart with the same seed never
//! hands out a code for the second time.

use std::fmt;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::crypt::hex;

/// The one input of everything that looks random. Two simulators with equal seeds know the same people.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(Vec<u8>);

impl From<&str> for Seed {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for Seed {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&[u8]> for Seed {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Seed {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// Letters and digits, as in login codes.
const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Draws everything from a seed. Stateless: what must differ each time is told apart by a serial number.
#[derive(Clone)]
pub(crate) struct Lots {
    mac: Hmac<Sha256>,
    boot: [u8; 16],
}

impl Lots {
    pub(crate) fn new(seed: &Seed, boot_mark: u128) -> Self {
        let mac = Hmac::new_from_slice(&seed.0).expect("HMAC takes a key of any length");
        Self {
            mac,
            boot: boot_mark.to_be_bytes(),
        }
    }

    /// 28 characters; the first six are the same for all users of an app.
    pub(crate) fn openid(&self, appid: &str, user: &str) -> String {
        self.person("openid", appid, user)
    }

    /// 28 characters; the first six are the same for all users of an open-platform account.
    pub(crate) fn unionid(&self, open_account: &str, user: &str) -> String {
        self.person("unionid", open_account, user)
    }

    /// 32 hex digits; generation 0 is the secret that an app is born with.
    pub(crate) fn app_secret(&self, appid: &str, generation: u32) -> String {
        hex(&self.draw("app-secret", &[appid.as_bytes(), &generation.to_be_bytes()])[..16])
    }

    /// A mobile number of mainland China, in E.164.
    pub(crate) fn phone(&self, user: &str) -> String {
        let drawn = self.draw("phone", &[user.as_bytes()]);
        let mut phone = String::from("+861");
        phone.push(char::from(b'3' + drawn[0] % 7));
        phone.extend(drawn[1..10].iter().map(|byte| char::from(b'0' + byte % 10)));
        phone
    }

    /// What an account at an SMS vendor signs with.
    pub(crate) fn sms_secret(&self, vendor: &str, id: &str) -> [u8; 16] {
        let drawn = self.draw("sms-secret", &[vendor.as_bytes(), id.as_bytes()]);
        std::array::from_fn(|at| drawn[at])
    }

    /// The name under which an app receives messages: `gh_` and 12 hex digits.
    pub(crate) fn message_name(&self, appid: &str) -> String {
        format!(
            "gh_{}",
            &hex(&self.draw("message-name", &[appid.as_bytes()])[..6])
        )
    }

    /// The openid of WeChat's own account that sends an app its events.
    pub(crate) fn event_sender(&self, appid: &str) -> String {
        self.person("event-sender", appid, "")
    }

    /// The key of this number of a user in an app, and its initial vector, a text of 16 hex digits.
    pub(crate) fn encrypt_key(&self, appid: &str, user: &str, version: i64) -> (String, String) {
        let parts = [appid.as_bytes(), user.as_bytes(), &version.to_be_bytes()];
        let drawn = self.draw("encrypt-key", &parts);
        (BASE64_STANDARD.encode(&drawn[..16]), hex(&drawn[16..24]))
    }

    /// 32 letters and digits, the first of them `0`.
    pub(crate) fn login_code(&self, serial: u64) -> [u8; 32] {
        let mut code: [u8; 32] = self.bytes("login-code", serial);
        for byte in &mut code {
            *byte = ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()];
        }
        code[0] = b'0';
        code
    }

    /// 64 hex digits.
    pub(crate) fn phone_code(&self, serial: u64) -> String {
        hex(&self.bytes::<32>("phone-code", serial))
    }

    /// 16 bytes in base64: 24 characters.
    pub(crate) fn session_key(&self, appid: &str, user: &str, generation: u32) -> String {
        let parts = [
            self.boot.as_slice(),
            appid.as_bytes(),
            user.as_bytes(),
            &generation.to_be_bytes(),
        ];
        BASE64_STANDARD.encode(&self.draw("session-key", &parts)[..16])
    }

    /// 136 characters, such as `57_…`.
    pub(crate) fn access_token(&self, serial: u64) -> String {
        let mut bytes = Vec::with_capacity(5 * 32);
        for block in 0..5_u8 {
            bytes.extend(self.draw("access-token", &[&self.boot, &serial.to_be_bytes(), &[block]]));
        }
        let text = BASE64_URL_SAFE_NO_PAD.encode(&bytes);
        format!("{}_{}", 10 + bytes[0] % 90, &text[..133])
    }

    /// The last two groups of a request id, and the hint that some errors carry beside it: 16 characters.
    pub(crate) fn request_id(&self, serial: u64) -> ((u32, u32), String) {
        let drawn: [u8; 32] = self.bytes("request-id", serial);
        let word = |at: usize| u32::from_be_bytes([drawn[at], drawn[at + 1], drawn[at + 2], drawn[at + 3]]);
        ((word(0), word(4)), BASE64_URL_SAFE_NO_PAD.encode(&drawn[8..20]))
    }

    /// So many bytes, 32 at most, that are never drawn a second time for this purpose.
    pub(crate) fn bytes<const N: usize>(&self, purpose: &str, serial: u64) -> [u8; N] {
        let drawn = self.draw(purpose, &[&self.boot, &serial.to_be_bytes()]);
        std::array::from_fn(|at| drawn[at % drawn.len()])
    }

    /// A number in `0..bound`, or 0 where the bound is 0.
    pub(crate) fn number(&self, purpose: &str, serial: u64, bound: u64) -> u64 {
        self.word(purpose, serial).checked_rem(bound).unwrap_or(0)
    }

    /// True with this probability.
    pub(crate) fn chance(&self, purpose: &str, serial: u64, probability: f64) -> bool {
        // 32 of the 64 bits: an f64 holds them exactly.
        let [a, b, c, d, ..] = self.word(purpose, serial).to_be_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) < probability * f64::from(u32::MAX)
    }

    fn word(&self, purpose: &str, serial: u64) -> u64 {
        let drawn = self.draw(purpose, &[&serial.to_be_bytes()]);
        drawn[..8]
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte))
    }

    fn person(&self, kind: &str, scope: &str, user: &str) -> String {
        let prefix = self.draw(kind, &[scope.as_bytes()]);
        let own = self.draw(kind, &[scope.as_bytes(), user.as_bytes()]);
        let mut id = String::with_capacity(28);
        id.push('o');
        id.push_str(&BASE64_URL_SAFE_NO_PAD.encode(prefix)[..5]);
        id.push_str(&BASE64_URL_SAFE_NO_PAD.encode(own)[..22]);
        id
    }

    /// Each part is preceded by its length, so that no two lists of parts read the same.
    fn draw(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lasting_things_need_only_the_seed_and_passing_things_differ_after_a_restart() {
        let (first, second) = (Lots::new(&Seed::from("s"), 1), Lots::new(&Seed::from("s"), 2));
        assert_eq!(first.openid("wx1", "alice"), second.openid("wx1", "alice"));
        assert_eq!(first.unionid("op", "alice"), second.unionid("op", "alice"));
        assert_eq!(first.app_secret("wx1", 0), second.app_secret("wx1", 0));
        assert_ne!(first.login_code(1), second.login_code(1));
        assert_ne!(first.access_token(1), second.access_token(1));
        assert_ne!(
            Lots::new(&Seed::from("t"), 1).openid("wx1", "alice"),
            first.openid("wx1", "alice")
        );
    }

    #[test]
    fn neighbouring_names_do_not_run_together() {
        let lots = Lots::new(&Seed::from("s"), 1);
        assert_ne!(lots.openid("wxa", "bc"), lots.openid("wxab", "c"));
    }

    #[test]
    fn chance_follows_its_probability() {
        let lots = Lots::new(&Seed::from("s"), 1);
        let hits = (0..10_000)
            .filter(|serial| lots.chance("test", *serial, 0.3))
            .count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!((0..100).all(|serial| lots.chance("test", serial, 1.0)));
        assert!(!(0..100).any(|serial| lots.chance("test", serial, 0.0)));
    }
}
