//! Failures to sign in by password, as they are counted.

use super::{
    accounts::{account, comes_by, house},
    bench::Home,
    parallel::{MANY, at_once, count},
};
use crate::builders::{CALLER, by_new_account, by_password, client_id, password, username};
use hufu_core::{
    attempts::{AttemptKey, AttemptKind, AttemptLimits, FREE, Failures},
    id::UserId,
    login::PasswordFailed,
    reason::Reason,
    store::{Store, write},
};
use std::{net::IpAddr, sync::Arc};

fn keys(name: &str, ip: Option<IpAddr>) -> Vec<AttemptKey> {
    AttemptKey::of_try(&username(name), ip)
}

async fn put(home: &Home, failures: Failures) {
    home.write(failures, |unit, failures| unit.put_failures(failures))
        .await
        .unwrap();
}

/// What is counted under the keys.
async fn counted(home: &Home, keys: &[AttemptKey]) -> Vec<Failures> {
    let (_, mut read) = home.rows.account(&username("any"), keys).await.unwrap();
    let mut inside = home
        .write(keys.to_vec(), |unit, keys| unit.failures(keys))
        .await
        .unwrap();
    read.sort_by_key(|failures| failures.key);
    inside.sort_by_key(|failures| failures.key);
    assert_eq!(read, inside);
    read
}

/// Somebody fails to sign in, and is told why.
async fn fails(home: &Home, name: &str, ip: Option<IpAddr>, user: Option<UserId>) -> Reason {
    let act = PasswordFailed::wrong(
        &username(name),
        user,
        AttemptLimits::default(),
        client_id("shop"),
        (ip, home.now()),
        &home.mint().random,
    );
    write(home.rows.as_ref(), act).await.unwrap().reason
}

pub async fn failures_come_back_as_they_were_counted_until_they_are_forgotten(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let keys = keys("ming", Some(CALLER));
    assert_eq!(counted(&home, &keys).await, []);
    assert_eq!(counted(&home, &[]).await, []);
    let mut expected = vec![];
    for (key, n) in keys.iter().zip(1..) {
        let mut failures = Failures::first(*key, home.now());
        for _ in 0..n {
            home.mint().later(1);
            failures = failures.and_one(home.now());
        }
        put(&home, failures).await;
        expected.push(failures);
    }
    expected.sort_by_key(|failures| failures.key);
    assert_eq!(counted(&home, &keys).await, expected);
    assert_eq!(counted(&home, &keys[1..]).await, expected[1..]);
    let more = expected[0].and_one(home.mint().later(1));
    put(&home, more).await;
    assert_eq!(counted(&home, &keys[..1]).await, [more]);
    home.write(keys[0], |unit, key| unit.forget_failures(key))
        .await
        .unwrap();
    assert_eq!(counted(&home, &keys).await, expected[1..]);
}

pub async fn of_100_parallel_failures_each_is_counted(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let key = keys("ming", None)[0];
    home.warm_up().await;
    at_once(MANY, |_| {
        let home = home.clone();
        async move {
            home.write((key, home.now()), |unit, (key, now)| {
                Box::pin(async move {
                    let failures = match unit.failures(&[*key]).await?.pop() {
                        Some(failures) => failures.and_one(*now),
                        None => Failures::first(*key, *now),
                    };
                    unit.put_failures(&failures).await
                })
            })
            .await
            .unwrap();
        }
    })
    .await;
    let found = counted(&home, &[key]).await;
    assert_eq!(found[0].count, 100);
}

pub async fn of_100_guesses_at_once_as_many_count_as_are_free(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        // From an address each: that is no way around.
        let ip = IpAddr::from([203, 0, 113, u8::try_from(i).unwrap()]);
        async move { fails(&home, "ming", Some(ip), None).await }
    })
    .await;
    let free = usize::try_from(FREE).unwrap();
    assert_eq!(count(&outputs, &Reason::PasswordWrong), free);
    assert_eq!(count(&outputs, &Reason::PasswordThrottled), MANY - free);
    for failures in counted(&home, &keys("ming", None)).await {
        assert_eq!(failures.count, FREE, "{:?}", failures.key.kind);
    }
}

pub async fn a_success_in_time_forgets_the_accounts_failures_alone(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let login = comes_by(&home, &client, by_new_account("ming", &password("one"))).await;
    let right = by_password(&account(&home, "ming").await.unwrap());
    for _ in 0..4 {
        let told = fails(&home, "ming", Some(CALLER), Some(login.user)).await;
        assert_eq!(told, Reason::PasswordWrong);
    }
    comes_by(&home, &client, right.clone()).await;
    let kinds: Vec<_> = counted(&home, &keys("ming", Some(CALLER)))
        .await
        .into_iter()
        .map(|failures| (failures.key.kind, failures.count))
        .collect();
    assert_eq!(kinds, [(AttemptKind::Address, 4), (AttemptKind::Tenant, 4)]);
    for _ in 0..5 {
        fails(&home, "ming", Some(CALLER), Some(login.user)).await;
    }
    // Too early, the right one is told what a wrong one is.
    let request = home.mint().sign_in_with(right, &client);
    assert_eq!(home.ask(request).await, Err(Reason::PasswordThrottled));
    assert_eq!(fails(&home, "ming", None, None).await, Reason::PasswordThrottled);
}

pub async fn one_tenants_failures_are_not_anothers(store: Arc<dyn Store>) {
    let (ours, _) = house(store, "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    for _ in 0..3 {
        fails(&ours, "ming", Some(CALLER), None).await;
    }
    let keys = keys("ming", Some(CALLER));
    let before = counted(&ours, &keys).await;
    assert_eq!(before.len(), 3);
    assert_eq!(counted(&theirs, &keys).await, []);
    for key in &keys {
        theirs
            .write(*key, |unit, key| unit.forget_failures(key))
            .await
            .unwrap();
        put(&theirs, Failures::first(*key, theirs.now())).await;
    }
    assert_eq!(counted(&ours, &keys).await, before);
}
