//! Two users who turn out to be one person: a bare one goes into the other, two real ones are left alone.

use super::{
    bench::{Home, Login},
    linking::{Apps, a, a_known, b},
    parallel::{MANY, at_once},
};
use crate::builders::{Person, appid, person};
use hufu_core::{
    change::Change, event::EventKind, id::UserId, identity::Identity, store::Store, user::UserState,
};
use std::sync::Arc;

pub async fn a_bare_user_goes_into_the_one_with_the_unionid(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let bystander = apps.bystander().await;
    let (absorbed, into) = apps.two_users().await;
    let signed_in = apps.sign_in(&a_known()).await;
    assert_eq!(signed_in.user, into.user);
    assert_absorbed(&apps.home, &absorbed, into.user).await;
    let found = apps.home.identities(into.user).await;
    let found: Vec<_> = found.iter().filter_map(Identity::wechat).collect();
    assert_eq!(found, [&a_known(), &b()]);
    apps.home.assert_alive(&into).await;
    apps.home.assert_alive(&signed_in).await;

    for proven in [a(), a_known(), b()] {
        assert_eq!(apps.sign_in(&proven).await.user, into.user);
    }
    let told = apps.home.events_of(EventKind::UserAbsorbed).await;
    assert_eq!(told.len(), 1);
    apps.assert_untouched(&bystander).await;
}

pub async fn the_bare_holder_of_the_unionid_goes_into_the_real_user(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let bystander = apps.bystander().await;
    let (into, absorbed) = apps.two_users().await;
    apps.use_elsewhere(&a()).await;
    assert_eq!(apps.sign_in(&a_known()).await.user, into.user);
    assert_absorbed(&apps.home, &absorbed, into.user).await;
    apps.home.assert_alive(&into).await;
    assert_eq!(apps.home.identities(into.user).await.len(), 2);
    assert_eq!(apps.home.union_holder(&b()).await, Some(into.user));
    let third = person(&appid(3), "ming-3").known_as("u-ming", "group");
    for proven in [a(), b(), third] {
        assert_eq!(apps.sign_in(&proven).await.user, into.user);
    }
    apps.assert_untouched(&bystander).await;
}

async fn assert_absorbed(home: &Home, absorbed: &Login, into: UserId) {
    let tombstone = home.user(absorbed.user).await;
    assert_eq!(tombstone.state, UserState::Merged { into });
    assert_eq!(tombstone.updated_at, home.now());
    assert_eq!(home.identities(absorbed.user).await, []);
    home.assert_ended(absorbed).await;
    let told = home.events_of(EventKind::UserAbsorbed).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].target, absorbed.user.to_string());
}

pub async fn two_real_users_stay_two_and_the_conflict_is_recorded_once(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let bystander = apps.bystander().await;
    let (one, other) = apps.two_users().await;
    apps.use_elsewhere(&a()).await;
    apps.use_elsewhere(&b()).await;
    for _ in 0..3 {
        assert_eq!(apps.sign_in(&a_known()).await.user, one.user);
        let told = apps.home.events_of(EventKind::IdentityConflict).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].target, one.user.to_string());
        assert_eq!(told[0].detail["other"], other.user.to_string());
    }
    assert_eq!(apps.home.union_holder(&b()).await, Some(other.user));
    assert_eq!(apps.sign_in(&b()).await.user, other.user);
    apps.home.assert_alive(&one).await;
    apps.home.assert_alive(&other).await;
    assert_eq!(apps.home.events_of(EventKind::UserAbsorbed).await, []);
    assert_eq!(apps.home.users().await.len(), 3);
    apps.assert_untouched(&bystander).await;
}

pub async fn a_disabled_user_is_never_emptied_into_another(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let (one, disabled) = apps.two_users().await;
    let state = |state| Change::UserState(disabled.user, state);
    apps.home.change(state(UserState::Disabled)).await;
    assert_eq!(apps.sign_in(&a_known()).await.user, one.user);
    assert_eq!(apps.home.events_of(EventKind::IdentityConflict).await.len(), 1);
    assert_eq!(apps.home.union_holder(&b()).await, Some(disabled.user));
    apps.home.change(state(UserState::Active)).await;
    assert_eq!(apps.sign_in(&b()).await.user, disabled.user);
    assert_eq!(apps.sign_in(&a_known()).await.user, one.user);
}

pub async fn a_user_is_bare_with_one_identity_and_grants_to_its_app_alone(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let bare = apps.sign_in(&a()).await.user;
    apps.sign_in(&a()).await;
    assert!(apps.is_bare(bare).await);
    apps.use_elsewhere(&a()).await;
    assert!(!apps.is_bare(bare).await, "a grant to a client of another app");

    let linked = apps.sign_in(&b()).await.user;
    assert!(apps.is_bare(linked).await);
    apps.sign_in(&person(&appid(3), "ming-3").known_as("u-ming", "group"))
        .await;
    assert!(!apps.is_bare(linked).await, "two identities");
}

pub async fn of_100_parallel_logins_one_absorbs_the_bare_user(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let (absorbed, into) = apps.two_users().await;
    let logins = at_once(MANY, |i| {
        let (home, client) = (apps.home.clone(), apps.clients[i % 2].clone());
        let proven = if i % 2 == 0 { a_known() } else { b() };
        async move { home.sign_in(&proven, &client).await }
    })
    .await;
    for login in &logins {
        assert_eq!(login.user, into.user);
        assert!(apps.home.is_alive(login.grant).await);
    }
    assert_absorbed(&apps.home, &absorbed, into.user).await;
    assert_eq!(apps.home.identities(into.user).await.len(), 2);
}
