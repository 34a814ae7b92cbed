//! Phones that come with many logins at once.

use super::{
    parallel::{MANY, at_once, count},
    phones::{NUMBER, OTHER_NUMBER, Shop, holder, number_of},
};
use crate::builders::{Person, SignInChanges, appid, person, phone};
use hufu_core::{event::EventKind, reason::Reason, store::Store};
use std::{collections::BTreeSet, sync::Arc};

pub async fn of_100_people_who_come_at_once_with_one_new_phone_one_gets_it(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let outputs = at_once(MANY, |i| {
        let shop = shop.clone();
        async move {
            let request = shop.request(&format!("person-{i}"));
            shop.home.ask(request.with_phone(&phone(&appid(1), NUMBER))).await
        }
    })
    .await;
    assert_eq!(count(&outputs, &Err(Reason::PhoneTaken)), MANY - 1);
    let winner = outputs.into_iter().find_map(Result::ok).unwrap().session.user_id;
    let users: Vec<_> = shop.home.users().await.into_iter().map(|user| user.id).collect();
    assert_eq!(users, [winner], "who was refused left nothing");
    assert_eq!(holder(&shop.home, NUMBER).await, Some(winner));
    assert_eq!(shop.home.events_of(EventKind::UserCreated).await.len(), 1);
}

pub async fn of_100_people_who_come_at_once_where_phones_are_proof_all_are_one(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let users = at_once(MANY, |i| {
        let shop = shop.clone();
        async move {
            let proven = person(&appid(1 + i as u64 % 50), "ming");
            let joined = shop.known_joins_with(proven, NUMBER).await;
            joined.unwrap().session.user_id
        }
    })
    .await;
    let users: BTreeSet<_> = users.into_iter().collect();
    assert_eq!(users.len(), 1);
    assert_eq!(shop.home.users().await.len(), 1);
    let user = users.into_iter().next().unwrap();
    assert_eq!(shop.home.identities(user).await.len(), 51);
    assert_eq!(shop.home.events_of(EventKind::UserCreated).await.len(), 1);
}

pub async fn of_100_parallel_first_logins_with_a_phone_one_makes_the_user(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    // By two apps, whose unionid says that it is one person.
    let users = at_once(MANY, |i| {
        let shop = shop.clone();
        async move {
            let number = 1 + i as u64 % 2;
            let ming = person(&appid(number), &format!("ming-{number}")).known_as("u-ming", "group");
            shop.known_comes_with(&ming, NUMBER).await
        }
    })
    .await;
    let users: BTreeSet<_> = users.into_iter().collect();
    assert_eq!(users.len(), 1);
    let user = users.into_iter().next().unwrap();
    assert_eq!(shop.home.users().await.len(), 1);
    assert_eq!(shop.home.identities(user).await.len(), 3);
    let linked = shop.home.events_of(EventKind::IdentityLinked).await;
    assert_eq!(linked.len(), 2, "the phone once, the other app once");
}

pub async fn of_100_parallel_logins_with_a_new_phone_one_links_it(store: Arc<dyn Store>) {
    let shop = Shop::new(store).await;
    let user = shop.comes_with("ming", OTHER_NUMBER).await;
    at_once(MANY, |_| {
        let shop = shop.clone();
        async move { assert_eq!(shop.comes_with("ming", NUMBER).await, user) }
    })
    .await;
    assert_eq!(shop.home.identities(user).await.len(), 2);
    assert_eq!(number_of(&shop.home, user).await.as_deref(), Some(NUMBER));
    let linked = shop.home.events_of(EventKind::IdentityLinked).await;
    assert_eq!(linked.len(), 2, "each number once");
}
