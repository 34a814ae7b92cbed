//! Signing keys that are told to sign, that come with a client, and that are succeeded by themselves.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once, count},
};
use crate::builders::kid;
use hufu_core::{
    Instant,
    change::{Change, Changed},
    client::Client,
    event::{Actor, EventKind},
    settings::{KeySettings, Settings},
    signing_key::{
        KEY_LEAD, KEY_TAIL, KeyState, SigningAlgorithm, SigningKey,
        rotation::{Activation, DueKey, Rotate},
        state,
    },
    store::{Audit, Store, write},
    tenant::Tenant,
    time,
};
use std::sync::Arc;

/// 90 days: a tenant's default.
const PERIOD: u32 = 90 * 86_400;

/// The states of all keys by kid, in the order of the kids.
async fn states(home: &Home) -> Vec<(String, KeyState)> {
    let keys = home.rows.signing_keys(home.now()).await.unwrap();
    let mut states: Vec<_> = keys
        .iter()
        .map(|key| (key.kid.to_string(), state(&keys, key, home.now())))
        .collect();
    states.sort_by(|one, other| one.0.cmp(&other.0));
    states
}

async fn key(home: &Home, id: &str) -> SigningKey {
    let keys = home.rows.signing_keys(home.now()).await.unwrap();
    keys.into_iter().find(|key| key.kid == kid(id)).unwrap()
}

async fn wait_with(home: &Home, id: &str) {
    let change = Change::CreateKey {
        key: home.mint().signing_key(id),
        activation: Activation::Manual,
    };
    assert_eq!(home.change(change).await, Changed::Created);
}

fn due(home: &Home, id: &str) -> DueKey {
    DueKey {
        tenant: home.tenant.id,
        kid: kid(id),
        algorithm: SigningAlgorithm::Es256,
    }
}

async fn rotate(home: &Home, id: &str, successor: &str) -> bool {
    let audit = Audit {
        actor: Actor::System,
        ip: None,
        ..home.mint().audit()
    };
    let rotate = Rotate {
        due: due(home, id),
        successor: home.mint().signing_key(successor),
        audit,
    };
    write(home.rows.as_ref(), rotate).await.unwrap()
}

async fn all_due(bench: &Bench) -> Vec<DueKey> {
    bench.store.due_keys(bench.mint.now(), 100).await.unwrap()
}

fn at(home: &Home, seconds: u32) -> Instant {
    time::after(home.now(), seconds)
}

pub async fn r63_a_waiting_key_signs_when_it_is_told_and_not_before_caches_know_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    wait_with(&home, "second").await;
    assert_eq!(key(&home, "first-es256").await.retires_at, None);
    bench.mint.later(KEY_LEAD - 1);
    let activate = Change::ActivateKey(kid("second"));
    home.assert_nothing_changes(activate.clone(), Changed::TooEarly)
        .await;
    bench.mint.later(100 * KEY_LEAD);
    assert_eq!(states(&home).await[2], ("second".to_owned(), KeyState::Published));
    assert_eq!(home.change(activate.clone()).await, Changed::Updated);
    home.assert_recorded(EventKind::KeyActivated, "second").await;
    let second = key(&home, "second").await;
    assert_eq!((second.activates_at, second.retires_at), (Some(home.now()), None));
    assert_eq!(second.rotates_at, Some(at(&home, PERIOD)));
    let first = key(&home, "first-es256").await;
    assert_eq!(
        (first.retires_at, first.rotates_at),
        (Some(at(&home, KEY_TAIL)), None)
    );
    assert_eq!(states(&home).await[2], ("second".to_owned(), KeyState::Active));
    home.assert_nothing_changes(activate, Changed::InUse).await;
    home.assert_nothing_changes(Change::ActivateKey(kid("first-es256")), Changed::InUse)
        .await;
    home.assert_nothing_changes(Change::ActivateKey(kid("unknown")), Changed::Missing)
        .await;
}

pub async fn a_waiting_key_can_be_removed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    wait_with(&home, "second").await;
    let another = Change::CreateKey {
        key: home.mint().signing_key("third"),
        activation: Activation::AfterLead,
    };
    home.assert_nothing_changes(another, Changed::Waiting).await;
    assert_eq!(
        home.change(Change::DeleteKey(kid("second"))).await,
        Changed::Updated
    );
    assert_eq!(key(&home, "first-es256").await.retires_at, None);
    wait_with(&home, "third").await;
}

fn client_of(home: &Home, id: &str) -> Client {
    Client {
        id_token_signed_response_alg: SigningAlgorithm::Ps256,
        ..home.mint().client(id)
    }
}

fn first_client(home: &Home, id: &str) -> Change {
    let key = SigningKey {
        algorithm: SigningAlgorithm::Ps256,
        ..home.mint().signing_key(&format!("key-of-{id}"))
    };
    Change::Client {
        client: client_of(home, id),
        based_on: None,
        key: Some(Box::new(key)),
    }
}

pub async fn the_first_client_of_an_algorithm_brings_its_key(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    let waiting = Change::CreateKey {
        key: SigningKey {
            algorithm: SigningAlgorithm::Ps256,
            ..home.mint().signing_key("waits")
        },
        activation: Activation::Manual,
    };
    assert_eq!(home.change(waiting).await, Changed::Created);
    assert_eq!(home.change(first_client(&home, "one")).await, Changed::Created);
    let made = key(&home, "key-of-one").await;
    assert_eq!((made.activates_at, made.retires_at), (Some(home.now()), None));
    assert_eq!(made.rotates_at, Some(at(&home, PERIOD)));
    bench.mint.later(1);
    assert_eq!(home.change(first_client(&home, "two")).await, Changed::Created);
    assert_eq!(home.change(first_client(&home, "one")).await, Changed::Updated);
    let kids: Vec<_> = states(&home).await.into_iter().map(|(kid, _)| kid).collect();
    assert_eq!(kids, ["first-es256", "first-rs256", "key-of-one", "waits"]);
    // An algorithm that nobody signs with yet: the first key need not wait.
    let first = Change::CreateKey {
        key: SigningKey {
            algorithm: SigningAlgorithm::EdDsa,
            ..home.mint().signing_key("eddsa")
        },
        activation: Activation::AfterLead,
    };
    assert_eq!(home.change(first).await, Changed::Created);
    assert_eq!(key(&home, "eddsa").await.activates_at, Some(home.now()));
}

pub async fn of_100_parallel_first_clients_one_brings_the_key(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    home.warm_up().await;
    bench.mint.later(1);
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move { home.change(first_client(&home, &format!("client-{i}"))).await }
    })
    .await;
    assert_eq!(count(&outputs, &Changed::Created), MANY);
    assert_eq!(states(&home).await.len(), 3);
}

pub async fn a_key_is_due_when_its_period_is_over(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    home.change(Change::CreateKey {
        key: home.mint().signing_key("second"),
        activation: Activation::AfterLead,
    })
    .await;
    bench.mint.later(KEY_LEAD + PERIOD - 1);
    assert_eq!(all_due(&bench).await, []);
    bench.mint.later(1);
    assert_eq!(all_due(&bench).await, [due(&home, "second")]);
    assert_eq!(bench.store.due_keys(home.now(), 0).await.unwrap(), []);
}

pub async fn r63_of_100_parallel_rotations_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = due_home(&bench, "tea").await;
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move { rotate(&home, "second", &format!("third-{i}")).await }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    assert_eq!(all_due(&bench).await, []);
    let created = home.events_of(EventKind::KeyCreated).await;
    assert_eq!((created.len(), &created[0].actor), (2, &Actor::System));
    let third = key(&home, &created[0].target).await;
    assert_eq!(third.activates_at, Some(at(&home, KEY_LEAD)));
    assert_eq!(third.rotates_at, Some(at(&home, KEY_LEAD + PERIOD)));
    let second = key(&home, "second").await;
    assert_eq!(second.retires_at, Some(at(&home, KEY_LEAD + KEY_TAIL)));
    assert!(
        states(&home)
            .await
            .contains(&("second".to_owned(), KeyState::Active))
    );
}

/// A tenant with a second key that is due now.
async fn due_home(bench: &Bench, slug: &str) -> Home {
    let home = bench.tenant(slug).await;
    let second = Change::CreateKey {
        key: home.mint().signing_key("second"),
        activation: Activation::AfterLead,
    };
    home.change(second).await;
    bench.mint.later(KEY_LEAD + PERIOD);
    home
}

pub async fn a_rotation_waits_for_a_key_that_waits(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = due_home(&bench, "tea").await;
    wait_with(&home, "waits").await;
    let before = home.events().await;
    assert!(!rotate(&home, "second", "third").await);
    assert_eq!(home.events().await, before);
    assert_eq!(all_due(&bench).await, []);
    assert_eq!(key(&home, "second").await.rotates_at, Some(at(&home, 86_400)));
    home.change(Change::DeleteKey(kid("waits"))).await;
    bench.mint.later(86_400);
    assert!(rotate(&home, "second", "third").await);
}

pub async fn another_period_sets_the_rotations_anew(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = due_home(&bench, "tea").await;
    for (rotation_period, expected) in [
        (0, None),
        (PERIOD + 60, Some(at(&home, 60))),
        (86_400, Some(at(&home, 0))),
    ] {
        let tenant = Tenant {
            settings: Settings {
                keys: KeySettings { rotation_period },
                ..home.tenant.settings.clone()
            },
            ..home.tenant.clone()
        };
        let change = Change::Tenant {
            tenant,
            based_on: None,
        };
        assert_eq!(home.change(change).await, Changed::Updated);
        let rotates_at = key(&home, "second").await.rotates_at;
        let is_due = all_due(&bench).await.contains(&due(&home, "second"));
        match expected {
            Some(at) if at == home.now() => assert!(is_due),
            expected => assert!(rotates_at == expected && !is_due, "{rotates_at:?}"),
        }
    }
}

pub async fn one_tenants_rotation_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, due_home(&bench, "theirs").await);
    let shown = async || format!("{:?}", theirs.rows.signing_keys(theirs.now()).await.unwrap());
    let before = shown().await;
    assert!(!rotate(&ours, "second", "third").await);
    ours.assert_nothing_changes(Change::ActivateKey(kid("second")), Changed::Missing)
        .await;
    ours.write(bench.mint.now(), |unit, now| {
        Box::pin(async move {
            unit.activate_key(&kid("second"), *now, None).await?;
            unit.set_rotation(&kid("second"), None).await
        })
    })
    .await
    .unwrap();
    assert_eq!(shown().await, before);
    assert_eq!(all_due(&bench).await, [due(&theirs, "second")]);
    assert!(rotate(&theirs, "second", "third").await);
    assert_eq!(states(&ours).await.len(), 2);
}
