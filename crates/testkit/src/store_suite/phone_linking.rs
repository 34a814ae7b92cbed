//! Phones that a signed-in user adds.

use super::{
    bench::{Bench, Home, Login},
    parallel::{MANY, at_once, count},
    phones::{NUMBER, holder, number_of, phone_of},
};
use crate::builders::{appid, client_id, person, phone};
use hufu_core::{
    change::Change,
    event::{Actor, EventKind},
    id::UserId,
    identity::Identity,
    link::{AddIdentity, Added},
    login::Proofs,
    reason::Reason,
    store::{Store, write},
    user::UserState,
};
use std::sync::Arc;

/// The identity, and whether it is new; or why there is none.
type Linked = Result<(Identity, bool), Reason>;

/// A user adds a phone that WeChat verified.
async fn link(home: &Home, user: UserId, number: &str) -> Linked {
    let proofs = Proofs {
        phone: Some(phone(&appid(1), number)),
        ..Proofs::default()
    };
    let request = home.mint().add_identity(user, proofs, &client_id("shop"));
    let (act, _) = AddIdentity::prepare(request, &home.mint().random);
    match write(home.rows.as_ref(), act).await.unwrap() {
        Added::Linked(identity) => Ok((identity, true)),
        Added::Held(identity) => Ok((identity, false)),
        Added::Refused(refusal) => Err(refusal.reason),
        other => panic!("a phone that WeChat verified proves no other user: {other:?}"),
    }
}

/// A tenant with two users.
async fn two_users(store: Arc<dyn Store>) -> (Home, Login, Login) {
    let home = Bench::new(store).tenant("tea").await;
    let client = home.register("shop", None).await;
    let ming = home.sign_in(&person(&appid(1), "ming"), &client).await;
    let hong = home.sign_in(&person(&appid(1), "hong"), &client).await;
    home.mint().later(1);
    (home, ming, hong)
}

pub async fn a_user_adds_a_phone(store: Arc<dyn Store>) {
    let (home, ming, _) = two_users(store).await;
    let (identity, new) = link(&home, ming.user, NUMBER).await.unwrap();
    assert!(new);
    assert_eq!(identity.phone(), Some(&phone(&appid(1), NUMBER)));
    assert_eq!(phone_of(&home, ming.user).await.as_ref(), Some(&identity));
    assert_eq!(home.identities(ming.user).await[1], identity);
    home.assert_alive(&ming).await;
    let newest = home.events().await.remove(0);
    assert_eq!(
        (newest.kind, newest.target),
        (EventKind::IdentityLinked, ming.user.to_string())
    );
    assert_eq!(newest.actor, Actor::User(ming.user.to_string()));
    assert_eq!(newest.detail["replaced"], serde_json::Value::Null);
    assert!(!newest.detail.to_string().contains(&NUMBER[1..]));

    // Once more is nothing new, and another number takes its place.
    let events = home.events().await;
    assert_eq!(link(&home, ming.user, NUMBER).await, Ok((identity, false)));
    assert_eq!(home.events().await, events);
    home.mint().later(1);
    assert!(link(&home, ming.user, "+14155552671").await.unwrap().1);
    assert_eq!(home.identities(ming.user).await.len(), 2);
    assert_eq!(holder(&home, NUMBER).await, None);
    let newest = home.events().await.remove(0);
    assert!(newest.detail["replaced"]["id"].is_string());
}

pub async fn a_phone_that_another_has_is_not_added(store: Arc<dyn Store>) {
    let (home, ming, hong) = two_users(store).await;
    link(&home, ming.user, NUMBER).await.unwrap();
    link(&home, hong.user, "+14155552671").await.unwrap();
    let events = home.events().await;
    assert_eq!(link(&home, hong.user, NUMBER).await, Err(Reason::PhoneTaken));
    let number = number_of(&home, hong.user).await;
    assert_eq!(number.as_deref(), Some("+14155552671"), "the own one stays");
    assert_eq!(holder(&home, NUMBER).await, Some(ming.user));
    assert_eq!(home.events().await, events);
}

pub async fn only_an_active_user_adds_a_phone(store: Arc<dyn Store>) {
    let (home, ming, hong) = two_users(store).await;
    let theirs = home.bench.tenant("theirs").await;
    home.change(Change::UserState(ming.user, UserState::Disabled))
        .await;
    home.change(Change::DeleteUser(hong.user)).await;
    for (at, user) in [(&home, ming.user), (&home, hong.user), (&theirs, ming.user)] {
        let events = at.events().await;
        assert_eq!(link(at, user, NUMBER).await, Err(Reason::UserDisabled));
        assert_eq!(holder(at, NUMBER).await, None);
        assert_eq!(at.events().await, events);
    }
}

pub async fn of_two_phones_added_to_a_user_at_once_one_stays(store: Arc<dyn Store>) {
    let (home, ming, _) = two_users(store).await;
    let numbers = [NUMBER, "+14155552671"];
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move { link(&home, ming.user, numbers[i % 2]).await.unwrap().1 }
    })
    .await;
    let phones = home.identities(ming.user).await;
    assert_eq!(
        phones
            .iter()
            .filter(|identity| identity.phone().is_some())
            .count(),
        1
    );
    let linked = home.events_of(EventKind::IdentityLinked).await;
    assert_eq!(linked.len(), count(&outputs, &true));
    let replaced = linked
        .iter()
        .filter(|event| event.detail["replaced"]["verified_by"].is_string());
    assert_eq!(
        replaced.count(),
        linked.len() - 1,
        "each but the first replaced one"
    );
}

pub async fn of_100_users_who_add_one_phone_at_once_one_gets_it(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    let client = home.register("shop", None).await;
    let mut users = vec![];
    for i in 0..MANY {
        let someone = person(&appid(1), &format!("person-{i}"));
        users.push(home.sign_in(&someone, &client).await.user);
    }
    let outputs = at_once(MANY, |i| {
        let (home, user) = (home.clone(), users[i]);
        async move {
            link(&home, user, NUMBER)
                .await
                .map(|(identity, _)| identity.user_id)
        }
    })
    .await;
    assert_eq!(count(&outputs, &Err(Reason::PhoneTaken)), MANY - 1);
    let winner = outputs.into_iter().find_map(Result::ok);
    assert_eq!(holder(&home, NUMBER).await, winner);
    assert_eq!(home.events_of(EventKind::IdentityLinked).await.len(), 1);
}
