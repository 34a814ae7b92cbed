//! Linking: one person who comes by several apps is one user, as far as a unionid proves it.

use super::{
    bench::{Bench, Home, Login},
    parallel::{MANY, at_once},
};
use crate::builders::{Person, appid, person};
use hufu_core::{
    change::Change,
    client::ClientId,
    event::EventKind,
    id::{GrantId, IdentityId, SessionId, UserId},
    identity::{ExternalIdentity, Identity, WechatIdentity},
    reason::Reason,
    store::Store,
    user::UserState,
};
use std::{collections::BTreeSet, sync::Arc};

/// A tenant with two apps, each with a client.
pub(super) struct Apps {
    pub(super) home: Home,
    pub(super) clients: [ClientId; 2],
}

impl Apps {
    pub(super) async fn new(store: Arc<dyn Store>) -> Self {
        let home = Bench::new(store).tenant("tea").await;
        let clients = [home.mini_program(1).await.1, home.mini_program(2).await.1];
        Self { home, clients }
    }

    /// Signs in by the client of the person's own app; people of other apps by the first one's.
    pub(super) async fn sign_in(&self, person: &WechatIdentity) -> Login {
        self.home.mint().later(1);
        let client = &self.clients[usize::from(person.appid == appid(2))];
        self.home.sign_in(person, client).await
    }

    pub(super) async fn is_bare(&self, user: UserId) -> bool {
        self.home
            .write(user, |unit, user| unit.is_bare(*user))
            .await
            .unwrap()
    }

    /// Two users: `a` in app 1 without a unionid, `b` in app 2 with the unionid that `a` will turn out to have.
    pub(super) async fn two_users(&self) -> (Login, Login) {
        let (a, b) = (self.sign_in(&a()).await, self.sign_in(&b()).await);
        assert_ne!(a.user, b.user);
        (a, b)
    }

    /// Makes a user more than bare: a grant to the client of the app that it has no identity in.
    pub(super) async fn use_elsewhere(&self, person: &WechatIdentity) {
        let client = &self.clients[usize::from(person.appid == appid(1))];
        self.home.sign_in(person, client).await;
    }
}

/// Somebody in both apps whom nothing of this concerns.
pub(super) struct Bystander {
    login: Login,
    identities: Vec<Identity>,
}

impl Apps {
    pub(super) async fn bystander(&self) -> Bystander {
        let one = person(&appid(1), "bystander-1").known_as("u-bystander", "group");
        let two = person(&appid(2), "bystander-2").known_as("u-bystander", "group");
        let login = self.sign_in(&one).await;
        assert_eq!(self.sign_in(&two).await.user, login.user);
        Bystander {
            identities: self.home.identities(login.user).await,
            login,
        }
    }

    pub(super) async fn assert_untouched(&self, bystander: &Bystander) {
        let user = bystander.login.user;
        assert!(self.home.user(user).await.is_active());
        assert_eq!(self.home.identities(user).await, bystander.identities);
        let known = bystander.identities[0].wechat().expect("it is one");
        assert_eq!(self.home.union_holder(known).await, Some(user));
        self.home.assert_alive(&bystander.login).await;
    }
}

/// In app 1, before WeChat tells the unionid.
pub(super) fn a() -> WechatIdentity {
    person(&appid(1), "ming-1")
}

/// The same, with the unionid.
pub(super) fn a_known() -> WechatIdentity {
    a().known_as("u-ming", "group")
}

/// In app 2, with the unionid.
pub(super) fn b() -> WechatIdentity {
    person(&appid(2), "ming-2").known_as("u-ming", "group")
}

pub async fn a_second_app_of_the_union_scope_is_the_same_user(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let first = apps.sign_in(&a_known()).await;
    let second = apps.sign_in(&b()).await;
    assert_eq!(second.user, first.user);
    let found = apps.home.identities(first.user).await;
    let found: Vec<_> = found.iter().filter_map(Identity::wechat).collect();
    assert_eq!(found, [&a_known(), &b()]);
    let linked = apps.home.events_of(EventKind::IdentityLinked).await;
    assert_eq!(linked.len(), 1);
    assert_eq!(linked[0].target, first.user.to_string());
    // From now on by its openid alone.
    let returned = apps.sign_in(&person(&appid(2), "ming-2")).await;
    assert_eq!(returned.user, first.user);
    assert_eq!(apps.home.users().await.len(), 1);
}

pub async fn a_unionid_links_only_within_its_union_scope(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let scoped = apps.sign_in(&a_known()).await.user;
    let elsewhere = person(&appid(2), "ming-2").known_as("u-ming", "another-group");
    let nowhere = person(&appid(3), "ming-3").known_nowhere_as("u-ming");
    let also_nowhere = person(&appid(4), "ming-4").known_nowhere_as("u-ming");
    let mut users = BTreeSet::from([scoped]);
    for proven in [elsewhere, nowhere, also_nowhere] {
        users.insert(apps.sign_in(&proven).await.user);
    }
    assert_eq!(users.len(), 4);
    assert_eq!(apps.home.union_holder(&a_known()).await, Some(scoped));
}

pub async fn r51_equal_unionids_in_two_tenants_never_meet(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let client = ours.register("shop", None).await;
    theirs.register("shop", None).await;
    let here = ours.sign_in(&a_known(), &client).await.user;
    let there = theirs.sign_in(&b(), &client).await.user;
    assert_ne!(here, there);
    assert_eq!(ours.sign_in(&b(), &client).await.user, here);
    assert_eq!(theirs.sign_in(&a_known(), &client).await.user, there);
    assert_eq!(ours.identities(there).await, []);
    assert_eq!(theirs.identities(here).await, []);
}

pub async fn a_unionid_seen_later_is_filled_in(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let bystander = apps.bystander().await;
    let user = apps.sign_in(&a()).await.user;
    let identity = apps.home.identities(user).await.remove(0);
    let events = apps.home.events().await;
    assert_eq!(apps.sign_in(&a_known()).await.user, user);
    let filled = Identity {
        external: ExternalIdentity::Wechat(a_known()),
        ..identity
    };
    assert_eq!(apps.home.identities(user).await, [filled]);
    assert_eq!(apps.home.union_holder(&a_known()).await, Some(user));
    assert_eq!(apps.home.events().await, events);
    assert_eq!(apps.sign_in(&b()).await.user, user, "and links from now on");
    apps.assert_untouched(&bystander).await;
}

pub async fn a_unionid_that_vanishes_is_remembered(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let user = apps.sign_in(&a_known()).await.user;
    let events = apps.home.events().await;
    assert_eq!(apps.sign_in(&a()).await.user, user);
    assert_eq!(apps.home.identities(user).await[0].wechat(), Some(&a_known()));
    assert_eq!(apps.home.events().await, events);
    assert_eq!(apps.sign_in(&b()).await.user, user);
}

pub async fn a_unionid_that_changes_is_recorded_once(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let bystander = apps.bystander().await;
    let user = apps.sign_in(&a_known()).await.user;
    let rebound = a().known_as("u-other", "group");
    for _ in 0..3 {
        assert_eq!(apps.sign_in(&rebound).await.user, user);
        let told = apps.home.events_of(EventKind::IdentityUnionidChanged).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].target, user.to_string());
    }
    assert_eq!(apps.home.identities(user).await[0].wechat(), Some(&rebound));
    assert_eq!(apps.home.union_holder(&rebound).await, Some(user));
    let second = person(&appid(2), "ming-2").known_as("u-other", "group");
    assert_eq!(
        apps.sign_in(&second).await.user,
        user,
        "the free key is the user's"
    );
    apps.assert_untouched(&bystander).await;
}

pub async fn a_changed_unionid_that_another_holds_moves_nobody(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let user = apps.sign_in(&a_known()).await;
    let hong = person(&appid(2), "hong").known_as("u-hong", "group");
    let other = apps.sign_in(&hong).await;
    let rebound = a().known_as("u-hong", "group");
    for _ in 0..3 {
        assert_eq!(apps.sign_in(&rebound).await.user, user.user);
        let told = apps.home.events_of(EventKind::IdentityUnionidChanged).await;
        assert_eq!(told.len(), 1);
    }
    assert_eq!(apps.home.union_holder(&rebound).await, Some(other.user));
    assert_eq!(apps.sign_in(&hong).await.user, other.user);
    apps.home.assert_alive(&user).await;
    apps.home.assert_alive(&other).await;
    assert_eq!(apps.home.identities(user.user).await.len(), 1);
    assert_eq!(apps.home.identities(other.user).await.len(), 1);
}

pub async fn a_disabled_user_does_not_come_in_by_another_app(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let user = apps.sign_in(&a_known()).await.user;
    apps.home
        .change(Change::UserState(user, UserState::Disabled))
        .await;
    let request = apps.home.mint().sign_in_request(&b(), &apps.clients[1]);
    assert_eq!(apps.home.ask(request).await, Err(Reason::UserDisabled));
    assert_eq!(apps.home.users().await.len(), 1);
    assert_eq!(apps.home.identities(user).await.len(), 1);
}

pub async fn a_union_key_is_not_taken_from_its_holder(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let holder = apps.sign_in(&b()).await.user;
    let home = &apps.home;
    let user = home.mint().user();
    let identity = home.mint().identity(user.id, ExternalIdentity::Wechat(a_known()));
    home.write((user, identity), |unit, (user, identity)| {
        Box::pin(async move {
            unit.insert_user(user).await?;
            unit.insert_identity(identity).await?;
            let key = identity.wechat().and_then(WechatIdentity::union_key);
            unit.record_union(identity.id, &key.expect("it has one"), Some(user.id))
                .await
        })
    })
    .await
    .unwrap();
    assert_eq!(home.union_holder(&b()).await, Some(holder));
}

pub async fn one_tenants_people_are_not_anothers_to_link(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let client = ours.register("shop", None).await;
    theirs.register("shop", None).await;
    let login = ours.sign_in(&a_known(), &client).await;
    let foreign = theirs.sign_in(&b(), &client).await;
    let identity = ours.identities(login.user).await.remove(0);
    let hijack = Identity {
        id: IdentityId::generate(theirs.now(), &bench.mint.random),
        external: ExternalIdentity::Wechat(person(&appid(9), "hijack")),
        ..identity.clone()
    };
    // Whatever becomes of each of these: nothing of the other tenant changes.
    let inserted = theirs
        .write(hijack, |unit, identity| unit.insert_identity(identity))
        .await;
    assert!(inserted.is_err(), "a user of another tenant is no user here");
    let key = a().known_as("u-hijack", "group").union_key();
    let _ = theirs
        .write(
            (identity.id, key.expect("it has one"), foreign.user),
            |unit, (id, key, user)| unit.record_union(*id, key, Some(*user)),
        )
        .await;
    for (absorbed, into) in [(login.user, foreign.user), (foreign.user, login.user)] {
        let _ = theirs
            .write((absorbed, into, theirs.now()), |unit, (absorbed, into, now)| {
                unit.absorb(*absorbed, *into, *now)
            })
            .await;
    }
    let moved = hufu_core::session::Session {
        id: SessionId::generate(theirs.now(), &bench.mint.random),
        ..login.signed_in.session.clone()
    };
    let grant = hufu_core::grant::Grant {
        id: GrantId::generate(theirs.now(), &bench.mint.random),
        session_id: moved.id,
        ..login.signed_in.grant.clone()
    };
    let grant_id = grant.id;
    let opened = theirs
        .write((moved, grant), |unit, (session, grant)| {
            unit.open_session(session, grant, None)
        })
        .await;
    assert!(opened.is_err(), "a user of another tenant has no session here");

    assert_eq!(ours.identities(login.user).await, [identity]);
    assert!(ours.user(login.user).await.is_active());
    assert_eq!(ours.union_holder(&a_known()).await, Some(login.user));
    ours.assert_alive(&login).await;
    let sessions = ours.rows.sessions(login.user, ours.now()).await.unwrap();
    assert_eq!(sessions, [login.signed_in.session]);
    for home in [&ours, &theirs] {
        assert_eq!(home.live(grant_id).await, None);
    }
    assert_eq!(theirs.identities(login.user).await, []);
}

pub async fn first_logins_by_two_apps_at_once_make_one_user(store: Arc<dyn Store>) {
    let apps = Apps::new(store).await;
    let logins = at_once(MANY, |i| {
        let (home, client) = (apps.home.clone(), apps.clients[i % 2].clone());
        let proven = if i % 2 == 0 { a_known() } else { b() };
        async move { home.sign_in(&proven, &client).await }
    })
    .await;
    let users: BTreeSet<_> = logins.iter().map(|login| login.user).collect();
    assert_eq!(users.len(), 1);
    let user = logins[0].user;
    assert_eq!(apps.home.users().await.len(), 1);
    assert_eq!(apps.home.identities(user).await.len(), 2);
    for (kind, times) in [
        (EventKind::UserCreated, 1),
        (EventKind::IdentityLinked, 1),
        (EventKind::UserAbsorbed, 0),
        (EventKind::IdentityConflict, 0),
    ] {
        let told = apps.home.events_of(kind).await;
        assert_eq!(told.len(), times, "{kind:?}");
    }
    for login in &logins {
        assert!(apps.home.is_alive(login.grant).await);
    }
}
