//! A WeChat app's next secret: prepared by an operator, promoted by the node that WeChat takes it from.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once, count},
    shared_tokens::{self, token_of},
};
use crate::builders::appid;
use hufu_core::{
    change::{Change, Changed},
    event::{Event, EventKind},
    store::{Store, WechatAppClaim, WechatAppClaimed},
    wechat_app::{WechatApp, WechatCredential},
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

const NEXT: &str = "0123456789abcdef0123456789abcdef";

/// A tenant with an app whose next secret is prepared.
async fn prepared(bench: &Bench, slug: &str, number: u64) -> (Home, WechatApp) {
    let home = bench.tenant(slug).await;
    home.claim(&bench.mint.wechat_app(&appid(number))).await;
    bench.mint.later(1);
    assert_eq!(home.change(next(number, NEXT)).await, Changed::Updated);
    let app = app(&home, number).await;
    (home, app)
}

fn next(number: u64, secret: &str) -> Change {
    Change::NextWechatSecret(appid(number), secret.into())
}

async fn app(home: &Home, number: u64) -> WechatApp {
    let found = home.rows.wechat_app(&appid(number)).await.unwrap();
    found.expect("the app is there")
}

/// The secret and the next one.
fn secrets(app: &WechatApp) -> (&str, Option<&str>) {
    let next = app.credential.next_secret.as_ref();
    (
        app.credential.secret.expose_secret(),
        next.map(ExposeSecret::expose_secret),
    )
}

fn promotion(home: &Home) -> Event {
    home.mint()
        .event(EventKind::WechatAppSecretPromoted, appid(1).as_str())
}

async fn promote(home: &Home, number: u64, next: &str) -> bool {
    let (store, event) = (&home.bench.store, promotion(home));
    let next = SecretString::from(next);
    store.promote_secret(&appid(number), &next, &event).await.unwrap()
}

pub async fn a_next_secret_stands_beside_the_current_one(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let before = bench.mint.wechat_app(&appid(1));
    home.claim(&before).await;
    home.claim(&bench.mint.wechat_app(&appid(2))).await;
    let now = bench.mint.later(1);
    assert_eq!(home.change(next(1, NEXT)).await, Changed::Updated);
    home.assert_recorded(EventKind::WechatAppSecretPrepared, appid(1).as_str())
        .await;
    let after = app(&home, 1).await;
    let current = before.credential.secret.expose_secret();
    assert_eq!(secrets(&after), (current, Some(NEXT)));
    assert_eq!((after.created_at, after.updated_at), (before.created_at, now));
    assert_eq!(secrets(&app(&home, 2).await).1, None);
    assert!(!format!("{:?}", home.events().await).contains(NEXT));
    // Another takes its place, and is told apart from it within the same millisecond.
    let other = NEXT.replace('0', "f");
    home.change(next(1, &other)).await;
    let again = app(&home, 1).await;
    assert_eq!(secrets(&again), (current, Some(&*other)));
    assert!(again.updated_at > after.updated_at);
    home.assert_nothing_changes(next(9, NEXT), Changed::Missing).await;
}

pub async fn one_tenants_app_gets_no_secret_from_another(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, before) = prepared(&bench, "ours", 1).await;
    let theirs = bench.tenant("theirs").await;
    theirs
        .assert_nothing_changes(next(1, "f"), Changed::Missing)
        .await;
    let after = app(&ours, 1).await;
    assert_eq!(secrets(&after), secrets(&before));
    assert_eq!(after.updated_at, before.updated_at);
}

pub async fn a_promoted_secret_is_the_current_one(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, before) = prepared(&bench, "tea", 1).await;
    let (other, beside) = prepared(&bench, "other", 2).await;
    shared_tokens::keep(&home, &before, "by the old one").await;
    let theirs = shared_tokens::keep(&other, &beside, "theirs").await;
    let now = bench.mint.later(1);
    let event = promotion(&home);
    let promoted = bench.store.promote_secret(&appid(1), &NEXT.into(), &event).await;
    assert_eq!(promoted, Ok(true));
    let after = app(&home, 1).await;
    assert_eq!(secrets(&after), (NEXT, None));
    assert_eq!((after.created_at, after.updated_at), (before.created_at, now));
    assert_eq!(home.events().await.first(), Some(&event));
    let news = bench.store.changed_since(now).await.unwrap();
    assert_eq!(news, [(home.tenant.slug.clone(), now)]);
    assert_eq!(shared_tokens::kept(&home, &appid(1)).await, None);

    assert_eq!(secrets(&app(&other, 2).await), secrets(&beside));
    let kept = shared_tokens::kept(&other, &appid(2)).await;
    assert_eq!(kept, Some(shared_tokens::shown(&theirs)));
    assert_eq!(other.events_of(EventKind::WechatAppSecretPromoted).await, []);
}

pub async fn a_token_that_the_next_secret_fetched_outlives_the_promotion(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, before) = prepared(&bench, "tea", 1).await;
    let new = WechatApp {
        credential: WechatCredential::new(appid(1), NEXT.into()),
        ..before
    };
    let token = token_of(&home, &new, "by the new one");
    bench.store.keep_access_token(&appid(1), &token).await.unwrap();
    assert!(promote(&home, 1, NEXT).await);
    let kept = shared_tokens::kept(&home, &appid(1)).await;
    assert_eq!(kept, Some(shared_tokens::shown(&token)));
}

pub async fn nothing_but_the_next_secret_is_promoted(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, before) = prepared(&bench, "tea", 1).await;
    let events = home.events().await;
    bench.mint.later(1);
    let current = before.credential.secret.expose_secret();
    for other in [current, "", &NEXT[..31]] {
        assert!(!promote(&home, 1, other).await, "{other}");
    }
    assert!(!promote(&home, 9, NEXT).await, "nobody's app");
    let after = app(&home, 1).await;
    assert_eq!(secrets(&after), secrets(&before));
    assert_eq!(after.updated_at, before.updated_at);
    assert_eq!(home.events().await, events);
    // Nor one that was promoted, or that a claim put aside.
    assert!(promote(&home, 1, NEXT).await);
    assert!(!promote(&home, 1, NEXT).await);
    home.change(next(1, NEXT)).await;
    home.claim(&bench.mint.wechat_app(&appid(1))).await;
    assert!(!promote(&home, 1, NEXT).await);
}

pub async fn a_next_secret_does_not_go_with_its_app(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (from, _) = prepared(&bench, "from", 1).await;
    let to = bench.tenant("to").await;
    let claim = WechatAppClaim {
        transfer: true,
        ..bench.mint.claim(to.tenant.id, bench.mint.wechat_app(&appid(1)))
    };
    let claimed = bench.store.claim_wechat_app(&claim).await;
    assert_eq!(claimed, Ok(WechatAppClaimed::Transferred));
    assert_eq!(secrets(&app(&to, 1).await).1, None);
    assert!(!promote(&from, 1, NEXT).await);
    for home in [&from, &to] {
        assert_eq!(home.events_of(EventKind::WechatAppSecretPromoted).await, []);
    }
    // Prepared again, it is promoted where the app is now.
    bench.mint.later(1);
    to.change(next(1, NEXT)).await;
    assert!(promote(&from, 1, NEXT).await);
    assert_eq!(secrets(&app(&to, 1).await), (NEXT, None));
    assert_eq!(to.events_of(EventKind::WechatAppSecretPromoted).await.len(), 1);
}

pub async fn a_claim_that_builds_on_what_was_before_a_rotation_is_stale(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    home.claim(&bench.mint.wechat_app(&appid(1))).await;
    let stale = async |at| {
        let claim = WechatAppClaim {
            based_on: Some(at),
            ..bench.mint.claim(home.tenant.id, bench.mint.wechat_app(&appid(1)))
        };
        bench.store.claim_wechat_app(&claim).await == Ok(WechatAppClaimed::Stale)
    };
    let read = app(&home, 1).await.updated_at;
    home.change(next(1, NEXT)).await;
    assert!(stale(read).await);
    let read = app(&home, 1).await.updated_at;
    assert!(promote(&home, 1, NEXT).await);
    assert!(stale(read).await);
    assert_eq!(secrets(&app(&home, 1).await), (NEXT, None));
    assert!(!stale(app(&home, 1).await.updated_at).await);
}

pub async fn of_100_parallel_promotions_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, _) = prepared(&bench, "tea", 1).await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { promote(&home, 1, NEXT).await }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    assert_eq!(secrets(&app(&home, 1).await), (NEXT, None));
    let told = home.events_of(EventKind::WechatAppSecretPromoted).await;
    assert_eq!(told.len(), 1);
}
