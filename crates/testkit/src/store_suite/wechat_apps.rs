//! WeChat apps: an appid belongs to one tenant at a time.

use super::{
    bench::{Bench, Home},
    paging::pages,
    parallel::{MANY, at_once, count},
};
use crate::builders::{appid, person};
use hufu_core::{
    Instant,
    change::{Change, Changed},
    event::EventKind,
    store::{Store, StoreError, WechatAppClaim, WechatAppClaimed},
    wechat_app::{ApiSecurity, AppId, PushKeys, UnionScope, WechatApp, WechatCredential},
};
use secrecy::ExposeSecret;
use std::sync::Arc;

async fn app(home: &Home, appid: &AppId) -> Option<WechatApp> {
    home.rows.wechat_app(appid).await.unwrap()
}

/// Secrets have no equality of their own.
fn shown(app: &WechatApp) -> String {
    let WechatCredential {
        secret,
        next_secret,
        api_security,
        ..
    } = &app.credential;
    let secrets = [secret].into_iter().chain(next_secret);
    let push = app
        .push
        .iter()
        .flat_map(|keys| [&keys.token, &keys.encoding_aes_key]);
    let api = api_security
        .iter()
        .flat_map(|keys| [&keys.symmetric_key, &keys.private_key]);
    let shown: Vec<_> = secrets
        .chain(push)
        .chain(api)
        .map(ExposeSecret::expose_secret)
        .collect();
    format!("{app:?} {shown:?}")
}

/// The app with all that it can have.
fn with_everything(app: &WechatApp) -> WechatApp {
    let numbered = |name: &str| format!("{name} of {}", app.credential.appid);
    WechatApp {
        push: Some(PushKeys {
            token: numbered("token").into(),
            encoding_aes_key: numbered("aes key").into(),
        }),
        credential: WechatCredential {
            next_secret: Some(numbered("next secret").into()),
            api_security: Some(ApiSecurity {
                symmetric_sn: numbered("sn"),
                symmetric_key: numbered("symmetric key").into(),
                private_key: numbered("private key").into(),
                platform_serial: numbered("serial"),
                platform_certificate: numbered("certificate"),
            }),
            ..app.credential.clone()
        },
        ..app.clone()
    }
}

async fn claim_based_on(home: &Home, app: &WechatApp, based_on: Instant, transfer: bool) -> WechatAppClaimed {
    let claim = WechatAppClaim {
        based_on: Some(based_on),
        transfer,
        ..home.mint().claim(home.tenant.id, app.clone())
    };
    home.bench.store.claim_wechat_app(&claim).await.unwrap()
}

async fn assert_has(home: &Home, expected: &WechatApp) {
    let found = app(home, &expected.credential.appid).await;
    assert_eq!(found.as_ref().map(shown), Some(shown(expected)));
}

async fn transfer(home: &Home, app: &WechatApp) -> WechatAppClaimed {
    let claim = WechatAppClaim {
        transfer: true,
        ..home.mint().claim(home.tenant.id, app.clone())
    };
    home.bench.store.claim_wechat_app(&claim).await.unwrap()
}

pub async fn a_claimed_app_comes_back_with_its_secret(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let claimed = WechatApp {
        union_scope: Some(UnionScope::parse("group.A_1").unwrap()),
        ..bench.mint.wechat_app(&appid(1))
    };
    let plain = bench.mint.wechat_app(&appid(2));
    let full = with_everything(&bench.mint.wechat_app(&appid(3)));
    for claimed in [claimed, plain, full] {
        bench.mint.later(1);
        assert_eq!(home.claim(&claimed).await, WechatAppClaimed::Created);
        home.assert_recorded(EventKind::WechatAppCreated, claimed.credential.appid.as_str())
            .await;
        assert_has(&home, &claimed).await;
    }
    assert!(app(&home, &appid(4)).await.is_none());
}

pub async fn a_replaced_app_keeps_its_age(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (first, bystander) = (bench.mint.wechat_app(&appid(1)), bench.mint.wechat_app(&appid(2)));
    home.claim(&first).await;
    home.claim(&bystander).await;
    bench.mint.later(5);
    let second = WechatApp {
        union_scope: Some(UnionScope::parse("group").unwrap()),
        ..bench.mint.wechat_app(&appid(1))
    };
    assert_eq!(home.claim(&second).await, WechatAppClaimed::Replaced);
    home.assert_recorded(EventKind::WechatAppUpdated, appid(1).as_str())
        .await;
    let kept = WechatApp {
        created_at: first.created_at,
        ..second
    };
    assert_has(&home, &kept).await;
    assert_has(&home, &bystander).await;
    // Two changes never carry the same instant.
    assert_eq!(home.claim(&kept).await, WechatAppClaimed::Replaced);
    let later = app(&home, &appid(1)).await.unwrap().updated_at;
    assert!(later > kept.updated_at);
    // One's own app needs no transfer, and asking for one does no harm.
    assert_eq!(transfer(&home, &first).await, WechatAppClaimed::Replaced);
    assert!(
        home.events_of(EventKind::WechatAppTransferredOut)
            .await
            .is_empty()
    );
}

pub async fn a_replaced_app_keeps_nothing_else(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let full = with_everything(&bench.mint.wechat_app(&appid(1)));
    home.claim(&full).await;
    assert_has(&home, &full).await;
    bench.mint.later(1);
    let plain = bench.mint.wechat_app(&appid(1));
    assert_eq!(home.claim(&plain).await, WechatAppClaimed::Replaced);
    let kept = WechatApp {
        created_at: full.created_at,
        ..plain
    };
    assert_has(&home, &kept).await;
}

pub async fn a_stale_claim_changes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let first = bench.mint.wechat_app(&appid(1));
    home.claim(&first).await;
    let second = bench.mint.wechat_app(&appid(1));
    let claimed = claim_based_on(&home, &second, first.updated_at, false).await;
    assert_eq!(claimed, WechatAppClaimed::Replaced);
    let held = app(&home, &appid(1)).await.unwrap();
    let events = home.events().await;
    bench.mint.later(1);
    let third = bench.mint.wechat_app(&appid(1));
    for at in [first.updated_at, bench.mint.now()] {
        let claimed = claim_based_on(&home, &third, at, false).await;
        assert_eq!(claimed, WechatAppClaimed::Stale);
    }
    // What another tenant has, or nobody, is not what was read.
    let claimed = claim_based_on(&other, &third, held.updated_at, true).await;
    assert_eq!(claimed, WechatAppClaimed::Stale);
    let claimed = claim_based_on(&other, &third, held.updated_at, false).await;
    assert_eq!(claimed, WechatAppClaimed::HeldByAnother);
    let free = bench.mint.wechat_app(&appid(2));
    let claimed = claim_based_on(&home, &free, held.updated_at, false).await;
    assert_eq!(claimed, WechatAppClaimed::Stale);
    assert_has(&home, &held).await;
    assert!(app(&home, &appid(2)).await.is_none());
    assert_eq!(home.events().await, events);
    assert_eq!(other.events().await.len(), 1, "its own creation");
}

pub async fn of_100_parallel_claims_on_one_reading_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let first = bench.mint.wechat_app(&appid(1));
    home.claim(&first).await;
    let outputs = at_once(MANY, |_| {
        let (home, read) = (home.clone(), first.updated_at);
        async move {
            let app = home.mint().wechat_app(&appid(1));
            claim_based_on(&home, &app, read, false).await
        }
    })
    .await;
    assert_eq!(count(&outputs, &WechatAppClaimed::Replaced), 1);
    assert_eq!(count(&outputs, &WechatAppClaimed::Stale), MANY - 1);
    assert_eq!(home.events_of(EventKind::WechatAppUpdated).await.len(), 1);
}

pub async fn an_app_that_another_tenant_holds_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (holder, other) = (bench.tenant("holder").await, bench.tenant("other").await);
    let held = bench.mint.wechat_app(&appid(1));
    holder.claim(&held).await;
    let (before, after) = (holder.events().await, other.events().await);
    bench.mint.later(1);
    let wanted = bench.mint.wechat_app(&appid(1));
    assert_eq!(other.claim(&wanted).await, WechatAppClaimed::HeldByAnother);
    assert_has(&holder, &held).await;
    assert!(app(&other, &appid(1)).await.is_none());
    assert_eq!(holder.events().await, before);
    assert_eq!(other.events().await, after);
}

pub async fn a_transfer_moves_the_app_and_tells_both_tenants(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (from, to) = (bench.tenant("from").await, bench.tenant("to").await);
    let (moved, client) = from.mini_program(1).await;
    let ming = person(&moved, "ming");
    let login = from.sign_in(&ming, &client).await;
    let bystander = bench.mint.wechat_app(&appid(2));
    from.claim(&bystander).await;
    bench.mint.later(5);
    let proven = bench.mint.wechat_app(&moved);
    assert_eq!(transfer(&to, &proven).await, WechatAppClaimed::Transferred);

    assert_has(&to, &proven).await;
    assert!(app(&from, &moved).await.is_none());
    assert_has(&from, &bystander).await;
    to.assert_recorded(EventKind::WechatAppTransferredIn, moved.as_str())
        .await;
    let out = from.events().await;
    let out = out.first().unwrap();
    assert_eq!(
        (out.kind, out.target.as_str(), out.at),
        (
            EventKind::WechatAppTransferredOut,
            moved.as_str(),
            bench.mint.now()
        )
    );
    assert_eq!(from.claim(&proven).await, WechatAppClaimed::HeldByAnother);

    // Its identities remain where they are, and mean nobody in the other tenant.
    assert_eq!(from.identities(login.user).await[0].wechat(), Some(&ming));
    let elsewhere = to.register("shop", None).await;
    assert_ne!(to.sign_in(&ming, &elsewhere).await.user, login.user);
    assert_eq!(from.sign_in(&ming, &client).await.user, login.user);
}

pub async fn a_transfer_of_a_free_app_is_a_claim(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let free = bench.mint.wechat_app(&appid(1));
    bench.mint.later(1);
    assert_eq!(transfer(&home, &free).await, WechatAppClaimed::Created);
    home.assert_recorded(EventKind::WechatAppCreated, appid(1).as_str())
        .await;
    assert_has(&home, &free).await;
}

pub async fn a_claim_by_a_tenant_that_is_not_there_takes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (holder, nowhere) = (
        bench.tenant("holder").await,
        bench.home(bench.mint.tenant("nowhere")),
    );
    let held = bench.mint.wechat_app(&appid(1));
    holder.claim(&held).await;
    for number in [1, 2] {
        let claim = WechatAppClaim {
            transfer: true,
            ..bench
                .mint
                .claim(nowhere.tenant.id, bench.mint.wechat_app(&appid(number)))
        };
        let claimed = bench.store.claim_wechat_app(&claim).await;
        assert!(matches!(claimed, Err(StoreError::Gone(_))), "{claimed:?}");
    }
    assert_has(&holder, &held).await;
    let free = bench.mint.wechat_app(&appid(2));
    assert_eq!(holder.claim(&free).await, WechatAppClaimed::Created);
}

pub async fn a_removed_app_is_free_and_its_identities_remain(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let (gone, client) = home.mini_program(1).await;
    let login = home.sign_in(&person(&gone, "ming"), &client).await;
    let bystander = bench.mint.wechat_app(&appid(2));
    home.claim(&bystander).await;
    bench.mint.later(1);
    let remove = Change::DeleteWechatApp(gone.clone());
    assert_eq!(home.change(remove.clone()).await, Changed::Updated);
    home.assert_recorded(EventKind::WechatAppDeleted, gone.as_str())
        .await;
    assert!(app(&home, &gone).await.is_none());
    assert_eq!(home.identities(login.user).await.len(), 1);
    home.assert_alive(&login).await;
    home.assert_nothing_changes(remove, Changed::Missing).await;
    assert_has(&home, &bystander).await;
    let free = bench.mint.wechat_app(&gone);
    assert_eq!(other.claim(&free).await, WechatAppClaimed::Created);
}

pub async fn one_tenants_app_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let mine = bench.mint.wechat_app(&appid(1));
    ours.claim(&mine).await;
    assert!(app(&theirs, &appid(1)).await.is_none());
    theirs
        .assert_nothing_changes(Change::DeleteWechatApp(appid(1)), Changed::Missing)
        .await;
    assert_has(&ours, &mine).await;
    let listed = pages(3, async |page| theirs.rows.wechat_apps(&page).await).await;
    assert!(listed.concat().is_empty());
}

pub async fn apps_are_listed_in_the_order_of_their_appids(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let mut apps = vec![];
    for number in [0xb, 3, 0xa, 1, 9, 0xa0, 2] {
        let app = bench.mint.wechat_app(&appid(number));
        home.claim(&app).await;
        apps.push(app);
    }
    other.claim(&bench.mint.wechat_app(&appid(5))).await;
    apps.sort_by(|a, b| a.credential.appid.cmp(&b.credential.appid));
    let expected: Vec<_> = apps.iter().map(shown).collect();
    for (limit, sizes) in [(3, &[3, 3, 1][..]), (7, &[7])] {
        let pages = pages(limit, async |page| home.rows.wechat_apps(&page).await).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        let found: Vec<_> = pages.concat().iter().map(shown).collect();
        assert_eq!(found, expected);
    }
}

pub async fn of_100_tenants_that_claim_an_app_one_gets_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let mut homes = vec![];
    for i in 0..MANY {
        homes.push(bench.tenant(&format!("tenant-{i}")).await);
    }
    let outputs = at_once(MANY, |i| {
        let home = homes[i].clone();
        async move {
            let app = home.mint().wechat_app(&appid(1));
            home.claim(&app).await
        }
    })
    .await;
    assert_eq!(count(&outputs, &WechatAppClaimed::Created), 1);
    assert_eq!(count(&outputs, &WechatAppClaimed::HeldByAnother), MANY - 1);
    for (home, output) in homes.iter().zip(outputs) {
        let has = app(home, &appid(1)).await.is_some();
        assert_eq!(has, output == WechatAppClaimed::Created);
        let recorded = home.events_of(EventKind::WechatAppCreated).await.len();
        assert_eq!(recorded, usize::from(has));
    }
}

pub async fn after_100_parallel_transfers_one_tenant_has_the_app(store: Arc<dyn Store>) {
    const TENANTS: usize = 10;
    let bench = Bench::new(store);
    let mut homes = vec![];
    for i in 0..TENANTS {
        homes.push(bench.tenant(&format!("tenant-{i}")).await);
    }
    let outputs = at_once(MANY, |i| {
        let home = homes[i % TENANTS].clone();
        async move {
            let app = home.mint().wechat_app(&appid(1));
            transfer(&home, &app).await
        }
    })
    .await;
    assert_eq!(count(&outputs, &WechatAppClaimed::Created), 1);
    assert_eq!(count(&outputs, &WechatAppClaimed::HeldByAnother), 0);
    let (mut holders, mut came, mut went) = (0, 0, 0);
    for home in &homes {
        holders += usize::from(app(home, &appid(1)).await.is_some());
        came += home.events_of(EventKind::WechatAppTransferredIn).await.len();
        went += home.events_of(EventKind::WechatAppTransferredOut).await.len();
    }
    let moves = count(&outputs, &WechatAppClaimed::Transferred);
    assert_eq!((holders, came, went), (1, moves, moves));
}
