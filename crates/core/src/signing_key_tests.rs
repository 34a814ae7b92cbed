//! The life of keys, without a database.

use super::*;
use secrecy::SecretSlice;

fn at(seconds: i64) -> Instant {
    Instant::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn key(kid: &str, activates_at: i64, retires_at: Option<i64>) -> SigningKey {
    SigningKey {
        kid: KeyId::parse(kid).unwrap(),
        algorithm: SigningAlgorithm::Es256,
        pkcs8: SecretSlice::from(vec![]),
        created_at: at(0),
        activates_at: Some(at(activates_at)),
        retires_at: retires_at.map(at),
        rotates_at: None,
    }
}

#[test]
fn r63_a_new_key_is_published_longer_than_caches_hold_before_it_signs() {
    const { assert!(KEY_LEAD >= JWKS_MAX_AGE) };
    const { assert!(KEY_TAIL >= LONGEST_SIGNED_TTL) };
}

#[test]
fn a_key_that_waits_for_an_operator_is_published_however_long_it_takes() {
    let mut keys = [key("old", 0, None), key("new", 100, None)];
    keys[1].activates_at = None;
    let states = [0, 1].map(|i| state(&keys, &keys[i], at(1_000_000_000)));
    assert_eq!(states, [KeyState::Active, KeyState::Published]);
}

#[test]
fn the_newest_active_key_signs_and_its_elder_retires() {
    let keys = [key("old", 0, Some(1_000)), key("new", 100, None)];
    let states = |seconds| [0, 1].map(|i| state(&keys, &keys[i], at(seconds)));
    assert_eq!(states(99), [KeyState::Active, KeyState::Published]);
    assert_eq!(states(100), [KeyState::Retiring, KeyState::Active]);
    assert_eq!(states(1_000), [KeyState::Retired, KeyState::Active]);
    assert_eq!(
        active(&keys, SigningAlgorithm::Rs256, at(100)).map(|k| &k.kid),
        None
    );
}
