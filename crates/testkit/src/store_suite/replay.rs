//! Proofs that count once.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once, count},
};
use crate::builders::client_id;
use hufu_core::{
    store::{Proof, Store, StoreError, UseOnce, write},
    time,
};
use std::sync::Arc;

fn proof(jti: &str) -> Proof {
    Proof::of_client(&client_id("web"), jti)
}

async fn first_use(home: &Home, proof: Proof, ttl: u32) -> bool {
    let until = time::after(home.now(), ttl);
    write(home.rows.as_ref(), UseOnce { proof, until }).await.unwrap()
}

pub async fn r28_a_proof_counts_once(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    assert!(first_use(&home, proof("1"), 60).await);
    assert!(!first_use(&home, proof("1"), 60).await);
    assert!(first_use(&home, proof("2"), 60).await);
    assert!(first_use(&home, Proof::of_possession(&[7; 32], "1"), 60).await);
    assert!(first_use(&home, Proof::of_possession(&[8; 32], "1"), 60).await);
}

pub async fn r28_of_100_uses_of_a_proof_at_once_one_is_the_first(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { first_use(&home, proof("1"), 60).await }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
}

pub async fn a_proof_is_remembered_for_its_time(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let clean = async || while bench.store.remove_expired(bench.mint.now(), 50).await.unwrap() > 0 {};
    assert!(first_use(&home, proof("1"), 60).await);
    bench.mint.later(59);
    clean().await;
    assert!(!first_use(&home, proof("1"), 60).await);
    bench.mint.later(1);
    clean().await;
    assert!(first_use(&home, proof("1"), 60).await);
}

pub async fn a_proof_at_one_tenant_is_unused_at_another(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    assert!(first_use(&ours, proof("1"), 60).await);
    assert!(first_use(&theirs, proof("1"), 60).await);
    assert!(!first_use(&ours, proof("1"), 60).await);
    assert!(bench.delete(&theirs.tenant).await);
    let until = time::after(bench.mint.now(), 60);
    let proof = proof("2");
    let gone = write(theirs.rows.as_ref(), UseOnce { proof, until }).await;
    assert!(matches!(gone, Err(StoreError::Gone(_))), "{gone:?}");
}
