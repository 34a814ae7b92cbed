//! Accounts: usernames with their passwords, and the sessions that end beside the one that asks.

use super::{
    bench::{Bench, Home, Login, asked},
    parallel::{MANY, at_once, count},
};
use crate::builders::{
    appid, by_new_account, by_password, password, person, phone_in_hand, refresh_token, username,
};
use hufu_core::{
    account::{ByUser, ChangePassword},
    change::{Change, Changed, Import},
    client::ClientId,
    event::EventKind,
    id::{EventId, UserId},
    identity::ExternalIdentity,
    login::{Proofs, SignIn},
    profile::Profile,
    reason::Reason,
    store::{Account, Store, StoreError, write},
};
use std::sync::Arc;

/// A tenant with a client, at which everyone may register.
pub(super) async fn house(store: Arc<dyn Store>, slug: &str) -> (Home, ClientId) {
    let home = Bench::new(store).tenant(slug).await;
    let client = home.register("shop", None).await;
    (home, client)
}

/// Signs somebody in by whatever they prove, who must be let in.
pub(super) async fn comes_by(home: &Home, client: &ClientId, proofs: Proofs) -> Login {
    let request = home.mint().sign_in_with(proofs, client);
    let (act, handout) = SignIn::prepare(request, &home.mint().random);
    let signed_in = asked(write(home.rows.as_ref(), act).await.unwrap()).unwrap();
    Login {
        user: signed_in.session.user_id,
        grant: signed_in.grant.id,
        signed_in,
        token: Arc::new(refresh_token(handout)),
    }
}

/// The account of that name.
pub(super) async fn account(home: &Home, name: &str) -> Option<Account> {
    let read = home.rows.account(&username(name), &[]).await.unwrap().0;
    let inside = home
        .write(username(name), |unit, name| unit.account(name))
        .await
        .unwrap();
    let id = read.as_ref().map(|account| account.identity.id);
    assert_eq!(id, inside.map(|account| account.identity.id));
    read
}

fn by(home: &Home, login: &Login) -> ByUser {
    ByUser {
        user: login.user,
        session: login.signed_in.session.id,
        client: login.signed_in.grant.client_id.clone(),
        event: EventId::generate(home.now(), &home.mint().random),
        ip: None,
        now: home.now(),
    }
}

async fn set_password(home: &Home, login: &Login, new: &str) -> Result<(), Reason> {
    let act = ChangePassword {
        by: by(home, login),
        hash: password(new),
    };
    write(home.rows.as_ref(), act).await.unwrap()
}

/// How many live sessions a user has.
async fn sessions(home: &Home, user: UserId) -> usize {
    home.rows.sessions(user, home.now()).await.unwrap().len()
}

pub async fn an_account_comes_back_with_its_password(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    assert!(account(&home, "li.ming").await.is_none());
    let login = comes_by(&home, &client, by_new_account("Li.Ming", &password("one"))).await;
    let found = account(&home, "li.ming").await.unwrap();
    assert_eq!(found.user, home.user(login.user).await);
    assert_eq!(home.identities(login.user).await, vec![found.identity.clone()]);
    assert_eq!(found.identity.account(), Some(&username("li.ming")));
    assert_eq!(found.hash.expose(), password("one").expose());
    let of_identity = home
        .write(found.identity.id, |unit, id| unit.account_of(*id))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(of_identity.identity, found.identity);
    assert_eq!(of_identity.hash.expose(), found.hash.expose());
    assert_eq!(
        comes_by(&home, &client, by_password(&found)).await.user,
        login.user
    );
    // An identity of another kind is no account.
    let ming = home.sign_in(&person(&appid(1), "li.ming"), &client).await;
    let wechat = home.wechat_of(ming.user).await.id;
    let none = home.write(wechat, |unit, id| unit.account_of(*id)).await;
    assert!(none.unwrap().is_none());
}

pub async fn a_password_is_replaced_and_goes_with_its_identity(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let one = comes_by(&home, &client, by_new_account("ming", &password("one"))).await;
    let other = comes_by(
        &home,
        &client,
        by_password(&account(&home, "ming").await.unwrap()),
    )
    .await;
    let before = account(&home, "ming").await.unwrap();
    assert_eq!(set_password(&home, &one, "two").await, Ok(()));
    let after = account(&home, "ming").await.unwrap();
    assert_eq!(after.hash.expose(), password("two").expose());
    assert_eq!(after.identity, before.identity);
    home.assert_alive(&one).await;
    home.assert_ended(&other).await;
    let request = home.mint().sign_in_with(by_password(&before), &client);
    assert_eq!(home.ask(request).await, Err(Reason::PasswordWrong), "the old one");
    let removed = home
        .write(after.identity.id, |unit, id| unit.remove_identity(*id))
        .await;
    assert_eq!(removed, Ok(true));
    assert!(account(&home, "ming").await.is_none());
    // The name is free, and whoever takes it has no password of before.
    let next = comes_by(&home, &client, by_new_account("ming", &password("three"))).await;
    assert_ne!(next.user, one.user);
    assert_eq!(
        account(&home, "ming").await.unwrap().hash.expose(),
        password("three").expose()
    );
}

pub async fn a_username_is_one_users(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let ming = comes_by(&home, &client, by_new_account("ming", &password("one"))).await;
    let again = home
        .mint()
        .sign_in_with(by_new_account("MING", &password("two")), &client);
    assert_eq!(home.ask(again).await, Err(Reason::UsernameTaken));
    let hong = home.sign_in(&person(&appid(1), "hong"), &client).await;
    let taken = home
        .mint()
        .identity(hong.user, ExternalIdentity::Account(username("ming")));
    let refused = home.write(taken, |unit, taken| unit.insert_identity(taken)).await;
    assert!(matches!(refused, Err(StoreError::Contention(_))), "{refused:?}");
    assert_eq!(account(&home, "ming").await.unwrap().user.id, ming.user);
}

pub async fn a_user_with_a_username_is_not_bare(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let ming = comes_by(&home, &client, by_new_account("ming", &password("one"))).await;
    assert_eq!(
        home.write(ming.user, |unit, user| unit.is_bare(*user)).await,
        Ok(false)
    );
}

pub async fn of_100_people_who_want_one_name_at_once_one_gets_it(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, client) = (home.clone(), client.clone());
        async move {
            let proofs = by_new_account("ming", &password(&i.to_string()));
            home.ask(home.mint().sign_in_with(proofs, &client))
                .await
                .map(|_| i)
        }
    })
    .await;
    assert_eq!(count(&outputs, &Err(Reason::UsernameTaken)), MANY - 1);
    let winner = outputs.into_iter().find_map(Result::ok).unwrap();
    let kept = account(&home, "ming").await.unwrap();
    assert_eq!(kept.hash.expose(), password(&winner.to_string()).expose());
    assert_eq!(home.users().await.len(), 1);
}

pub async fn all_sessions_but_one_end_and_are_counted(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let ming = person(&appid(1), "ming");
    let mut logins = vec![];
    for _ in 0..4 {
        home.mint().later(1);
        logins.push(home.sign_in(&ming, &client).await);
    }
    let bystander = home.sign_in(&person(&appid(1), "hong"), &client).await;
    let user = logins[0].user;
    let end = async |keep| {
        home.write((user, keep, home.now()), |unit, (user, keep, now)| {
            Box::pin(async move {
                unit.user(*user).await?;
                unit.end_other_sessions(*user, *keep, *now).await
            })
        })
        .await
        .unwrap()
    };
    assert_eq!(end(Some(logins[2].signed_in.session.id)).await, 3);
    for (i, login) in logins.iter().enumerate() {
        if i == 2 {
            home.assert_alive(login).await;
        } else {
            home.assert_ended(login).await;
        }
    }
    // A session of somebody else keeps nothing.
    assert_eq!(end(Some(bystander.signed_in.session.id)).await, 1);
    assert_eq!(end(None).await, 0);
    home.assert_ended(&logins[2]).await;
    home.assert_alive(&bystander).await;
}

pub async fn the_oldest_sessions_end_first(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let ming = person(&appid(1), "ming");
    let mut logins = vec![];
    for _ in 0..5 {
        home.mint().later(1);
        logins.push(home.sign_in(&ming, &client).await);
    }
    let user = logins[0].user;
    for keep in [7, 5, 2, 2, 0] {
        home.write((user, keep, home.now()), |unit, (user, keep, now)| {
            Box::pin(async move {
                unit.user(*user).await?;
                unit.end_oldest_sessions(*user, *keep, *now).await
            })
        })
        .await
        .unwrap();
        let kept = usize::try_from(keep).unwrap().min(5);
        for login in &logins[5 - kept..] {
            home.assert_alive(login).await;
        }
        for login in &logins[..5 - kept] {
            home.assert_ended(login).await;
        }
    }
}

pub async fn r60_after_100_parallel_logins_the_most_that_may_live_do(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let ming = person(&appid(1), "ming");
    let user = home.sign_in(&ming, &client).await.user;
    // The oldest beyond doubt: of one instant, ids are in no order.
    home.mint().later(1);
    home.warm_up().await;
    let grants = at_once(MANY, |_| {
        let (home, client, ming) = (home.clone(), client.clone(), ming.clone());
        async move {
            let mut request = home.mint().sign_in_request(&ming, &client);
            request.settings.sessions.most_per_user = Some(5);
            home.ask(request).await.unwrap().grant.id
        }
    })
    .await;
    assert_eq!(sessions(&home, user).await, 5);
    let mut alive = 0;
    for grant in grants {
        alive += usize::from(home.is_alive(grant).await);
    }
    assert_eq!(alive, 5, "their grants, and no others");
}

pub async fn r58_no_login_by_the_old_password_slips_past_a_parallel_change(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let first = comes_by(&home, &client, by_new_account("ming", &password("one"))).await;
    let old = by_password(&account(&home, "ming").await.unwrap());
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, client, first, old) = (home.clone(), client.clone(), first.clone(), old.clone());
        async move {
            if i == MANY / 2 {
                assert_eq!(set_password(&home, &first, "two").await, Ok(()));
                return None;
            }
            match home.ask(home.mint().sign_in_with(old, &client)).await {
                Ok(signed_in) => Some(signed_in.grant.id),
                Err(reason) => {
                    assert_eq!(reason, Reason::PasswordWrong);
                    None
                }
            }
        }
    })
    .await;
    for grant in outputs.into_iter().flatten() {
        assert!(!home.is_alive(grant).await);
    }
    home.assert_alive(&first).await;
    assert_eq!(sessions(&home, first.user).await, 1);
}

pub async fn live_grants_are_listed_newest_first(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let web = home.register("web", None).await;
    let ming = person(&appid(1), "ming");
    let mut logins = vec![];
    for client in [&client, &web, &client] {
        home.mint().later(1);
        logins.push(home.sign_in(&ming, client).await);
    }
    let user = logins[0].user;
    home.sign_in(&person(&appid(1), "hong"), &client).await;
    let grants = home.rows.grants(user, home.now()).await.unwrap();
    assert_eq!(grants.len(), 3);
    for (grant, login) in grants.iter().zip(logins.iter().rev()) {
        let of = &login.signed_in.grant;
        assert_eq!(
            (grant.id, grant.session_id, &grant.client_id),
            (of.id, of.session_id, &of.client_id)
        );
        assert_eq!((&grant.scope, grant.created_at), (&of.scope, of.created_at));
    }
    home.change(Change::EndSession(user, logins[0].signed_in.session.id))
        .await;
    let left = async |now| {
        let grants = home.rows.grants(user, now).await.unwrap();
        grants.into_iter().map(|grant| grant.id).collect::<Vec<_>>()
    };
    assert_eq!(left(home.now()).await, [logins[2].grant, logins[1].grant]);
    assert_eq!(left(logins[2].signed_in.grant.expires_at).await, []);
}

pub async fn a_user_from_elsewhere_comes_in_whole_or_not_at_all(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let import = |name: &str, number: &str| {
        let user = home.mint().user();
        let phone = phone_in_hand(number);
        let identities = vec![
            home.mint()
                .identity(user.id, ExternalIdentity::Account(username(name))),
            home.mint().identity(user.id, ExternalIdentity::Phone(phone)),
        ];
        Import {
            user,
            identities,
            password: Some(password("old product's")),
            profile: Profile::default(),
        }
    };
    let ming = import("ming", "+8613800138000");
    assert_eq!(
        home.change(Change::ImportUser(ming.clone())).await,
        Changed::Created
    );
    assert_eq!(home.events_of(EventKind::UserImported).await.len(), 1);
    let login = comes_by(
        &home,
        &client,
        by_password(&account(&home, "ming").await.unwrap()),
    )
    .await;
    assert_eq!(login.user, ming.user.id);
    for (name, number) in [("ming", "+8613800138001"), ("hong", "+8613800138000")] {
        let import = import(name, number);
        let id = import.user.id;
        assert_eq!(home.change(Change::ImportUser(import)).await, Changed::InUse);
        assert_eq!(home.rows.user(id).await.unwrap(), None);
    }
    assert!(account(&home, "hong").await.is_none());
}

pub async fn one_tenants_account_is_not_anothers(store: Arc<dyn Store>) {
    let (ours, client) = house(store.clone(), "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    theirs.register("shop", None).await;
    let own = comes_by(&ours, &client, by_new_account("ming", &password("one"))).await;
    assert!(account(&theirs, "ming").await.is_none());
    let found = account(&ours, "ming").await.unwrap();
    let id = found.identity.id;
    let of_identity = theirs.write(id, |unit, id| unit.account_of(*id)).await;
    assert!(of_identity.unwrap().is_none());
    // Whatever another tenant tries on it.
    let given = (id, password("theirs"), ours.now());
    let set = theirs.write(given, |unit, (id, hash, now)| unit.set_password(*id, hash, *now));
    assert!(matches!(set.await, Err(StoreError::Gone(_))));
    let given = (own.user, theirs.now());
    let ended = theirs.write(given, |unit, (user, now)| {
        Box::pin(async move {
            unit.set_closing(*user, Some(*now)).await?;
            unit.end_oldest_sessions(*user, 0, *now).await?;
            unit.end_other_sessions(*user, None, *now).await
        })
    });
    assert_eq!(ended.await, Ok(0));
    assert_eq!(theirs.rows.grants(own.user, theirs.now()).await.unwrap(), []);
    let refused = theirs.mint().sign_in_with(by_password(&found), &client);
    assert_eq!(theirs.ask(refused).await, Err(Reason::PasswordWrong));
    ours.assert_alive(&own).await;
    assert_eq!(ours.user(own.user).await.closes_at, None);
    assert_eq!(
        account(&ours, "ming").await.unwrap().hash.expose(),
        password("one").expose()
    );
    let other = comes_by(&theirs, &client, by_new_account("ming", &password("two"))).await;
    assert_ne!(other.user, own.user);
    assert_ne!(account(&theirs, "ming").await.unwrap().identity.id, id);
}
