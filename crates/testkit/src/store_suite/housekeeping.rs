//! What the server does by itself: a sign of life, news of changed configuration, removal of what is dead.

use super::{
    acts::Refreshed,
    bench::{Bench, Home, Login, asked},
};
use crate::builders::{ClientChanges, SignInChanges, appid, client_id, kid, person, refresh_token, slug};
use hufu_core::{
    Instant,
    change::{Change, Changed},
    client::ClientId,
    id::RefreshTokenId,
    login::SignIn,
    settings::TokenLifetimes,
    signing_key::rotation::Activation,
    store::{Revoked, Store, WechatAppClaim, WechatAppClaimed, write},
    tenant::{Tenant, TenantSlug},
    time,
    token::SecretHash,
    user::UserState,
};
use std::sync::Arc;

/// The answers of changes that changed nothing.
const UNCHANGED: [Changed; 4] = [Changed::Missing, Changed::Stale, Changed::InUse, Changed::Waiting];

/// Signs somebody in for `ttl` seconds in all, `idle` of them without a refresh.
async fn sign_in_for(home: &Home, client: &ClientId, who: &str, ttl: u32, idle: u32) -> Login {
    let tokens = TokenLifetimes {
        refresh_token_ttl: ttl,
        refresh_token_idle_ttl: idle,
        ..TokenLifetimes::default()
    };
    let request = home.mint().sign_in_request(&person(&appid(1), who), client);
    let (act, handout) = SignIn::prepare(request.living(tokens), &home.mint().random);
    let signed_in = asked(write(home.rows.as_ref(), act).await.unwrap()).unwrap();
    Login {
        user: signed_in.session.user_id,
        grant: signed_in.grant.id,
        signed_in,
        token: Arc::new(refresh_token(handout)),
    }
}

/// Which rows of a login are still there, alive or not: session, grant, first refresh token.
async fn rows(home: &Home, login: &Login) -> [bool; 3] {
    let when = login.signed_in.session.auth_time;
    let sessions = home.rows.sessions(login.user, when).await.unwrap();
    let token = RefreshTokenId::from_uuid(login.token.id());
    [
        sessions.contains(&login.signed_in.session),
        home.live(login.grant).await.is_some(),
        home.rows.refresh_token(token).await.unwrap().is_some(),
    ]
}

async fn revoke(home: &Home, jti: &str, expires_at: Instant) {
    home.write((jti.to_owned(), expires_at), |unit, (jti, at)| {
        unit.revoke_access_token(jti, *at)
    })
    .await
    .unwrap();
}

async fn remove(bench: &Bench, limit: u32) -> u64 {
    bench.store.remove_expired(bench.mint.now(), limit).await.unwrap()
}

/// Removes until there is nothing left.
async fn clean(bench: &Bench) {
    for _ in 0..100 {
        if remove(bench, 50).await == 0 {
            return;
        }
    }
    panic!("there is always something left to remove");
}

async fn changed(bench: &Bench, since: Instant) -> Vec<(TenantSlug, Instant)> {
    let mut changed = bench.store.changed_since(since).await.unwrap();
    changed.sort();
    changed
}

pub async fn the_database_gives_a_sign_of_life(store: Arc<dyn Store>) {
    assert_eq!(store.ping().await, Ok(()));
}

pub async fn what_is_dead_is_removed_and_nothing_else(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let homes = [bench.tenant("one").await, bench.tenant("two").await];
    let mut logins = vec![];
    for home in &homes {
        let client = home.register("shop", None).await;
        let over = sign_in_for(home, &client, "over", 3_600, 600).await;
        let idle = sign_in_for(home, &client, "idle", 7_200, 600).await;
        let live = sign_in_for(home, &client, "live", 7_200, 7_200).await;
        logins.push([over, idle, live]);
        revoke(home, "dead", time::after(bench.mint.now(), 900)).await;
        revoke(home, "needed", time::after(bench.mint.now(), 3_700)).await;
    }
    bench.mint.later(3_601);
    clean(&bench).await;
    for (home, [over, idle, live]) in homes.iter().zip(&logins) {
        assert_eq!(rows(home, over).await, [false; 3]);
        assert_eq!(rows(home, idle).await, [true, true, false]);
        assert_eq!(rows(home, live).await, [true; 3]);
        home.assert_ended(over).await;
        home.assert_alive(idle).await;
        home.assert_alive(live).await;
        assert_eq!(home.refresh(&idle.token).await, Refreshed::Refused);
        home.refresh(&live.token).await.rotated();
        assert_eq!(home.rows.revoked("dead").await.unwrap(), Revoked::No);
        assert_eq!(home.rows.revoked("needed").await.unwrap(), Revoked::Yes);
        assert_eq!(home.users().await.len(), 3, "users are not of an hour");
        assert_eq!(home.identities(over.user).await.len(), 1);
        assert_eq!(home.events().await.len(), 5);
        assert_eq!(home.rows.signing_keys(home.now()).await.unwrap().len(), 2);
    }
}

pub async fn removal_is_bounded_by_its_limit(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let client = home.register("shop", None).await;
    let mut logins = vec![];
    for i in 0..7 {
        logins.push(sign_in_for(&home, &client, &format!("person-{i}"), 1_800, 600).await);
        revoke(&home, &format!("jti-{i}"), time::after(bench.mint.now(), 900)).await;
    }
    assert_eq!(remove(&bench, 3).await, 0, "nothing is dead yet");
    bench.mint.later(1_801);
    let mut left = left_of(&home, &logins).await;
    assert_eq!(left, [7; 4]);
    let mut removed_in_all = 0;
    loop {
        let removed = remove(&bench, 3).await;
        let now_left = left_of(&home, &logins).await;
        for (before, after) in left.iter().zip(now_left) {
            assert!(before - after <= 3, "at most three of a kind at once");
        }
        left = now_left;
        if removed == 0 {
            break;
        }
        removed_in_all += removed;
        assert!(removed_in_all <= 28, "no row is counted twice");
    }
    assert_eq!(left, [0; 4], "0 says that there is nothing left");
}

/// How many sessions, grants, refresh tokens and revocations are there.
async fn left_of(home: &Home, logins: &[Login]) -> [usize; 4] {
    let mut left = [0; 4];
    for (i, login) in logins.iter().enumerate() {
        for (count, is_there) in left.iter_mut().zip(rows(home, login).await) {
            *count += usize::from(is_there);
        }
        let revoked = home.rows.revoked(&format!("jti-{i}")).await.unwrap();
        left[3] += usize::from(revoked == Revoked::Yes);
    }
    left
}

pub async fn a_family_that_is_still_used_outlives_its_old_tokens(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let client = home.register("shop", None).await;
    let login = sign_in_for(&home, &client, "ming", 30 * 86_400, 600).await;
    bench.mint.later(300);
    let next = home.refresh(&login.token).await.rotated().clone();
    bench.mint.later(301);
    clean(&bench).await;
    assert_eq!(rows(&home, &login).await, [true, true, false]);
    home.refresh(&next).await.rotated();
}

pub async fn each_change_of_configuration_is_news(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.tenant("quiet").await;
    let created = bench.mint.now();
    let both = [(slug("quiet"), created), (slug("tea"), created)];
    assert_eq!(
        changed(&bench, created).await,
        both,
        "at that instant or after it"
    );
    let app = bench.mint.wechat_app(&appid(1));
    assert_eq!(home.claim(&app).await, WechatAppClaimed::Created);
    let changes: [fn(&Home) -> Change; 9] = [
        |home| Change::Tenant {
            tenant: Tenant {
                updated_at: home.now(),
                ..home.tenant.clone()
            },
            based_on: None,
        },
        |home| Change::Client {
            client: home.mint().client("web"),
            based_on: None,
            key: None,
        },
        |home| Change::Client {
            client: home.mint().client("web").with_secret("s"),
            based_on: None,
            key: None,
        },
        |home| Change::ClientSecret {
            id: home.mint().client("web").id,
            hash: SecretHash::of(b"new"),
        },
        |home| Change::DeleteClient(home.mint().client("web").id),
        |home| Change::CreateKey {
            key: home.mint().signing_key("second"),
            activation: Activation::AfterLead,
        },
        |_| Change::DeleteKey(kid("first-es256")),
        |_| Change::NextWechatSecret(appid(1), "next".into()),
        |_| Change::DeleteWechatApp(appid(1)),
    ];
    for change in changes {
        // Long enough for a new key to sign, so that the one before it may go.
        let now = bench.mint.later(601);
        assert_eq!(changed(&bench, now).await, []);
        let change = change(&home);
        let what = format!("{change:?}");
        let answer = home.change(change).await;
        assert!(!UNCHANGED.contains(&answer), "{what}: {answer:?}");
        assert_eq!(changed(&bench, now).await, [(slug("tea"), now)], "{what}");
    }
    let last = bench.mint.now();
    assert_eq!(
        changed(&bench, created).await,
        [(slug("quiet"), created), (slug("tea"), last)],
        "each tenant once, with its last change"
    );
}

pub async fn a_claimed_or_transferred_app_is_news(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (from, to) = (bench.tenant("from").await, bench.tenant("to").await);
    let claim = |home: &Home, transfer| WechatAppClaim {
        transfer,
        ..bench.mint.claim(home.tenant.id, bench.mint.wechat_app(&appid(1)))
    };
    for (home, transfer, news) in [
        (&from, false, &["from"][..]),
        (&from, false, &["from"]),
        (&to, false, &[]),
        (&to, true, &["from", "to"]),
    ] {
        let now = bench.mint.later(1);
        bench
            .store
            .claim_wechat_app(&claim(home, transfer))
            .await
            .unwrap();
        let expected: Vec<_> = news.iter().map(|name| (slug(name), now)).collect();
        assert_eq!(changed(&bench, now).await, expected);
    }
}

pub async fn a_deleted_tenant_is_news(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let deleted = bench.mint.later(1);
    assert!(bench.delete(&home.tenant).await);
    assert_eq!(changed(&bench, deleted).await, [(slug("tea"), deleted)]);
    let again = bench.mint.later(1);
    bench.tenant("tea").await;
    assert_eq!(changed(&bench, again).await, [(slug("tea"), again)]);
    assert_eq!(changed(&bench, deleted).await, [(slug("tea"), again)]);
}

/// The clocks of two nodes differ, and each change is told apart from the one before.
pub async fn news_do_not_go_back_in_time(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let behind = bench.mint.client("of-a-node-whose-clock-is-behind");
    let ahead = bench.mint.later(5);
    home.register("shop", None).await;
    home.put(&behind).await;
    let told_apart = ahead + chrono::TimeDelta::milliseconds(1);
    assert_eq!(changed(&bench, ahead).await, [(slug("tea"), told_apart)]);
}

pub async fn what_is_not_configuration_is_no_news(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let client = home.register("shop", None).await;
    let now = bench.mint.later(1);
    let login = home.sign_in(&person(&appid(1), "ming"), &client).await;
    home.refresh(&login.token).await.rotated();
    revoke(&home, "jti", time::after(now, 900)).await;
    for change in [
        Change::EndSession(login.user, login.signed_in.session.id),
        Change::UserState(login.user, UserState::Disabled),
        Change::DeleteUser(login.user),
    ] {
        home.change(change).await;
    }
    // Nor is what changes nothing.
    for change in [
        Change::DeleteClient(client_id("unknown")),
        Change::DeleteKey(kid("unknown")),
        Change::DeleteWechatApp(appid(9)),
        Change::Client {
            client: bench.mint.client("shop"),
            based_on: Some(now),
            key: None,
        },
    ] {
        home.change(change).await;
    }
    assert_eq!(changed(&bench, now).await, []);
}

pub async fn news_are_kept_for_an_hour(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let deleted = bench.mint.now();
    assert!(bench.delete(&home.tenant).await);
    bench.mint.later(3_599);
    clean(&bench).await;
    // Created and deleted in one millisecond: the second change is marked a millisecond later.
    let told_apart = deleted + chrono::TimeDelta::milliseconds(1);
    assert_eq!(changed(&bench, deleted).await, [(slug("tea"), told_apart)]);
    bench.mint.later(3_601);
    clean(&bench).await;
    assert_eq!(changed(&bench, deleted).await, []);
}
