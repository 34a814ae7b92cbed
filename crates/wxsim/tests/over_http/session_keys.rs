//! When a login mints a new session key.

use std::collections::BTreeSet;

use hufu_wxsim::SessionKeyRotation;

use crate::support::{APP_1, Site, start, unlimited};

async fn keys_of_logins(site: &Site, rotation: SessionKeyRotation, logins: usize) -> Vec<String> {
    let app = site
        .sim
        .app(APP_1)
        .session_keys(rotation)
        .quotas(unlimited())
        .create()
        .unwrap();
    let mut keys = Vec::new();
    for _ in 0..logins {
        keys.push(
            site.login(&app, "alice").await.json()["session_key"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    keys
}

fn distinct(keys: &[String]) -> usize {
    keys.iter().collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn always_means_each_login_and_never_means_once() {
    let site = start().await;
    assert_eq!(
        distinct(&keys_of_logins(&site, SessionKeyRotation::Always, 20).await),
        20
    );
    site.sim.reset();
    assert_eq!(
        distinct(&keys_of_logins(&site, SessionKeyRotation::Never, 20).await),
        1
    );
}

#[tokio::test]
async fn probability_means_sometimes_and_the_same_for_the_same_seed() {
    let (first, second) = (start().await, start().await);
    let rotation = SessionKeyRotation::Probability(0.3);
    let keys = keys_of_logins(&first, rotation, 200).await;
    assert!((30..=90).contains(&distinct(&keys)), "{}", distinct(&keys));
    assert_eq!(keys, keys_of_logins(&second, rotation, 200).await);
}

#[tokio::test]
async fn after_means_by_age() {
    let site = start().await;
    let app = site
        .sim
        .app(APP_1)
        .session_keys(SessionKeyRotation::After(3600))
        .create()
        .unwrap();
    let first = site.login(&app, "alice").await.json()["session_key"].clone();
    site.sim.advance(3599).unwrap();
    assert_eq!(site.login(&app, "alice").await.json()["session_key"], first);
    site.sim.advance(1).unwrap();
    assert_ne!(site.login(&app, "alice").await.json()["session_key"], first);
}

#[tokio::test]
async fn code_carries_the_key_of_its_own_login_even_when_a_later_login_retired_it() {
    let site = start().await;
    let app = site
        .sim
        .app(APP_1)
        .session_keys(SessionKeyRotation::Always)
        .create()
        .unwrap();
    let code = site.code(&app, "alice");
    let key = site.sim.session_key(&app, "alice").unwrap();
    site.code(&app, "alice");
    assert_eq!(site.exchange(&app, &code).await.json()["session_key"], key);
    assert_ne!(site.sim.session_key(&app, "alice").unwrap(), key);
}
