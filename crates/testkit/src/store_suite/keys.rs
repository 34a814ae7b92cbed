//! Signing keys: created, succeeded, removed.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once, count},
};
use crate::builders::kid;
use hufu_core::{
    Instant,
    change::{Change, Changed},
    event::EventKind,
    settings::KeySettings,
    signing_key::{KEY_LEAD, KEY_TAIL, SigningAlgorithm, SigningKey, rotation::Activation},
    store::Store,
    time,
};
use secrecy::{ExposeSecret, SecretSlice};
use std::sync::Arc;

/// Secrets have no equality of their own.
fn shown(key: &SigningKey) -> String {
    format!("{key:?} {:?}", key.pkcs8.expose_secret())
}

async fn keys(home: &Home, now: Instant) -> Vec<SigningKey> {
    let outside = home.rows.signing_keys(now).await.unwrap();
    let inside = home.write(now, |unit, now| unit.keys(*now)).await.unwrap();
    let shown = |keys: &[SigningKey]| keys.iter().map(shown).collect::<Vec<_>>();
    assert_eq!(shown(&outside), shown(&inside));
    outside
}

async fn kids(home: &Home, now: Instant) -> Vec<String> {
    keys(home, now)
        .await
        .iter()
        .map(|key| key.kid.to_string())
        .collect()
}

fn create(key: SigningKey) -> Change {
    Change::CreateKey {
        key,
        activation: Activation::AfterLead,
    }
}

/// Publishes a successor, and gives it with the end of its elders.
async fn succeed(home: &Home, kid: &str) -> (SigningKey, Instant) {
    let made = home.mint().signing_key(kid);
    assert_eq!(home.change(create(made.clone())).await, Changed::Created);
    let activates_at = time::after(home.now(), KEY_LEAD);
    let key = SigningKey {
        activates_at: Some(activates_at),
        rotates_at: Some(time::after(activates_at, KeySettings::default().rotation_period)),
        ..made
    };
    (key, time::after(activates_at, KEY_TAIL))
}

async fn ends(home: &Home) -> Vec<(String, Option<Instant>)> {
    keys(home, home.now())
        .await
        .into_iter()
        .map(|key| (key.kid.to_string(), key.retires_at))
        .collect()
}

pub async fn keys_come_back_as_they_were_created_oldest_first(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let tenant = bench.mint.tenant("tea");
    let first = SigningKey {
        algorithm: SigningAlgorithm::Rs256,
        pkcs8: SecretSlice::from((0..=255).cycle().take(1_218).collect::<Vec<u8>>()),
        ..bench.mint.signing_key("z_first-1")
    };
    bench.mint.later(1);
    let second = SigningKey {
        activates_at: Some(time::after(bench.mint.now(), 600)),
        retires_at: Some(time::after(bench.mint.now(), 6_000)),
        rotates_at: Some(time::after(bench.mint.now(), 60_000)),
        ..bench.mint.signing_key("a-second")
    };
    let event = bench.mint.event(EventKind::TenantCreated, "tea");
    let both = [second.clone(), first.clone()];
    assert_eq!(bench.store.create_tenant(&tenant, &both, &event).await, Ok(true));
    let home = bench.home(tenant);
    let found: Vec<_> = keys(&home, home.now()).await.iter().map(shown).collect();
    assert_eq!(found, [shown(&first), shown(&second)]);
}

pub async fn a_new_key_gives_its_elders_an_end(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(10);
    let (second, first_end) = succeed(&home, "second").await;
    home.assert_recorded(EventKind::KeyCreated, "second").await;
    let found = keys(&home, home.now()).await;
    let found = found.iter().find(|key| key.kid == second.kid).unwrap();
    assert_eq!(shown(found), shown(&second));

    bench.mint.later(KEY_LEAD);
    let (_, second_end) = succeed(&home, "third").await;
    let mut ends = ends(&home).await;
    ends.sort();
    let expected = [
        ("first-es256", Some(first_end)),
        ("first-rs256", None),
        ("second", Some(second_end)),
        ("third", None),
    ];
    assert_eq!(ends, expected.map(|(kid, end)| (kid.to_owned(), end)));
}

pub async fn a_key_is_there_until_the_instant_of_its_end(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    let (_, end) = succeed(&home, "second").await;
    let before = end - chrono::TimeDelta::milliseconds(1);
    let has_first = |kids: Vec<String>| kids.contains(&"first-es256".to_owned());
    assert!(has_first(kids(&home, before).await));
    assert!(!has_first(kids(&home, end).await));
    assert_eq!(kids(&home, end).await, ["first-rs256", "second"]);
}

pub async fn a_key_that_does_not_sign_can_be_removed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    succeed(&home, "successor").await;
    bench.mint.later(KEY_LEAD);
    let retiring = Change::DeleteKey(kid("first-es256"));
    assert_eq!(home.change(retiring.clone()).await, Changed::Updated);
    home.assert_recorded(EventKind::KeyDeleted, "first-es256").await;
    assert_eq!(kids(&home, home.now()).await, ["first-rs256", "successor"]);
    home.assert_nothing_changes(retiring, Changed::Missing).await;
}

pub async fn a_key_that_signs_or_will_sign_cannot_be_removed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    succeed(&home, "successor").await;
    for used in ["first-es256", "first-rs256", "successor"] {
        home.assert_nothing_changes(Change::DeleteKey(kid(used)), Changed::InUse)
            .await;
    }
    home.assert_nothing_changes(Change::DeleteKey(kid("unknown")), Changed::Missing)
        .await;
    assert_eq!(kids(&home, home.now()).await.len(), 3);
}

pub async fn one_successor_waits_at_a_time(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    succeed(&home, "second").await;
    bench.mint.later(1);
    let before = ends(&home).await;
    let third = create(home.mint().signing_key("third"));
    home.assert_nothing_changes(third, Changed::Waiting).await;
    assert_eq!(ends(&home).await, before);
    bench.mint.later(KEY_LEAD);
    succeed(&home, "third").await;
}

pub async fn a_kid_is_used_once(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    let before: Vec<_> = keys(&home, home.now()).await.iter().map(shown).collect();
    let refused = home
        .try_change(create(bench.mint.signing_key("first-es256")))
        .await;
    assert!(refused.is_err(), "{refused:?}");
    let after: Vec<_> = keys(&home, home.now()).await.iter().map(shown).collect();
    assert_eq!(after, before);
    assert!(home.events_of(EventKind::KeyCreated).await.is_empty());
}

pub async fn one_tenants_keys_are_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    // Both have keys of equal ids.
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let before: Vec<_> = keys(&ours, ours.now()).await.iter().map(shown).collect();
    assert_ne!(shown(&keys(&theirs, theirs.now()).await[0]), before[0]);
    bench.mint.later(1);
    succeed(&theirs, "second").await;
    bench.mint.later(KEY_LEAD);
    theirs.change(Change::DeleteKey(kid("first-es256"))).await;
    let after: Vec<_> = keys(&ours, ours.now()).await.iter().map(shown).collect();
    assert_eq!(after, before);
    ours.assert_nothing_changes(Change::DeleteKey(kid("second")), Changed::Missing)
        .await;
    assert!(kids(&theirs, theirs.now()).await.contains(&"second".to_owned()));
    let deleted = ours
        .write((kid("second"), bench.mint.now()), |unit, (kid, now)| {
            unit.delete_key(kid, *now)
        })
        .await;
    assert_eq!(deleted, Ok(false));
}

pub async fn of_100_parallel_successors_one_is_made(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move {
            let made = home.mint().signing_key(&format!("key-{i}"));
            home.change(create(made)).await
        }
    })
    .await;
    assert_eq!(count(&outputs, &Changed::Created), 1);
    assert_eq!(count(&outputs, &Changed::Waiting), MANY - 1);
    let ends: Vec<_> = ends(&home).await.into_iter().map(|(_, end)| end).collect();
    assert_eq!(ends.len(), 3);
    assert_eq!(count(&ends, &None), 2, "one of each algorithm");
}
