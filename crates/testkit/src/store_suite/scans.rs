//! Sign-ins by scan.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once, count},
};
use crate::builders::appid;
use hufu_core::{
    attempts::{AttemptLimits, Begun},
    id::{IdentityId, RequestId, ScanId, UserId},
    scan::{FinishScan, MOST_OPEN, MOST_PICTURES, MakeScan, Scan, ScanRefused, ScanState, TakePicture},
    store::{Store, StoreError, write},
    time,
    token::SecretHash,
};
use std::sync::Arc;
use uuid::Uuid;

const SCENE: &[u8] = b"AAAAAAAAAAAAAAAAAAAAAA";
const BROWSER: &[u8] = b"browser";

fn scan(home: &Home, number: u128) -> Scan {
    let now = home.now();
    Scan {
        id: ScanId::from_uuid(Uuid::from_u128(number)),
        hash: SecretHash::of(SCENE),
        request: RequestId::from_uuid(Uuid::from_u128(1)),
        browser: SecretHash::of(BROWSER),
        appid: appid(1),
        match_code: 7,
        ip: Some("2001:db8::1".parse().unwrap()),
        user_agent: Some("Mozilla/5.0 (虎符)".to_owned()),
        state: ScanState::New,
        created_at: now,
        expires_at: time::after(now, 120),
    }
}

async fn make(home: &Home, scan: &Scan) -> Result<Begun, StoreError> {
    let make = MakeScan {
        scan: scan.clone(),
        limits: AttemptLimits::default(),
    };
    write(home.rows.as_ref(), make).await
}

async fn user(home: &Home) -> UserId {
    let user = home.mint().user();
    let id = user.id;
    home.write(user, |unit, user| Box::pin(unit.insert_user(user)))
        .await
        .unwrap();
    id
}

async fn set(home: &Home, id: ScanId, before: ScanState, after: ScanState) -> bool {
    home.write((id, before, after), |unit, (id, before, after)| {
        Box::pin(unit.set_scan_state(*id, *before, *after))
    })
    .await
    .unwrap()
}

async fn finish(home: &Home, id: ScanId, browser: &[u8]) -> Result<Scan, ScanRefused> {
    let finish = FinishScan {
        id,
        browser: SecretHash::of(browser),
        now: home.now(),
    };
    write(home.rows.as_ref(), finish).await.unwrap()
}

fn confirmed(user: UserId) -> ScanState {
    ScanState::Confirmed {
        user,
        identity: IdentityId::from_uuid(Uuid::from_u128(3)),
    }
}

pub async fn a_scan_comes_back_as_it_was_made_and_in_each_state(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let made = scan(&home, 1);
    assert_eq!(make(&home, &made).await.unwrap(), Begun::Kept);
    assert_eq!(home.rows.scan(made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(make(&home, &made).await.unwrap(), Begun::Taken);
    let user = user(&home).await;
    let states = [
        ScanState::New,
        ScanState::Scanned { user },
        confirmed(user),
        ScanState::Used { user },
        ScanState::Denied { user },
    ];
    for pair in states.windows(2) {
        assert!(set(&home, made.id, pair[0], pair[1]).await);
        let found = home.rows.scan(made.id).await.unwrap().unwrap();
        assert_eq!(found.state, pair[1]);
    }
}

pub async fn a_state_is_changed_from_what_it_is_alone(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let made = scan(&home, 1);
    make(&home, &made).await.unwrap();
    let (anne, bert) = (user(&home).await, user(&home).await);
    let scanned = |user| ScanState::Scanned { user };
    assert!(set(&home, made.id, ScanState::New, scanned(anne)).await);
    assert!(!set(&home, made.id, ScanState::New, scanned(bert)).await);
    assert!(!set(&home, made.id, scanned(bert), confirmed(bert)).await);
    assert!(set(&home, made.id, scanned(anne), confirmed(anne)).await);
}

pub async fn of_100_people_who_read_a_code_at_once_one_was_first(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let made = scan(&home, 1);
    make(&home, &made).await.unwrap();
    let mut users = Vec::new();
    for _ in 0..MANY {
        users.push(user(&home).await);
    }
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, user) = (home.clone(), users[i]);
        async move { set(&home, made.id, ScanState::New, ScanState::Scanned { user }).await }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
}

pub async fn of_100_ends_of_a_scan_at_once_one_counts(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let user = user(&home).await;
    let made = Scan {
        state: confirmed(user),
        ..scan(&home, 1)
    };
    make(&home, &made).await.unwrap();
    assert_eq!(finish(&home, made.id, b"other").await, Err(ScanRefused::Unknown));
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { finish(&home, made.id, BROWSER).await.map(|_| ()) }
    })
    .await;
    assert_eq!(count(&outputs, &Ok(())), 1);
    assert_eq!(count(&outputs, &Err(ScanRefused::Decided)), MANY - 1);
}

pub async fn scans_and_pictures_of_one_request_are_counted(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    for number in 0..MOST_OPEN {
        let made = scan(&home, number.into());
        assert_eq!(make(&home, &made).await.unwrap(), Begun::Kept);
    }
    let more = scan(&home, 99);
    assert_eq!(make(&home, &more).await.unwrap(), Begun::TooMany(120));
    let picture = |browser: &'static [u8]| TakePicture {
        id: scan(&home, 1).id,
        browser: SecretHash::of(browser),
        now: home.now(),
    };
    let rows = home.rows.as_ref();
    assert!(write(rows, picture(b"other")).await.unwrap().is_none());
    for _ in 0..MOST_PICTURES {
        assert!(write(rows, picture(BROWSER)).await.unwrap().is_some());
    }
    assert!(write(rows, picture(BROWSER)).await.unwrap().is_none());
    bench.mint.later(120);
    let later = scan(&home, 100);
    assert_eq!(make(&home, &later).await.unwrap(), Begun::Kept);
}

pub async fn of_100_begun_at_once_from_an_address_as_many_are_kept_as_may_be(store: Arc<dyn Store>) {
    const MOST: u32 = 30;
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let begin = |home: &Home, number: usize, ip: &str| {
        let scan = Scan {
            // One request each, so that only the address counts.
            request: RequestId::from_uuid(Uuid::from_u128(number as u128)),
            ip: Some(ip.parse().unwrap()),
            ..scan(home, number as u128)
        };
        let limits = AttemptLimits {
            begun_per_hour: MOST,
            ..AttemptLimits::default()
        };
        let home = home.clone();
        async move {
            write(home.rows.as_ref(), MakeScan { scan, limits })
                .await
                .unwrap()
        }
    };
    home.warm_up().await;
    let outputs = at_once(MANY, |i| begin(&home, i, "203.0.113.9")).await;
    assert_eq!(count(&outputs, &Begun::Kept), MOST as usize);
    assert_eq!(count(&outputs, &Begun::TooMany(3_600)), MANY - MOST as usize);
    assert_eq!(begin(&home, MANY, "203.0.113.10").await, Begun::Kept);
    assert_eq!(
        begin(&other, MANY, "203.0.113.9").await,
        Begun::Kept,
        "another tenant"
    );
    bench.mint.later(3_600);
    assert_eq!(begin(&home, MANY + 1, "203.0.113.9").await, Begun::Kept);
}

pub async fn a_scan_that_is_over_is_removed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let made = scan(&home, 1);
    make(&home, &made).await.unwrap();
    let clean = async || while bench.store.remove_expired(bench.mint.now(), 50).await.unwrap() > 0 {};
    bench.mint.later(119);
    clean().await;
    assert!(home.rows.scan(made.id).await.unwrap().is_some());
    bench.mint.later(1);
    clean().await;
    assert_eq!(home.rows.scan(made.id).await.unwrap(), None);
}

pub async fn one_tenants_scan_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let user = user(&theirs).await;
    let made = Scan {
        state: confirmed(user),
        ..scan(&theirs, 1)
    };
    make(&theirs, &made).await.unwrap();
    assert_eq!(ours.rows.scan(made.id).await.unwrap(), None);
    assert_eq!(finish(&ours, made.id, BROWSER).await, Err(ScanRefused::Unknown));
    assert!(!set(&ours, made.id, made.state, ScanState::Used { user }).await);
    let id = made.id;
    let counted = ours
        .write(id, |unit, id| Box::pin(unit.count_picture(*id, 5)))
        .await;
    assert_eq!(counted, Ok(false));
    let now = ours.now();
    let open = ours
        .write((made.request, now), |unit, (request, now)| {
            Box::pin(unit.open_scans(*request, *now))
        })
        .await;
    assert_eq!(open, Ok(0));
    // The same id is another scan here.
    let here = scan(&ours, 1);
    assert_eq!(make(&ours, &here).await.unwrap(), Begun::Kept);
    assert_eq!(theirs.rows.scan(id).await.unwrap(), Some(made));
    assert!(bench.delete(&theirs.tenant).await);
    assert_eq!(theirs.rows.scan(id).await.unwrap(), None);
    let gone = make(&theirs, &here).await;
    assert!(matches!(gone, Err(StoreError::Gone(_))), "{gone:?}");
}
