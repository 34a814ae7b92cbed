//! Devices that ask for access (RFC 8628).

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once, count},
};
use hufu_core::{
    attempts::Begun,
    attempts::{AttemptLimits, MOST_USER_CODES},
    client::{ClientId, Resource},
    device::{
        Allowed, DEVICE_LIFETIME, DecideDevice, Decided, Device, DeviceRefused, DeviceState, EnterUserCode,
        Entered, Guess, MakeDevice, Pace, RedeemDevice,
    },
    event::EventKind,
    grant::Authentication,
    id::{DeviceId, EventId, GrantId, RefreshTokenId, SessionId, UserId},
    login::Opened,
    scope::Scope,
    session::{Browser, Method, Session},
    store::{Store, StoreError, write},
    time,
    token::SecretHash,
};
use std::sync::Arc;
use uuid::Uuid;

const SECRET: &[u8] = b"device code";
const COOKIE: &[u8] = b"cookie";
const IDLE: u32 = 3_600;

fn user_code(number: u128) -> SecretHash {
    SecretHash::of(format!("user code {number}").as_bytes())
}

fn device(home: &Home, number: u128) -> Device {
    let now = home.now();
    Device {
        id: DeviceId::from_uuid(Uuid::from_u128(number)),
        hash: SecretHash::of(SECRET),
        user_code: user_code(number),
        client_id: client(),
        scope: Scope::parse("openid profile offline_access").unwrap(),
        resources: vec![Resource::parse("https://api.example/tea").unwrap()],
        ip: Some("2001:db8::1".parse().unwrap()),
        state: DeviceState::New,
        pace: Pace::NEW,
        created_at: now,
        expires_at: time::after(now, DEVICE_LIFETIME),
    }
}

fn client() -> ClientId {
    ClientId::parse("tv").unwrap()
}

async fn made(home: &Home, number: u128) -> Device {
    let device = device(home, number);
    assert_eq!(make(home, &device).await.unwrap(), Begun::Kept);
    device
}

/// Keeps a device of a client that has proven who it is.
async fn make(home: &Home, device: &Device) -> Result<Begun, StoreError> {
    let make = MakeDevice {
        device: device.clone(),
        limits: None,
    };
    write(home.rows.as_ref(), make).await
}

/// A user who is signed in in a browser.
async fn signed_in(home: &Home) -> Session {
    let mint = home.mint();
    let user = mint.user();
    let session = Session {
        id: SessionId::generate(mint.now(), &mint.random),
        user_id: user.id,
        amr: vec![Method::Password, Method::Sms, Method::MultiFactor],
        auth_time: mint.now(),
        expires_at: time::after(mint.now(), 86_400),
        ended_at: None,
        browser: Some(Browser {
            cookie: SecretHash::of(COOKIE),
            seen_at: mint.now(),
            user_agent: None,
        }),
    };
    home.write((user, session.clone()), |unit, (user, session)| {
        Box::pin(async move {
            unit.insert_user(user).await?;
            unit.open_browser_session(session).await
        })
    })
    .await
    .unwrap();
    session
}

async fn find(home: &Home, id: DeviceId) -> Option<Device> {
    home.write(id, |unit, id| Box::pin(unit.device(*id)))
        .await
        .unwrap()
}

async fn set(home: &Home, id: DeviceId, before: DeviceState, after: DeviceState) -> bool {
    home.write((id, before, after), |unit, (id, before, after)| {
        Box::pin(unit.set_device_state(*id, before, after))
    })
    .await
    .unwrap()
}

async fn decide(home: &Home, device: &Device, session: &Session, allow: bool) -> Decided {
    let mint = home.mint();
    let decide = DecideDevice {
        user_code: device.user_code,
        session: (session.id, SecretHash::of(COOKIE)),
        idle_ttl: IDLE,
        allow,
        events: [
            EventId::generate(mint.now(), &mint.random),
            EventId::generate(mint.now(), &mint.random),
        ],
        ip: None,
        now: home.now(),
    };
    write(home.rows.as_ref(), decide).await.unwrap()
}

async fn redeem_as(home: &Home, device: &Device, by: (&str, &[u8])) -> Result<Opened, DeviceRefused> {
    redeem_for(home, device, by, None).await
}

async fn redeem_for(
    home: &Home,
    device: &Device,
    by: (&str, &[u8]),
    resource: Option<&str>,
) -> Result<Opened, DeviceRefused> {
    let mint = home.mint();
    let redeem = RedeemDevice {
        device: device.id,
        hash: SecretHash::of(by.1),
        client: ClientId::parse(by.0).unwrap(),
        dpop_jkt: Some("jkt".to_owned()),
        binds_refresh: true,
        resource: resource.map(|uri| Resource::parse(uri).unwrap()),
        session: SessionId::generate(mint.now(), &mint.random),
        grant: GrantId::generate(mint.now(), &mint.random),
        refresh: Some((
            RefreshTokenId::generate(mint.now(), &mint.random),
            SecretHash::of(b"refresh"),
        )),
        settings: home.tenant.settings.clone(),
        now: home.now(),
    };
    write(home.rows.as_ref(), redeem).await.unwrap()
}

async fn redeem(home: &Home, device: &Device) -> Result<Opened, DeviceRefused> {
    redeem_as(home, device, ("tv", SECRET)).await
}

async fn enter(home: &Home, user_code: Option<SecretHash>, user: UserId) -> Entered {
    let guess = Guess {
        user,
        ip: None,
        limits: AttemptLimits::default(),
    };
    let enter = EnterUserCode {
        user_code,
        guess: Some(guess),
        now: home.now(),
    };
    write(home.rows.as_ref(), enter).await.unwrap()
}

async fn with_client(bench: &Bench, slug: &str) -> Home {
    let home = bench.tenant(slug).await;
    home.register("tv", None).await;
    home
}

pub async fn a_device_comes_back_as_it_was_made_and_in_each_state(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let made = made(&home, 1).await;
    assert_eq!(find(&home, made.id).await, Some(made.clone()));
    assert_eq!(make(&home, &made).await.unwrap(), Begun::Taken);
    // Nor does another get the user code.
    let other = Device {
        id: DeviceId::from_uuid(Uuid::from_u128(2)),
        ..made.clone()
    };
    assert_eq!(make(&home, &other).await.unwrap(), Begun::Taken);
    assert_eq!(find(&home, other.id).await, None);
    let session = signed_in(&home).await;
    let user = session.user_id;
    let allowed = DeviceState::Allowed(Allowed {
        user,
        session: session.id,
        authentication: Authentication {
            amr: session.amr,
            auth_time: session.auth_time,
        },
    });
    let states = [
        DeviceState::New,
        allowed,
        DeviceState::Used { user },
        DeviceState::Denied { user },
    ];
    for pair in states.windows(2) {
        assert!(set(&home, made.id, pair[0].clone(), pair[1].clone()).await);
        assert!(!set(&home, made.id, pair[0].clone(), pair[1].clone()).await);
        assert_eq!(find(&home, made.id).await.unwrap().state, pair[1]);
    }
}

pub async fn rfc8628_3_5_how_often_a_device_asks_is_kept(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let made = made(&home, 1).await;
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::Pending));
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::TooFast));
    let pace = find(&home, made.id).await.unwrap().pace;
    assert_eq!((pace.interval, pace.polled_at), (10, Some(home.now())));
    bench.mint.later(10);
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::Pending));
    // Who cannot show the code, or is another client, slows nobody down.
    for by in [("tv", &b"another"[..]), ("radio", SECRET)] {
        assert_eq!(redeem_as(&home, &made, by).await, Err(DeviceRefused::Dead));
    }
    assert_eq!(find(&home, made.id).await.unwrap().pace.interval, 10);
}

pub async fn who_lets_a_device_in_gives_it_a_session_of_its_own(store: Arc<dyn Store>) {
    let home = with_client(&Bench::new(store), "tea").await;
    let (made, session) = (made(&home, 1).await, signed_in(&home).await);
    assert_eq!(decide(&home, &made, &session, true).await, Decided::Done);
    assert_eq!(decide(&home, &made, &session, false).await, Decided::Unknown);
    let elsewhere = redeem_for(&home, &made, ("tv", SECRET), Some("https://api.example/coffee")).await;
    assert_eq!(elsewhere, Err(DeviceRefused::WrongResource));
    let opened = redeem(&home, &made).await.unwrap();
    assert!(opened.is_refreshable);
    assert_ne!(opened.session.id, session.id);
    assert_eq!(
        (&opened.session.amr, opened.session.auth_time),
        (&session.amr, session.auth_time)
    );
    assert_eq!(opened.grant.details.resources, made.resources);
    assert_eq!(opened.grant.details.dpop_jkt.as_deref(), Some("jkt"));
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::Dead));
    let consent = home
        .rows
        .client_consent(session.user_id, &client())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(consent.scope, made.scope);
    let kinds: Vec<_> = home.events().await.iter().map(|event| event.kind).collect();
    for kind in [EventKind::DeviceAllowed, EventKind::ClientConsented] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
}

pub async fn who_does_not_gives_it_nothing(store: Arc<dyn Store>) {
    let home = with_client(&Bench::new(store), "tea").await;
    let (made, session) = (made(&home, 1).await, signed_in(&home).await);
    assert_eq!(decide(&home, &made, &session, false).await, Decided::Done);
    assert_eq!(decide(&home, &made, &session, true).await, Decided::Unknown);
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::Denied));
    let consent = home.rows.client_consent(session.user_id, &client()).await;
    assert_eq!(consent, Ok(None));
    let kinds: Vec<_> = home.events().await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::DeviceDenied), "{kinds:?}");
}

pub async fn r22_what_ends_the_browsers_session_ends_what_it_let_in(store: Arc<dyn Store>) {
    let home = with_client(&Bench::new(store), "tea").await;
    let (made, session) = (made(&home, 1).await, signed_in(&home).await);
    assert_eq!(decide(&home, &made, &session, true).await, Decided::Done);
    let ended = (session.user_id, session.id, home.now());
    home.write(ended, |unit, (user, session, now)| {
        Box::pin(unit.end_session(*user, *session, *now))
    })
    .await
    .unwrap();
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::Dead));
    // Nor does it let anything in any more.
    let next = self::made(&home, 2).await;
    assert_eq!(decide(&home, &next, &session, true).await, Decided::SignedOut);
}

pub async fn of_100_redemptions_of_a_device_code_at_once_one_counts(store: Arc<dyn Store>) {
    let home = with_client(&Bench::new(store), "tea").await;
    let (made, session) = (made(&home, 1).await, signed_in(&home).await);
    assert_eq!(decide(&home, &made, &session, true).await, Decided::Done);
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let (home, made) = (home.clone(), made.clone());
        async move { redeem(&home, &made).await.map(|_| ()) }
    })
    .await;
    assert_eq!(count(&outputs, &Ok(())), 1);
    assert_eq!(count(&outputs, &Err(DeviceRefused::Dead)), MANY - 1);
}

pub async fn of_100_decisions_about_a_device_at_once_one_counts(store: Arc<dyn Store>) {
    let home = with_client(&Bench::new(store), "tea").await;
    let made = made(&home, 1).await;
    let mut sessions = Vec::new();
    for _ in 0..MANY {
        sessions.push(signed_in(&home).await);
    }
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, made, session) = (home.clone(), made.clone(), sessions[i].clone());
        async move { decide(&home, &made, &session, i % 2 == 0).await }
    })
    .await;
    assert_eq!(count(&outputs, &Decided::Done), 1);
    assert_eq!(count(&outputs, &Decided::Unknown), MANY - 1);
}

pub async fn rfc8628_5_1_of_100_guesses_at_once_ten_are_looked_at(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let made = made(&home, 1).await;
    let (guesser, other) = (signed_in(&home).await.user_id, signed_in(&home).await.user_id);
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move { enter(&home, Some(user_code(1_000 + i as u128)), guesser).await }
    })
    .await;
    assert_eq!(count(&outputs, &Entered::Unknown), MOST_USER_CODES as usize);
    // The right one is not told from a wrong one now. Somebody else's try counts.
    let right = Some(made.user_code);
    assert!(matches!(
        enter(&home, right, guesser).await,
        Entered::TooOften(3_600)
    ));
    assert_eq!(enter(&home, right, other).await, Entered::Found(Box::new(made)));
    bench.mint.later(3_600);
    assert_eq!(enter(&home, None, guesser).await, Entered::Unknown);
}

pub async fn a_device_that_is_over_says_so_for_a_while_and_is_removed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (made, user) = (made(&home, 1).await, signed_in(&home).await.user_id);
    let clean = async || while bench.store.remove_expired(bench.mint.now(), 50).await.unwrap() > 0 {};
    bench.mint.later(DEVICE_LIFETIME);
    assert_eq!(enter(&home, Some(made.user_code), user).await, Entered::Unknown);
    bench.mint.later(599);
    clean().await;
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::Expired));
    bench.mint.later(1);
    clean().await;
    assert_eq!(find(&home, made.id).await, None);
    assert_eq!(redeem(&home, &made).await, Err(DeviceRefused::Dead));
}

pub async fn one_tenants_device_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (
        with_client(&bench, "ours").await,
        with_client(&bench, "theirs").await,
    );
    let made = made(&theirs, 1).await;
    let (here, there) = (signed_in(&ours).await, signed_in(&theirs).await);
    assert_eq!(find(&ours, made.id).await, None);
    assert_eq!(
        enter(&ours, Some(made.user_code), here.user_id).await,
        Entered::Unknown
    );
    assert_eq!(decide(&ours, &made, &here, true).await, Decided::Unknown);
    // Nor is anybody signed in here who is signed in there.
    assert_eq!(decide(&ours, &made, &there, true).await, Decided::SignedOut);
    assert_eq!(decide(&theirs, &made, &there, true).await, Decided::Done);
    assert_eq!(redeem(&ours, &made).await, Err(DeviceRefused::Dead));
    let allowed = find(&theirs, made.id).await.unwrap();
    let used = DeviceState::Used { user: there.user_id };
    assert!(!set(&ours, made.id, allowed.state.clone(), used).await);
    let pace = Pace {
        interval: 99,
        polled_at: None,
    };
    ours.write((made.id, pace), |unit, (id, pace)| {
        Box::pin(unit.set_device_pace(*id, *pace))
    })
    .await
    .unwrap();
    assert_eq!(find(&theirs, made.id).await, Some(allowed.clone()));
    // Failures here are none there.
    for _ in 0..MOST_USER_CODES {
        enter(&ours, None, there.user_id).await;
    }
    assert_eq!(enter(&theirs, None, there.user_id).await, Entered::Unknown);
    // The same id and code are another device here.
    let same = self::made(&ours, 1).await;
    assert_eq!(find(&theirs, made.id).await, Some(allowed));
    assert!(bench.delete(&theirs.tenant).await);
    assert_eq!(find(&theirs, made.id).await, None);
    assert_eq!(find(&ours, same.id).await, Some(same.clone()));
    let gone = make(&theirs, &same).await;
    assert!(matches!(gone, Err(StoreError::Gone(_))), "{gone:?}");
}
