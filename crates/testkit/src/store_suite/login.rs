//! Logins: who is new, who returns, who is refused; and that one person is one user, however many come at once.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once},
};
use crate::builders::{CALLER, Person, SignInChanges, appid, client_id, person};
use hufu_core::{
    change::Change,
    event::{Actor, EventKind},
    id::RefreshTokenId,
    login::{Refreshable, SignInRequest, Wants},
    reason::Reason,
    settings::Registration,
    store::{Revoked, Store},
    user::UserState,
};
use std::{collections::BTreeSet, sync::Arc};

/// Asserts that the tenant has no trace of anybody.
async fn assert_nobody(home: &Home) {
    assert_eq!(home.users().await, []);
    assert_eq!(home.events_of(EventKind::UserCreated).await, []);
}

pub async fn a_new_person_becomes_a_user_with_all_that_a_login_gives(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    bench.mint.later(1);
    let ming = person(&appid, "oMing_-1").known_as("u-ming", "group");
    let login = home.sign_in(&ming, &client).await;

    let user = home.user(login.user).await;
    assert!(user.is_active());
    assert_eq!((user.created_at, user.updated_at), (home.now(), home.now()));
    assert_eq!(home.users().await, std::slice::from_ref(&user));
    let identities = home.identities(login.user).await;
    assert_eq!(identities.len(), 1);
    assert_eq!(
        (identities[0].wechat(), identities[0].created_at),
        (Some(&ming), home.now())
    );
    assert_eq!(home.union_holder(&ming).await, Some(login.user));

    let (live, revoked) = home.rows.live_grant(login.grant, "jti").await.unwrap().unwrap();
    assert_eq!(revoked, Revoked::No);
    assert!(live.is_live(home.now()));
    assert_eq!(
        (&live.session, &live.grant, &live.user),
        (&login.signed_in.session, &login.signed_in.grant, &user)
    );
    let id = RefreshTokenId::from_uuid(login.token.id());
    let (token, family) = home.rows.refresh_token(id).await.unwrap().unwrap();
    assert_eq!(family, live);
    assert_eq!(
        (token.id, token.grant_id, token.generation, token.hash),
        (id, login.grant, 1, login.token.hash())
    );
    let sessions = home.rows.sessions(login.user, home.now()).await.unwrap();
    assert_eq!(sessions, [live.session]);

    let events = home.events_of(EventKind::UserCreated).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].actor, Actor::Client(client.to_string()));
    assert_eq!(
        (events[0].at, events[0].ip, &events[0].target),
        (home.now(), Some(CALLER), &login.user.to_string())
    );
}

pub async fn a_returning_person_is_the_same_user(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    let ming = person(&appid, "ming");
    let first = home.sign_in(&ming, &client).await;
    let events = home.events().await;
    bench.mint.later(86_400);
    let second = home.sign_in(&ming, &client).await;
    assert_eq!(second.user, first.user);
    assert_ne!(second.grant, first.grant);
    assert_ne!(second.signed_in.session.id, first.signed_in.session.id);
    home.assert_alive(&first).await;
    home.assert_alive(&second).await;
    assert_eq!(home.users().await.len(), 1);
    assert_eq!(home.identities(first.user).await.len(), 1);
    assert_eq!(home.events().await, events, "a return is nothing to record");
}

pub async fn a_login_without_refresh_has_no_family(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    let request = SignInRequest {
        wants: Wants::Session(Refreshable::No),
        ..bench.mint.sign_in_request(&person(&appid, "ming"), &client)
    };
    let signed_in = home.ask(request).await.unwrap();
    assert!(home.is_alive(signed_in.grant.id).await);
}

pub async fn r51_equal_openids_in_two_apps_are_two_people(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let client = home.register("shop", None).await;
    let one = home.sign_in(&person(&appid(1), "same"), &client).await;
    let two = home.sign_in(&person(&appid(2), "same"), &client).await;
    let three = home.sign_in(&person(&appid(1), "SAME"), &client).await;
    let users = BTreeSet::from([one.user, two.user, three.user]);
    assert_eq!(users.len(), 3, "and an openid is its bytes");
}

pub async fn r51_equal_openids_in_two_tenants_never_meet(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let ming = person(&appid(1), "ming").known_as("u-ming", "group");
    let client = ours.register("shop", None).await;
    theirs.register("shop", None).await;
    let here = ours.sign_in(&ming, &client).await;
    let unseen = theirs
        .write(ming.clone(), |unit, ming| {
            unit.identity(&ming.appid, &ming.openid)
        })
        .await;
    assert_eq!(unseen, Ok(None));
    assert_eq!(theirs.union_holder(&ming).await, None);
    let there = theirs.sign_in(&ming, &client).await;
    assert_ne!(here.user, there.user);
    for (home, own, foreign) in [(&ours, &here, &there), (&theirs, &there, &here)] {
        let users: Vec<_> = home.users().await.into_iter().map(|user| user.id).collect();
        assert_eq!(users, [own.user]);
        assert_eq!(home.union_holder(&ming).await, Some(own.user));
        assert_eq!(home.live(foreign.grant).await, None);
        assert_eq!(home.sign_in(&ming, &client).await.user, own.user);
    }
    theirs
        .change(Change::UserState(there.user, UserState::Disabled))
        .await;
    ours.assert_alive(&here).await;
}

pub async fn where_registration_is_closed_nobody_new_leaves_a_trace(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    let ming = person(&appid, "ming").known_as("u-ming", "group");
    let request = |registration| {
        let request = bench.mint.sign_in_request(&ming, &client);
        request.where_registration_is(registration)
    };
    for (closed, reason) in [
        (Registration::Closed, Reason::RegistrationClosed),
        (Registration::Phone, Reason::PhoneRequired),
    ] {
        let outcome = home.ask(request(closed)).await;
        assert_eq!(outcome, Err(reason));
        assert_nobody(&home).await;
        assert_eq!(home.union_holder(&ming).await, None);
    }
    let user = home
        .ask(request(Registration::Wechat))
        .await
        .unwrap()
        .session
        .user_id;
    let again = home.ask(request(Registration::Closed)).await.unwrap();
    assert_eq!(again.session.user_id, user, "who is there may come in");
}

pub async fn a_disabled_user_is_refused_without_a_trace(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    let ming = person(&appid, "ming");
    let user = home.sign_in(&ming, &client).await.user;
    home.change(Change::UserState(user, UserState::Disabled)).await;
    let (identities, events) = (home.identities(user).await, home.events().await);
    bench.mint.later(1);
    for proven in [ming.clone(), ming.known_as("u-ming", "group")] {
        let outcome = home.ask(bench.mint.sign_in_request(&proven, &client)).await;
        assert_eq!(outcome, Err(Reason::UserDisabled));
    }
    assert_eq!(home.users().await.len(), 1);
    assert_eq!(home.identities(user).await, identities);
    assert_eq!(home.rows.sessions(user, home.now()).await.unwrap(), []);
    assert_eq!(home.events().await, events);
}

pub async fn of_100_parallel_first_logins_of_a_person_one_makes_the_user(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    let ming = person(&appid, "ming");
    let logins = at_once(MANY, |_| {
        let (home, client, ming) = (home.clone(), client.clone(), ming.clone());
        async move { home.sign_in(&ming, &client).await }
    })
    .await;
    let users: BTreeSet<_> = logins.iter().map(|login| login.user).collect();
    assert_eq!(users.len(), 1);
    let user = logins[0].user;
    assert_eq!(home.users().await.len(), 1);
    assert_eq!(home.identities(user).await.len(), 1);
    assert_eq!(home.events_of(EventKind::UserCreated).await.len(), 1);
    let sessions: BTreeSet<_> = logins.iter().map(|login| login.signed_in.session.id).collect();
    let found = home.rows.sessions(user, home.now()).await.unwrap();
    assert_eq!(
        found
            .into_iter()
            .map(|session| session.id)
            .collect::<BTreeSet<_>>(),
        sessions
    );
    for login in &logins {
        assert!(home.is_alive(login.grant).await);
    }
}

pub async fn a_hundred_people_who_come_at_once_are_a_hundred_users(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let homes = [bench.tenant("one").await, bench.tenant("two").await];
    for home in &homes {
        home.register("shop", None).await;
    }
    let client = client_id("shop");
    let logins = at_once(MANY, |i| {
        let (home, client) = (homes[i % 2].clone(), client.clone());
        let who = person(&appid(1), &format!("person-{}", i / 2)).known_as(&format!("u-{}", i / 2), "group");
        async move { home.sign_in(&who, &client).await }
    })
    .await;
    let users: BTreeSet<_> = logins.iter().map(|login| login.user).collect();
    assert_eq!(users.len(), MANY);
    for (i, login) in logins.iter().enumerate() {
        homes[i % 2].assert_alive(login).await;
        assert!(!homes[(i + 1) % 2].is_alive(login.grant).await);
    }
    for home in &homes {
        assert_eq!(home.users().await.len(), MANY / 2);
    }
}
