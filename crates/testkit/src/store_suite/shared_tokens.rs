//! What nodes share of a WeChat app, by its appid alone: whose it is, its access token, what is recorded of it.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once},
};
use crate::builders::appid;
use hufu_core::{
    Instant,
    change::Change,
    event::EventKind,
    store::{SharedToken, Store, WechatAppClaim, WechatAppClaimed},
    time,
    wechat_app::{AppId, WechatApp},
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A token that was fetched now with the app's secret, for two hours.
pub(super) fn token_of(home: &Home, app: &WechatApp, token: &str) -> SharedToken {
    SharedToken {
        token: token.into(),
        secret_hash: Sha256::digest(app.credential.secret.expose_secret()).into(),
        fetched_at: home.now(),
        expires_at: time::after(home.now(), 7_200),
    }
}

/// Keeps such a token.
pub(super) async fn keep(home: &Home, app: &WechatApp, token: &str) -> SharedToken {
    let token = token_of(home, app, token);
    put(home, &app.credential.appid, &token).await;
    token
}

async fn put(home: &Home, appid: &AppId, token: &SharedToken) {
    home.bench.store.keep_access_token(appid, token).await.unwrap();
}

/// The token that is kept, all of it.
pub(super) async fn kept(home: &Home, appid: &AppId) -> Option<Shown> {
    home.bench
        .store
        .access_token(appid)
        .await
        .unwrap()
        .as_ref()
        .map(shown)
}

type Shown = (String, [u8; 32], Instant, Instant);

pub(super) fn shown(token: &SharedToken) -> Shown {
    let text = token.token.expose_secret().to_owned();
    (text, token.secret_hash, token.fetched_at, token.expires_at)
}

/// A tenant with an app.
async fn with_app(bench: &Bench, slug: &str, number: u64) -> (Home, WechatApp) {
    let home = bench.tenant(slug).await;
    let app = bench.mint.wechat_app(&appid(number));
    assert_eq!(home.claim(&app).await, WechatAppClaimed::Created);
    (home, app)
}

async fn transfer(to: &Home, app: &WechatApp) {
    let claim = WechatAppClaim {
        transfer: true,
        ..to.mint().claim(to.tenant.id, app.clone())
    };
    let claimed = to.bench.store.claim_wechat_app(&claim).await;
    assert_eq!(claimed, Ok(WechatAppClaimed::Transferred));
}

pub async fn an_app_is_found_by_its_appid(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (one, app) = with_app(&bench, "one", 1).await;
    let two = bench.tenant("two").await;
    let tenant = async || {
        let slug = bench.store.wechat_app_tenant(&appid(1)).await.unwrap();
        slug.map(|slug| slug.to_string())
    };
    assert_eq!(tenant().await.as_deref(), Some("one"));
    assert_eq!(bench.store.wechat_app_tenant(&appid(2)).await, Ok(None));
    transfer(&two, &app).await;
    assert_eq!(tenant().await.as_deref(), Some("two"));
    two.change(Change::DeleteWechatApp(appid(1))).await;
    assert_eq!(tenant().await, None);
    one.claim(&app).await;
    assert!(bench.delete(&one.tenant).await);
    assert_eq!(tenant().await, None);
}

pub async fn a_token_comes_back_as_it_was_kept(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, app) = with_app(&bench, "tea", 1).await;
    let (other, theirs) = with_app(&bench, "other", 2).await;
    assert_eq!(kept(&home, &appid(1)).await, None);
    // The longest that WeChat may give.
    let long = keep(&home, &app, &"t".repeat(2_048)).await;
    let short = keep(&other, &theirs, "short").await;
    assert_eq!(kept(&home, &appid(1)).await, Some(shown(&long)));
    assert_eq!(kept(&home, &appid(2)).await, Some(shown(&short)));
    // After its end too: whether it serves is not the store's to say.
    bench.mint.later(7_201);
    assert_eq!(kept(&home, &appid(1)).await, Some(shown(&long)));
}

pub async fn a_token_of_nobodys_app_is_not_kept(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let app = bench.mint.wechat_app(&appid(1));
    let token = keep(&home, &app, "token").await;
    assert_eq!(kept(&home, &appid(1)).await, None);
    let expired = bench.store.expire_access_token(&appid(1), token.fetched_at).await;
    assert_eq!(expired, Ok(()));
    home.claim(&app).await;
    assert_eq!(kept(&home, &appid(1)).await, None);
}

pub async fn a_token_that_was_fetched_earlier_replaces_none(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, app) = with_app(&bench, "tea", 1).await;
    let early = token_of(&home, &app, "early");
    bench.mint.later(1);
    let late = keep(&home, &app, "late").await;
    put(&home, &appid(1), &early).await;
    assert_eq!(kept(&home, &appid(1)).await, Some(shown(&late)));
    bench.mint.later(1);
    let latest = keep(&home, &app, "latest").await;
    assert_eq!(kept(&home, &appid(1)).await, Some(shown(&latest)));
}

pub async fn a_token_is_expired_only_by_whoever_had_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, app) = with_app(&bench, "tea", 1).await;
    let (other, theirs) = with_app(&bench, "other", 2).await;
    let old = keep(&home, &app, "old").await;
    let beside = keep(&other, &theirs, "beside").await;
    bench.mint.later(1);
    let new = keep(&home, &app, "new").await;
    let expire = async |at| bench.store.expire_access_token(&appid(1), at).await.unwrap();
    expire(old.fetched_at).await;
    assert_eq!(kept(&home, &appid(1)).await, Some(shown(&new)));
    expire(new.fetched_at).await;
    assert_eq!(kept(&home, &appid(1)).await, None);
    assert_eq!(kept(&home, &appid(2)).await, Some(shown(&beside)));
    // What was expired does not keep the next one out.
    let next = keep(&home, &app, "next").await;
    assert_eq!(kept(&home, &appid(1)).await, Some(shown(&next)));
}

pub async fn a_token_ends_with_the_secret_it_was_fetched_with(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, app) = with_app(&bench, "tea", 1).await;
    let token = keep(&home, &app, "token").await;
    assert_eq!(home.claim(&app).await, WechatAppClaimed::Replaced);
    assert_eq!(
        kept(&home, &appid(1)).await,
        Some(shown(&token)),
        "the same secret"
    );
    home.claim(&bench.mint.wechat_app(&appid(1))).await;
    assert_eq!(kept(&home, &appid(1)).await, None);
}

pub async fn a_token_does_not_go_with_its_app(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (one, app) = with_app(&bench, "one", 1).await;
    let two = bench.tenant("two").await;
    keep(&one, &app, "of one").await;
    // With the very same secret.
    transfer(&two, &app).await;
    assert_eq!(kept(&two, &appid(1)).await, None);
    let of_two = keep(&two, &app, "of two").await;
    assert_eq!(kept(&two, &appid(1)).await, Some(shown(&of_two)));
    transfer(&one, &app).await;
    assert_eq!(kept(&one, &appid(1)).await, None, "not even back to where it was");

    keep(&one, &app, "again").await;
    two.assert_nothing_changes(
        Change::DeleteWechatApp(appid(1)),
        hufu_core::change::Changed::Missing,
    )
    .await;
    assert!(kept(&one, &appid(1)).await.is_some(), "it is not two's app");
    one.change(Change::DeleteWechatApp(appid(1))).await;
    one.claim(&app).await;
    assert_eq!(kept(&one, &appid(1)).await, None, "not beyond its deletion");
    keep(&one, &app, "last").await;
    assert!(bench.delete(&one.tenant).await);
    two.claim(&app).await;
    assert_eq!(kept(&two, &appid(1)).await, None, "not beyond its tenant");
}

pub async fn of_100_tokens_kept_at_once_the_last_fetched_stays(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, app) = with_app(&bench, "tea", 1).await;
    let tokens: Vec<_> = (0..MANY)
        .map(|i| {
            bench.mint.later(1);
            token_of(&home, &app, &format!("token-{i}"))
        })
        .collect();
    at_once(MANY, |i| {
        let (home, token) = (home.clone(), tokens[i * 37 % MANY].clone());
        async move { put(&home, &appid(1), &token).await }
    })
    .await;
    assert_eq!(kept(&home, &appid(1)).await, tokens.last().map(shown));
}

pub async fn what_happens_to_an_app_is_recorded_for_its_tenant(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, app) = with_app(&bench, "tea", 1).await;
    let (other, _) = with_app(&bench, "other", 2).await;
    let (before, platform) = (other.events().await, bench.platform_events().await);
    bench.mint.later(1);
    let record = async || {
        let event = bench
            .mint
            .event(EventKind::WechatAppCircuitOpened, appid(1).as_str());
        bench.store.record_of_app(&appid(1), &event).await.unwrap();
        event
    };
    let event = record().await;
    assert_eq!(home.events().await.first(), Some(&event));
    transfer(&other, &app).await;
    let event = record().await;
    assert!(other.events().await.contains(&event));
    assert!(!home.events().await.contains(&event));
    other.change(Change::DeleteWechatApp(appid(1))).await;
    record().await;
    let opened = |events: &[hufu_core::event::Event]| {
        events
            .iter()
            .filter(|event| event.kind == EventKind::WechatAppCircuitOpened)
            .count()
    };
    assert_eq!(opened(&home.events().await), 1);
    assert_eq!(opened(&other.events().await), 1);
    assert_eq!(opened(&before), 0);
    assert_eq!(bench.platform_events().await, platform);
}

pub async fn a_token_that_is_long_over_is_removed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, app) = with_app(&bench, "tea", 1).await;
    keep(&home, &app, "token").await;
    let clean = async || while bench.store.remove_expired(bench.mint.now(), 50).await.unwrap() > 0 {};
    bench.mint.later(7_201);
    clean().await;
    assert!(kept(&home, &appid(1)).await.is_some(), "clocks of nodes differ");
    bench.mint.later(86_400);
    clean().await;
    assert_eq!(kept(&home, &appid(1)).await, None);
}
