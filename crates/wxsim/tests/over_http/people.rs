//! Openids and unionids.

use std::collections::BTreeSet;

use hufu_wxsim::{Config, Seed};

use crate::support::{APP_1, APP_2, APP_3, config, start, start_with};

#[tokio::test]
async fn openid_belongs_to_user_and_app_and_unionid_to_user_and_open_account() {
    let site = start().await;
    let (first, second) = (site.sim.open_account(), site.sim.open_account());
    let apps = [
        site.sim.app(APP_1).bound_to(&first).create().unwrap(),
        site.sim.app(APP_2).bound_to(&first).create().unwrap(),
        site.sim.app(APP_3).bound_to(&second).create().unwrap(),
    ];
    let mut openids = BTreeSet::new();
    let mut unionids = Vec::new();
    for user in ["alice", "bob"] {
        for app in &apps {
            let session = site.login(app, user).await.json();
            let (openid, unionid) = (
                session["openid"].as_str().unwrap(),
                session["unionid"].as_str().unwrap(),
            );
            for id in [openid, unionid] {
                assert_eq!(id.len(), 28, "{id}");
                assert!(id.starts_with('o'), "{id}");
            }
            assert_eq!(openid, site.sim.openid(app, user));
            openids.insert(openid.to_owned());
            unionids.push(unionid.to_owned());
        }
    }
    assert_eq!(openids.len(), 6);
    let [alice_1, alice_2, alice_3, bob_1, bob_2, bob_3] = unionids.try_into().unwrap();
    assert_eq!(alice_1, alice_2);
    assert_eq!(bob_1, bob_2);
    assert_eq!(alice_1, site.sim.unionid(&first, "alice"));
    assert_eq!(BTreeSet::from([alice_1, alice_3, bob_1, bob_3]).len(), 4);
}

#[tokio::test]
async fn openids_of_one_app_begin_alike() {
    let site = start().await;
    let app = site.app(APP_1);
    let (alice, bob) = (site.sim.openid(&app, "alice"), site.sim.openid(&app, "bob"));
    assert_eq!(alice[..6], bob[..6]);
    assert_ne!(alice[..6], site.sim.openid(APP_2, "alice")[..6]);
}

#[tokio::test]
async fn unionid_comes_and_goes_with_the_binding() {
    let site = start().await;
    let app = site.app(APP_1);
    let account = site.sim.open_account();
    assert!(site.login(&app, "alice").await.json().get("unionid").is_none());
    site.sim.bind(&app, &account).unwrap();
    assert_eq!(
        site.login(&app, "alice").await.json()["unionid"],
        site.sim.unionid(&account, "alice")
    );
    site.sim.unbind(&app).unwrap();
    assert!(site.login(&app, "alice").await.json().get("unionid").is_none());
}

#[tokio::test]
async fn same_seed_knows_the_same_people_after_a_restart() {
    let (first, second) = (start().await, start().await);
    let stranger = start_with(Config {
        seed: Seed::from("another"),
        ..config()
    })
    .await;
    let openid = first.login(&first.app(APP_1), "alice").await.json()["openid"].clone();
    assert_eq!(
        openid,
        second.login(&second.app(APP_1), "alice").await.json()["openid"]
    );
    assert_ne!(
        openid,
        stranger.login(&stranger.app(APP_1), "alice").await.json()["openid"]
    );
}

#[tokio::test]
async fn default_secret_is_derived_from_seed_and_appid() {
    let (first, second) = (start().await, start().await);
    let secret = first.app(APP_1).secret().to_owned();
    assert_eq!(secret, second.app(APP_1).secret());
    assert_ne!(secret, first.app(APP_2).secret());
    assert_eq!(secret.len(), 32);
    assert!(
        secret
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    );
}
