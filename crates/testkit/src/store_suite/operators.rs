//! Operators, and the two logs that tell of them.

use super::{
    bench::{Bench, Home},
    paging::{all, assert_seven_in_order},
    parallel::{MANY, at_once, count},
};
use hufu_core::{
    event::{Event, EventKind},
    operator::Operator,
    store::{Store, StoreError},
};
use std::sync::Arc;

async fn create(bench: &Bench, operator: &Operator) -> Event {
    let event = bench
        .mint
        .event(EventKind::OperatorCreated, &operator.id.to_string());
    bench.store.create_operator(operator, &event).await.unwrap();
    event
}

async fn revoke(bench: &Bench, operator: &Operator) -> (bool, Event) {
    let event = bench
        .mint
        .event(EventKind::OperatorRevoked, &operator.id.to_string());
    let now = bench.mint.now();
    let revoked = bench.store.revoke_operator(operator.id, now, &event).await;
    (revoked.unwrap(), event)
}

async fn listed(bench: &Bench, of: Option<&Home>) -> Vec<Operator> {
    let of = of.map(|home| home.tenant.id);
    all(async |page| bench.store.operators(of, &page).await).await
}

pub async fn an_operator_comes_back_as_it_was_created(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let platform = bench.mint.operator("平台 \"ops\"");
    let of_tenant = bench.mint.operator_of(home.tenant.id, "茶馆");
    for operator in [platform, of_tenant] {
        create(&bench, &operator).await;
        let found = bench.store.operator(operator.id).await.unwrap();
        assert_eq!(found, Some(operator));
    }
    let unknown = bench.mint.operator("unknown").id;
    assert_eq!(bench.store.operator(unknown).await.unwrap(), None);
}

pub async fn an_operators_events_go_where_it_reaches(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let (tenants, untouched) = (bench.platform_events().await, other.events().await);
    bench.mint.later(1);
    let platform = bench.mint.operator("platform");
    let of_tenant = bench.mint.operator_of(home.tenant.id, "tenant");
    let created = (create(&bench, &platform).await, create(&bench, &of_tenant).await);
    bench.mint.later(1);
    let revoked = (
        revoke(&bench, &platform).await.1,
        revoke(&bench, &of_tenant).await.1,
    );
    assert_eq!(bench.platform_events().await[..2], [revoked.0, created.0]);
    assert_eq!(bench.platform_events().await[2..], tenants);
    assert_eq!(home.events().await[..2], [revoked.1, created.1]);
    assert_eq!(other.events().await, untouched);
}

pub async fn an_operator_of_no_tenant_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let nowhere = bench.mint.tenant("nowhere");
    let operator = bench.mint.operator_of(nowhere.id, "nobody's");
    let event = bench.mint.event(EventKind::OperatorCreated, "x");
    let created = bench.store.create_operator(&operator, &event).await;
    assert!(matches!(created, Err(StoreError::Gone(_))), "{created:?}");
    assert_eq!(bench.store.operator(operator.id).await.unwrap(), None);
    assert_eq!(bench.home(nowhere).events().await, []);
    assert_eq!(bench.platform_events().await, []);
}

pub async fn a_revoked_operator_stays_revoked(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let operator = bench.mint.operator("ops");
    create(&bench, &operator).await;
    let now = bench.mint.later(1);
    assert!(revoke(&bench, &operator).await.0);
    let revoked = Operator {
        revoked_at: Some(now),
        ..operator.clone()
    };
    bench.mint.later(1);
    assert!(!revoke(&bench, &operator).await.0);
    assert!(!revoke(&bench, &bench.mint.operator("unknown")).await.0);
    assert_eq!(bench.store.operator(operator.id).await.unwrap(), Some(revoked));
    assert_eq!(bench.platform_events().await.len(), 2);
}

pub async fn of_100_parallel_revocations_of_an_operator_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let operator = bench.mint.operator("ops");
    create(&bench, &operator).await;
    let outputs = at_once(MANY, |_| {
        let (bench, operator) = (bench.clone(), operator.clone());
        async move { revoke(&bench, &operator).await.0 }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    assert_eq!(bench.platform_events().await.len(), 2, "created and revoked once");
}

pub async fn operators_are_listed_in_the_order_of_their_ids(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let mut everyone = vec![];
    for i in 0..4 {
        bench.mint.later(i % 2);
        for operator in [
            bench.mint.operator("platform"),
            bench.mint.operator_of(home.tenant.id, "tenant"),
        ] {
            create(&bench, &operator).await;
            everyone.push(operator);
        }
    }
    let last = everyone.pop().unwrap();
    revoke(&bench, &last).await;
    let first = everyone.remove(0);
    let stranger = bench.mint.operator_of(other.tenant.id, "stranger");
    create(&bench, &stranger).await;
    assert!(revoke(&bench, &first).await.0);
    let own = |operator: &&Operator| {
        operator.scope.covers(home.tenant.id) && !operator.scope.covers(other.tenant.id)
    };
    let mut expected: Vec<_> = everyone.iter().filter(own).cloned().collect();
    expected.push(Operator {
        revoked_at: Some(bench.mint.now()),
        ..last
    });
    expected.sort_by_key(|operator| operator.id);
    assert_eq!(listed(&bench, Some(&home)).await, expected, "revoked ones too");
    let strangers = listed(&bench, Some(&other)).await;
    assert_eq!(strangers, std::slice::from_ref(&stranger));
    let found = listed(&bench, None).await;
    assert_eq!(found.len(), 9);
    assert!(found.is_sorted_by_key(|operator| operator.id));
}

pub async fn operators_are_paged(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let mut own = vec![];
    for _ in 0..7 {
        let operator = bench.mint.operator_of(home.tenant.id, "own");
        create(&bench, &operator).await;
        own.push(operator);
    }
    own.sort_by_key(|operator| operator.id);
    let everyone = async |page| bench.store.operators(None, &page).await;
    assert_seven_in_order(&own, everyone).await;
    for _ in 0..3 {
        create(&bench, &bench.mint.operator_of(other.tenant.id, "other")).await;
        create(&bench, &bench.mint.operator("platform")).await;
    }
    let of_home = async |page| bench.store.operators(Some(home.tenant.id), &page).await;
    assert_seven_in_order(&own, of_home).await;
}
