//! The connector as its callers see it.

use super::*;
use crate::encoded::tests::{IMPORTED, PASSWORD};
use hufu_core::password::SOLE_FACTOR_LENGTH;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// A different byte string for each draw.
struct Counter(AtomicU64);

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.fetch_add(1, Ordering::Relaxed);
        for byte in bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
    }
}

/// As cheap as the installation may make it.
fn cheap() -> Config {
    Config {
        memory_kib: 7_168,
        passes: 5,
        workers: 2,
        ..Config::default()
    }
}

fn passwords(config: &Config) -> Argon2Passwords {
    Argon2Passwords::new(config, Arc::new(Counter(AtomicU64::new(1)))).unwrap()
}

const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

async fn hashed(passwords: &Argon2Passwords, text: &str) -> PasswordHash {
    passwords.hash(TENANT, &secret(text)).await.unwrap()
}

/// Whether it matches, and what is to take the hash's place.
async fn verified(
    passwords: &Argon2Passwords,
    text: &str,
    hash: &PasswordHash,
) -> (bool, Option<PasswordHash>) {
    match passwords.verify(TENANT, &secret(text), Some(hash)).await.unwrap() {
        Verified::Match { rehash } => (true, rehash),
        Verified::Mismatch => (false, None),
    }
}

#[tokio::test]
async fn a_hash_is_of_its_password_and_of_no_other() {
    let passwords = passwords(&cheap());
    let long = "a".repeat(127);
    for text in [
        "",
        " ",
        "x",
        "Correct Horse",
        "correct horse",
        "correct horse ",
        "虎符🐯",
        "ß",
        "ss",
        "İ",
        "ı",
        "i",
        &long,
    ] {
        let hash = hashed(&passwords, text).await;
        assert!(hash.expose().starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
        let (is_match, rehash) = verified(&passwords, text, &hash).await;
        assert!(is_match && rehash.is_none(), "{text}");
        let mut others = vec![
            format!("{text}a"),
            format!("a{text}"),
            format!("{text}\0"),
            text.to_lowercase().replace('ß', "ss"),
        ];
        others.retain(|other| other != text);
        let mut shorter = text.to_owned();
        others.extend(shorter.pop().map(|_| shorter));
        for other in others {
            assert!(!verified(&passwords, &other, &hash).await.0, "{text} {other}");
        }
    }
}

#[tokio::test]
async fn two_hashes_of_one_password_have_two_salts() {
    let passwords = passwords(&cheap());
    let (one, two) = (
        hashed(&passwords, PASSWORD).await,
        hashed(&passwords, PASSWORD).await,
    );
    assert_ne!(one.expose(), two.expose());
}

#[tokio::test]
async fn a_password_is_the_same_from_every_keyboard() {
    let passwords = passwords(&cheap());
    let hash = hashed(&passwords, "cafe\u{301}\u{3000}latte").await;
    for same in ["café latte", "cafe\u{301} latte", "café\u{a0}latte"] {
        assert!(verified(&passwords, same, &hash).await.0, "{same}");
    }
    for other in ["cafe latte", "CAFÉ LATTE", "ｃafé latte", "café  latte"] {
        assert!(!verified(&passwords, other, &hash).await.0, "{other}");
    }
}

#[tokio::test]
async fn an_unknown_user_costs_what_a_wrong_password_does_and_never_matches() {
    for config in [Config::default(), cheap()] {
        let passwords = passwords(&config);
        let dummy = Encoded::read(passwords.dummy.expose()).unwrap();
        assert!(
            passwords.maker.made(&dummy),
            "the same work as for a hash of ours"
        );
        let made = hashed(&passwords, PASSWORD).await;
        let made = Encoded::read(made.expose()).unwrap();
        assert_eq!(made.algorithm, dummy.algorithm);
        assert_eq!(
            (made.salt.len(), made.tag.len()),
            (dummy.salt.len(), dummy.tag.len())
        );
    }
    // Even if somebody knew a password of the dummy.
    let mut passwords = passwords(&cheap());
    passwords.dummy = hashed(&passwords, PASSWORD).await;
    let verified = passwords.verify(TENANT, &secret(PASSWORD), None).await;
    assert!(matches!(verified, Ok(Verified::Mismatch)));
}

#[tokio::test]
async fn a_hash_of_other_parameters_is_replaced_when_its_password_comes() {
    let (old, new) = (passwords(&cheap()), passwords(&Config::default()));
    let hash = hashed(&old, PASSWORD).await;
    assert!(verified(&new, "wrong", &hash).await.1.is_none());
    let (is_match, rehash) = verified(&new, PASSWORD, &hash).await;
    let rehash = rehash.unwrap();
    assert!(is_match && rehash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let (is_match, again) = verified(&new, PASSWORD, &rehash).await;
    assert!(is_match && again.is_none());
}

#[tokio::test]
async fn an_imported_hash_is_verified_once_and_replaced() {
    let passwords = passwords(&cheap());
    for text in IMPORTED {
        let hash = passwords.check_import(text).unwrap();
        assert!(!verified(&passwords, "wrong", &hash).await.0, "{text}");
        let (is_match, rehash) = verified(&passwords, PASSWORD, &hash).await;
        assert!(is_match, "{text}");
        let (is_match, again) = verified(&passwords, PASSWORD, &rehash.unwrap()).await;
        assert!(is_match && again.is_none(), "{text}");
    }
}

/// Made by Python's bcrypt 5.0.0.
#[tokio::test]
async fn other_products_took_the_password_as_they_got_it() {
    let passwords = passwords(&cheap());
    let import = |text| passwords.check_import(text).unwrap();

    // Of `cafe\u{301} latte`: not normalized.
    let hash = import("$2b$08$zmWmTZgO4/YebijxmiCtOux1PV4Gl2osoL4mRLb9PjdfrB9Bf5oKm");
    assert!(!verified(&passwords, "café latte", &hash).await.0);
    let (is_match, rehash) = verified(&passwords, "cafe\u{301} latte", &hash).await;
    assert!(is_match);
    assert!(verified(&passwords, "café latte", &rehash.unwrap()).await.0);

    // Of 80 times x, of which bcrypt saw 72. What it did not see is not put into a new hash.
    let hash = import("$2b$08$7x1Eb1yFZmDsdkZ4rXig2ej5Xi/FkelpRpINPj7yOgeKGXFLvzIZG");
    for (length, is_match, is_replaced) in [(80, true, false), (72, true, true), (71, false, false)] {
        let (matches, rehash) = verified(&passwords, &"x".repeat(length), &hash).await;
        assert_eq!((matches, rehash.is_some()), (is_match, is_replaced), "{length}");
    }
}

#[tokio::test]
async fn ten_megabytes_are_refused_before_any_work() {
    let passwords = passwords(&cheap());
    let hash = hashed(&passwords, PASSWORD).await;
    let huge = secret(&"x".repeat(10_000_000));
    let over = secret(&"x".repeat(1_025));
    for long in [&huge, &over] {
        // Looking at each byte would be seen.
        for _ in 0..2_000 {
            let verified = passwords.verify(TENANT, long, Some(&hash)).await;
            assert!(matches!(verified, Ok(Verified::Mismatch)));
        }
        let verified = passwords.verify(TENANT, long, None).await;
        assert!(matches!(verified, Ok(Verified::Mismatch)));
        assert_eq!(
            passwords.hash(TENANT, long).await.err(),
            Some(PasswordError::TooLong)
        );
        let refused = passwords.check_new(&PasswordPolicy::default(), long, None);
        assert_eq!(refused, Err(PasswordRefused::TooLong));
    }
}

#[tokio::test]
async fn a_stored_hash_that_cannot_be_read_is_an_error_that_does_not_show_it() {
    let passwords = passwords(&cheap());
    for text in [
        "secret-junk",
        "$2b$31$GpMKYv16ohFmS3ppyPJ.7eRW/AItu5k3ARO.9/CIQA6Q2Y8A4KFJK",
    ] {
        let hash = PasswordHash::from_stored(text.to_owned());
        let error = passwords.verify(TENANT, &secret(PASSWORD), Some(&hash)).await;
        let error = error.unwrap_err();
        assert_eq!(error, PasswordError::Unreadable);
        let refused = passwords.check_import(text).unwrap_err();
        let said = format!("{error} {error:?} {refused} {hash:?}");
        assert!(!said.contains("junk") && !said.contains("GpMK"), "{said}");
    }
}

#[test]
fn a_new_password_is_judged_as_it_would_be_hashed() {
    let passwords = passwords(&cheap());
    let policy = PasswordPolicy::default();
    let check = |text: &str| passwords.check_new(&policy, &secret(text), None);
    // Fifteen code points as typed; fourteen in NFC.
    let min_length = SOLE_FACTOR_LENGTH;
    assert_eq!(
        check("qxzvkwe\u{301}mtrbplh"),
        Err(PasswordRefused::TooShort { min_length })
    );
    assert_eq!(check("qxzvkwe\u{301}mtrbplhd"), Ok(()));
    assert_eq!(check("passwordpassword"), Err(PasswordRefused::Common));
}

#[test]
fn a_config_out_of_bounds_starts_nothing() {
    let config = Config {
        passes: 0,
        ..Config::default()
    };
    let random = Arc::new(Counter(AtomicU64::new(1)));
    assert_eq!(
        Argon2Passwords::new(&config, random).err(),
        Some(UnusableConfig::Passes)
    );
}
