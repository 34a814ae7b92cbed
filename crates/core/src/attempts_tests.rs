//! How failures add up.

use super::*;

fn at(seconds: i64) -> Instant {
    chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
}

fn keys() -> Vec<AttemptKey> {
    let name = Username::parse("li.ming").unwrap();
    AttemptKey::of_try(&name, Some("203.0.113.9".parse().unwrap()))
}

fn failures(key: AttemptKey, count: u32, last_at: i64) -> Failures {
    Failures {
        key,
        count,
        since: at(0),
        last_at: at(last_at),
    }
}

fn wait_after(key: AttemptKey, count: u32) -> Option<u32> {
    wait(&[failures(key, count, 0)], AttemptLimits::default(), at(0))
}

#[test]
fn r42_the_delay_of_an_account_grows_and_ends_at_one_try_a_day() {
    let account = keys()[0];
    assert_eq!(wait_after(account, FREE - 1), None);
    assert_eq!(wait_after(account, 5), Some(1));
    assert_eq!(wait_after(account, 6), Some(2));
    assert_eq!(wait_after(account, 14), Some(512));
    assert_eq!(wait_after(account, 15), Some(900));
    assert_eq!(wait_after(account, 99), Some(900));
    assert_eq!(wait_after(account, MOST), Some(86_400));
    assert_eq!(wait_after(account, u32::MAX), Some(86_400));
}

#[test]
fn r42_an_address_and_a_tenant_have_their_own_limits() {
    let [_, address, tenant] = keys()[..] else {
        panic!("three keys")
    };
    assert_eq!(wait_after(address, 99), None);
    assert_eq!(wait_after(address, 100), Some(3_600));
    assert_eq!(wait_after(tenant, 9_999), None);
    assert_eq!(wait_after(tenant, 10_000), Some(3_600));
}

#[test]
fn failures_of_an_hour_ago_are_counted_anew() {
    let address = keys()[1];
    let old = failures(address, 100, 10);
    assert!(wait(&[old], AttemptLimits::default(), at(3_599)).is_some());
    assert!(wait(&[old], AttemptLimits::default(), at(3_600)).is_none());
    assert_eq!(old.and_one(at(3_600)).count, 1);
    assert_eq!(old.and_one(at(3_599)).count, 101);
}

#[test]
fn the_longest_wait_counts() {
    let [account, address, _] = keys()[..] else {
        panic!("three keys")
    };
    let both = [failures(account, 6, 0), failures(address, 100, 0)];
    assert_eq!(wait(&both, AttemptLimits::default(), at(0)), Some(3_600));
}

#[test]
fn one_person_is_counted_alike_however_they_spell_their_name() {
    let spelled = |text| AttemptKey::of_try(&Username::parse(text).unwrap(), None)[0];
    assert_eq!(spelled("LI.MING"), spelled("li.ming"));
    assert_ne!(spelled("li.ming"), spelled("li.mint"));
}

#[test]
fn rfc8628_5_1_ten_wrong_user_codes_in_an_hour_are_too_many() {
    let user = UserId::from_uuid(uuid::Uuid::from_u128(1));
    let [person, address, tenant] = AttemptKey::of_user_code(user, Some("203.0.113.9".parse().unwrap()))[..]
    else {
        panic!("three keys")
    };
    assert_eq!(wait_after(person, 9), None);
    assert_eq!(wait_after(person, 10), Some(3_600));
    assert_eq!(wait_after(address, 99), None);
    assert_eq!(wait_after(address, 100), Some(3_600));
    assert_eq!(wait_after(tenant, 9_999), None);
    assert_eq!(wait_after(tenant, 10_000), Some(3_600));
    // They are nothing to those of passwords, and nobody slips through whose address is not known.
    assert!(!keys().contains(&address) && !keys().contains(&tenant));
    assert_eq!(AttemptKey::of_user_code(user, None).len(), 3);
}
