//! Session keys: kept where the tenant wants it, in the order in which logins began, and gone with what they belong to.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once},
};
use crate::builders::{Person, SignInChanges, appid, person, session_key};
use hufu_core::{
    change::{Change, Changed},
    client::ClientId,
    event::EventKind,
    id::{IdentityId, UserId},
    reason::Reason,
    settings::{Settings, WechatSettings},
    store::Store,
    time,
    user::UserState,
    wechat_session::{KeptKey, KeptKeys, PREVIOUS_KEY_TTL, SESSION_KEY_TTL},
};
use std::sync::Arc;

/// Settings that keep session keys.
pub(super) fn keeping() -> Settings {
    Settings {
        wechat: WechatSettings {
            keep_session_key: true,
        },
        ..Settings::default()
    }
}

/// A tenant that keeps session keys, and a client of no app in particular.
async fn keeper(bench: &Bench, slug: &str) -> (Home, ClientId) {
    let home = bench.tenant(slug).await;
    home.set(keeping()).await;
    let client = home.register("shop", None).await;
    (home, client)
}

/// Signs `openid` in with a session key, and gives the user and the identity.
async fn sign_in(home: &Home, client: &ClientId, openid: &str, key: KeptKey) -> (UserId, IdentityId) {
    let request = home.mint().sign_in_request(&person(&appid(1), openid), client);
    let user = home.ask(request.keeping(key)).await.unwrap().session.user_id;
    (user, home.identities(user).await[0].id)
}

/// The keys that are kept of an identity, as text with their instants: the current one, then the one before.
pub(super) async fn kept(home: &Home, identity: IdentityId) -> Vec<(String, i64)> {
    let inside = home
        .write(identity, |unit, id| unit.session_keys(*id))
        .await
        .unwrap();
    let found = shown(home.rows.session_keys(identity).await.unwrap());
    assert_eq!(shown(inside), found);
    found
}

fn shown(keys: Option<KeptKeys>) -> Vec<(String, i64)> {
    let keys = keys.map(|keys| std::iter::once(keys.current).chain(keys.previous));
    keys.into_iter()
        .flatten()
        .map(|kept| (kept.key.text().to_owned(), kept.obtained_at.timestamp_millis()))
        .collect()
}

fn as_kept(keys: &[KeptKey]) -> Vec<(String, i64)> {
    keys.iter()
        .map(|kept| (kept.key.text().to_owned(), kept.obtained_at.timestamp_millis()))
        .collect()
}

pub async fn the_last_two_keys_are_kept(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let mint = &bench.mint;
    let one = mint.kept_key(1);
    let (user, identity) = sign_in(&home, &client, "ming", one.clone()).await;
    assert_eq!(kept(&home, identity).await, as_kept(std::slice::from_ref(&one)));
    mint.later(60);
    let two = mint.kept_key(2);
    assert_eq!(
        sign_in(&home, &client, "ming", two.clone()).await,
        (user, identity)
    );
    assert_eq!(kept(&home, identity).await, as_kept(&[two.clone(), one]));
    mint.later(1);
    let three = mint.kept_key(3);
    sign_in(&home, &client, "ming", three.clone()).await;
    assert_eq!(kept(&home, identity).await, as_kept(&[three, two]));

    // A login without one changes nothing; the same one once more pushes none out.
    let before = kept(&home, identity).await;
    home.sign_in(&person(&appid(1), "ming"), &client).await;
    assert_eq!(kept(&home, identity).await, before);
    let replaced_at = bench.mint.now();
    let now = mint.later(1);
    sign_in(&home, &client, "ming", mint.kept_key(3)).await;
    assert_eq!(kept(&home, identity).await, before);

    // However often that comes, the one before is tried no longer.
    let usable = |at| async move {
        let keys = home.rows.session_keys(identity).await.unwrap().unwrap();
        keys.usable(at).len()
    };
    assert_eq!(usable.clone()(now).await, 2);
    assert_eq!(usable(time::after(replaced_at, PREVIOUS_KEY_TTL)).await, 1);
}

pub async fn the_login_that_began_last_has_the_current_key(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let elder = bench.mint.kept_key(1);
    bench.mint.later(1);
    let newer = bench.mint.kept_key(2);
    let (_, identity) = sign_in(&home, &client, "ming", newer.clone()).await;
    sign_in(&home, &client, "ming", elder.clone()).await;
    assert_eq!(kept(&home, identity).await, as_kept(&[newer, elder]));
}

pub async fn after_100_parallel_logins_the_last_two_that_began_have_the_keys(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    // One whose first keys these are, and one who is new altogether.
    home.sign_in(&person(&appid(1), "known"), &client).await;
    for openid in ["known", "new"] {
        let keys: Vec<_> = (0..MANY as u64)
            .map(|number| {
                bench.mint.later(1);
                bench.mint.kept_key(number)
            })
            .collect();
        let identities = at_once(MANY, |i| {
            let (home, client, key) = (home.clone(), client.clone(), keys[i * 37 % MANY].clone());
            async move { sign_in(&home, &client, openid, key).await.1 }
        })
        .await;
        let expected = as_kept(&[keys[MANY - 1].clone(), keys[MANY - 2].clone()]);
        assert_eq!(kept(&home, identities[0]).await, expected, "{openid}");
    }
}

pub async fn a_tenant_that_keeps_none_has_none(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let client = home.register("shop", None).await;
    // As a login may that began before the setting was changed.
    let (user, identity) = sign_in(&home, &client, "ming", bench.mint.kept_key(1)).await;
    assert_eq!(kept(&home, identity).await, []);
    let keys = vec![(identity, bench.mint.kept_key(2))];
    home.change(reset(user, keys)).await;
    assert_eq!(kept(&home, identity).await, []);
}

pub async fn where_a_tenant_stops_keeping_them_all_are_deleted(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let (other, _) = keeper(&bench, "other").await;
    let mut identities = vec![];
    for openid in ["ming", "hong"] {
        identities.push(sign_in(&home, &client, openid, bench.mint.kept_key(1)).await.1);
    }
    let (_, elsewhere) = sign_in(&other, &client, "ming", bench.mint.kept_key(2)).await;
    home.set(keeping()).await;
    assert_eq!(
        kept(&home, identities[0]).await.len(),
        1,
        "another change deletes none"
    );
    home.set(Settings::default()).await;
    for identity in identities {
        assert_eq!(kept(&home, identity).await, []);
    }
    assert_eq!(kept(&other, elsewhere).await.len(), 1);
}

pub async fn no_key_slips_past_a_parallel_change_of_the_setting(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let identities = at_once(MANY, |i| {
        let (home, client) = (home.clone(), client.clone());
        async move {
            if i == MANY / 2 {
                home.set(Settings::default()).await;
                return None;
            }
            let key = home.mint().kept_key(i as u64);
            Some(
                sign_in(&home, &client, &format!("person-{}", i % 50), key)
                    .await
                    .1,
            )
        }
    })
    .await;
    for identity in identities.into_iter().flatten() {
        assert_eq!(kept(&home, identity).await, []);
    }
}

/// A change that replaces keys and finds none dead.
fn reset(user: UserId, keys: Vec<(IdentityId, KeptKey)>) -> Change {
    let dead = vec![];
    Change::SessionKeysReset { user, keys, dead }
}

pub async fn a_reset_forgets_what_was_dead_already(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let (user, identity) = sign_in(&home, &client, "ming", bench.mint.kept_key(1)).await;
    let (_, bystander) = sign_in(&home, &client, "hong", bench.mint.kept_key(2)).await;
    let dead = vec![identity];
    let keys = vec![];
    home.change(Change::SessionKeysReset { user, keys, dead }).await;
    assert_eq!(kept(&home, identity).await, []);
    assert_eq!(kept(&home, bystander).await.len(), 1);
}

pub async fn a_reset_leaves_the_new_key_alone(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    sign_in(&home, &client, "ming", bench.mint.kept_key(1)).await;
    let (user, identity) = sign_in(&home, &client, "ming", bench.mint.kept_key(2)).await;
    let (_, bystander) = sign_in(&home, &client, "hong", bench.mint.kept_key(3)).await;
    bench.mint.later(1);
    let new = bench.mint.kept_key(4);
    let keys = vec![(identity, new.clone())];
    let reset = reset(user, keys);
    assert_eq!(home.change(reset.clone()).await, Changed::Updated);
    home.assert_recorded(EventKind::UserSessionKeysReset, &user.to_string())
        .await;
    // Beside itself, so that no elder can come to stand there.
    assert_eq!(kept(&home, identity).await, as_kept(&[new.clone(), new]));
    assert_eq!(kept(&home, bystander).await.len(), 1);
    let log = format!("{:?}", home.events().await);
    assert!(!log.contains(session_key(4).text()), "no event has a key");
    home.change(Change::DeleteUser(user)).await;
    home.assert_nothing_changes(reset, Changed::Missing).await;
}

pub async fn keys_go_with_their_identity(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let (ming, hong, lan) = (
        sign_in(&home, &client, "ming", bench.mint.kept_key(1)).await,
        sign_in(&home, &client, "hong", bench.mint.kept_key(2)).await,
        sign_in(&home, &client, "lan", bench.mint.kept_key(3)).await,
    );
    home.change(Change::DeleteUser(ming.0)).await;
    assert_eq!(kept(&home, ming.1).await, []);
    for expected in [true, false] {
        let removed = home.write(hong.1, |unit, id| unit.remove_identity(*id)).await;
        assert_eq!(removed, Ok(expected));
    }
    assert_eq!(kept(&home, hong.1).await, []);
    assert_eq!(home.identities(hong.0).await, []);
    // Nor do they stay behind where the identity goes to another user.
    let into = home
        .sign_in(&person(&appid(2), "lan-2").known_as("u-lan", "group"), &client)
        .await
        .user;
    let moved = (lan.0, into, home.now());
    home.write(moved, |unit, (absorbed, into, now)| {
        unit.absorb(*absorbed, *into, *now)
    })
    .await
    .unwrap();
    assert!(
        home.identities(into)
            .await
            .iter()
            .any(|identity| identity.id == lan.1)
    );
    assert_eq!(kept(&home, lan.1).await.len(), 1);
    home.write(lan.1, |unit, id| unit.forget_session_keys(*id))
        .await
        .unwrap();
    assert_eq!(kept(&home, lan.1).await, []);
}

pub async fn a_refused_login_leaves_no_key(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let one = bench.mint.kept_key(1);
    let (user, identity) = sign_in(&home, &client, "ming", one.clone()).await;
    home.change(Change::UserState(user, UserState::Disabled)).await;
    bench.mint.later(1);
    let request = bench.mint.sign_in_request(&person(&appid(1), "ming"), &client);
    let outcome = home.ask(request.keeping(bench.mint.kept_key(2))).await;
    assert_eq!(outcome, Err(Reason::UserDisabled));
    assert_eq!(kept(&home, identity).await, as_kept(&[one]));
}

pub async fn one_tenants_session_keys_are_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, client) = keeper(&bench, "ours").await;
    let (theirs, _) = keeper(&bench, "theirs").await;
    let own = bench.mint.kept_key(1);
    let (user, identity) = sign_in(&ours, &client, "ming", own.clone()).await;
    sign_in(&theirs, &client, "ming", bench.mint.kept_key(2)).await;
    assert_eq!(kept(&theirs, identity).await, []);
    // Whatever becomes of each of these: nothing of the other tenant changes.
    let keys = KeptKeys::with(None, bench.mint.kept_key(3));
    let put = theirs
        .write((identity, keys), |unit, (id, keys)| {
            unit.keep_session_keys(*id, keys)
        })
        .await;
    assert!(put.is_err(), "an identity of another tenant is none here");
    theirs
        .write(identity, |unit, id| unit.forget_session_keys(*id))
        .await
        .unwrap();
    let keys = vec![(identity, bench.mint.kept_key(4))];
    theirs
        .assert_nothing_changes(reset(user, keys), Changed::Missing)
        .await;
    theirs
        .write((), |unit, ()| unit.forget_all_session_keys())
        .await
        .unwrap();
    assert_eq!(kept(&ours, identity).await, as_kept(&[own]));
}

pub async fn the_keys_of_who_does_not_come_back_are_removed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = keeper(&bench, "tea").await;
    let (_, gone) = sign_in(&home, &client, "ming", bench.mint.kept_key(1)).await;
    let (_, back) = sign_in(&home, &client, "hong", bench.mint.kept_key(2)).await;
    bench.mint.later(86_400);
    sign_in(&home, &client, "hong", bench.mint.kept_key(3)).await;
    let clean = async || while bench.store.remove_expired(bench.mint.now(), 50).await.unwrap() > 0 {};
    bench.mint.later(SESSION_KEY_TTL - 86_401);
    clean().await;
    assert_eq!(kept(&home, gone).await.len(), 1);
    bench.mint.later(1);
    clean().await;
    assert_eq!(kept(&home, gone).await, []);
    assert_eq!(kept(&home, back).await.len(), 2);
}
