//! Clients that register themselves by tokens.

use super::{
    bench::{Bench, Home},
    paging::all,
    parallel::{MANY, at_once, count},
};
use hufu_core::{
    Instant,
    change::{Change, Changed},
    event::EventKind,
    id::InitialTokenId,
    registration::{InitialToken, RegisterClient, Registered},
    store::{Store, write},
    time,
    token::SecretHash,
};
use std::sync::Arc;

async fn token(home: &Home, uses_left: u32) -> InitialToken {
    // So that its event is the newest.
    home.mint().later(1);
    let token = InitialToken {
        id: InitialTokenId::generate(home.now(), &home.mint().random),
        hash: SecretHash::of(b"token"),
        uses_left,
        created_at: home.now(),
        expires_at: time::after(home.now(), 60),
    };
    let change = Change::CreateInitialToken(token.clone());
    assert_eq!(home.change(change).await, Changed::Created);
    token
}

async fn tokens(home: &Home) -> Vec<InitialToken> {
    all(async |page| home.rows.initial_tokens(&page).await).await
}

async fn register(home: &Home, token: &InitialToken, hash: &[u8], id: &str) -> Registered {
    home.mint().later(1);
    let act = RegisterClient {
        token: token.id,
        hash: SecretHash::of(hash),
        client: home.mint().client(id),
        key: None,
        audit: home.mint().audit(),
    };
    write(home.rows.as_ref(), act).await.unwrap()
}

async fn spend(home: &Home, token: &InitialToken, now: Instant) -> bool {
    home.write((token.clone(), now), |unit, (token, now)| {
        unit.spend_initial_token(token.id, token.hash, *now)
    })
    .await
    .unwrap()
}

pub async fn a_token_registers_as_many_clients_as_it_has_uses(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let made = token(&home, 2).await;
    home.assert_recorded(EventKind::InitialTokenCreated, &made.id.to_string())
        .await;
    assert_eq!(tokens(&home).await, std::slice::from_ref(&made));
    assert_eq!(
        register(&home, &made, b"other", "zero").await,
        Registered::Refused
    );
    assert_eq!(register(&home, &made, b"token", "one").await, Registered::Done);
    home.assert_recorded(EventKind::ClientCreated, "one").await;
    assert_eq!(register(&home, &made, b"token", "two").await, Registered::Done);
    let before = home.events().await;
    assert_eq!(
        register(&home, &made, b"token", "three").await,
        Registered::Refused
    );
    assert_eq!(home.events().await, before);
    assert_eq!(tokens(&home).await[0].uses_left, 0);
    let three = home.mint().client("three");
    assert_eq!(home.rows.client(&three.id).await.unwrap(), None);
}

pub async fn a_token_ends(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let made = token(&home, 9).await;
    let end = made.expires_at;
    assert!(spend(&home, &made, end - chrono::TimeDelta::milliseconds(1)).await);
    assert!(!spend(&home, &made, end).await);
    bench.store.remove_expired(end, 100).await.unwrap();
    assert_eq!(tokens(&home).await, []);
}

pub async fn a_token_that_was_taken_back_is_no_good(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let made = token(&home, 9).await;
    let delete = Change::DeleteInitialToken(made.id);
    home.mint().later(1);
    assert_eq!(home.change(delete.clone()).await, Changed::Updated);
    home.assert_recorded(EventKind::InitialTokenDeleted, &made.id.to_string())
        .await;
    assert_eq!(register(&home, &made, b"token", "one").await, Registered::Refused);
    home.assert_nothing_changes(delete, Changed::Missing).await;
}

pub async fn one_tenants_token_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let made = token(&theirs, 9).await;
    assert_eq!(tokens(&ours).await, []);
    assert_eq!(register(&ours, &made, b"token", "one").await, Registered::Refused);
    assert!(!spend(&ours, &made, ours.now()).await);
    ours.assert_nothing_changes(Change::DeleteInitialToken(made.id), Changed::Missing)
        .await;
    assert_eq!(tokens(&theirs).await, [made]);
}

pub async fn r37_of_100_parallel_registrations_as_many_count_as_the_token_has_uses(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let made = token(&home, 7).await;
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, made) = (home.clone(), made.clone());
        async move { register(&home, &made, b"token", &format!("client-{i}")).await }
    })
    .await;
    assert_eq!(count(&outputs, &Registered::Done), 7);
    assert_eq!(tokens(&home).await[0].uses_left, 0);
}
