//! Merges: identities that go to another user by proof of both sides, and back.

use super::{
    accounts::{account, comes_by, house},
    bench::{Home, Login},
    parallel::{MANY, at_once, count},
    phones::{NUMBER, OTHER_NUMBER, holder},
};
use crate::builders::{
    Person, SignInChanges, appid, by_new_account, by_password, by_phone, by_wechat, client_id, password,
    person, phone_in_hand,
};
use hufu_core::{
    change::{Change, Changed},
    client::ClientId,
    event::EventKind,
    id::{IdentityId, LoginId, MergeId, UserId},
    identity::WechatIdentity,
    link::{AddIdentity, Added},
    login::{Presented, Proofs},
    merge::{Merge, REVERSIBLE_FOR},
    reason::Reason,
    store::{Store, write},
    user::UserState,
};
use std::sync::Arc;

/// A user adds what is proven; with `merge`, and whoever has it.
async fn add(home: &Home, user: UserId, proofs: Proofs, merge: bool) -> Added {
    let client = client_id("shop");
    let mut request = home.mint().add_identity(user, proofs, &client);
    request.merge = merge;
    let (act, _) = AddIdentity::prepare(request, &home.mint().random);
    write(home.rows.as_ref(), act).await.unwrap()
}

async fn give(home: &Home, ids: &[IdentityId], from: UserId, to: UserId) -> Vec<IdentityId> {
    home.write((ids.to_vec(), from, to), |unit, (ids, from, to)| {
        unit.move_identities(ids, *from, *to)
    })
    .await
    .unwrap()
}

async fn merge_of(home: &Home, merged: UserId) -> Option<Merge> {
    home.write(merged, |unit, merged| unit.merge_of(*merged))
        .await
        .unwrap()
}

/// Ming, who came by WeChat, and somebody who came by a phone.
async fn two(home: &Home, client: &ClientId) -> (Login, Login) {
    let ming = home.sign_in(&person(&appid(1), "ming"), client).await;
    home.mint().later(1);
    let other = comes_by(home, client, by_phone(NUMBER)).await;
    assert_ne!(ming.user, other.user);
    home.mint().later(1);
    (ming, other)
}

fn in_app(number: u64) -> WechatIdentity {
    person(&appid(number), &format!("ming-{number}")).known_as("u-ming", "group")
}

pub async fn identities_move_with_the_union_keys_that_only_they_have(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let from = home.sign_in(&in_app(1), &client).await.user;
    home.mint().later(1);
    home.sign_in(&in_app(2), &client).await;
    let hong = home
        .sign_in(&person(&appid(1), "hong").known_as("u-hong", "group"), &client)
        .await;
    let to = hong.user;
    let ids: Vec<_> = home
        .identities(from)
        .await
        .iter()
        .map(|identity| identity.id)
        .collect();
    let theirs = home.identities(to).await[0].id;
    // Of those that are asked for, those that the user has.
    assert_eq!(give(&home, &[ids[1], theirs], from, to).await, [ids[1]]);
    assert_eq!(home.identities(to).await.len(), 2);
    assert_eq!(
        home.union_holder(&in_app(1)).await,
        Some(from),
        "one that stays has it too"
    );
    assert_eq!(give(&home, &ids, from, to).await, [ids[0]]);
    assert_eq!(home.union_holder(&in_app(1)).await, Some(to));
    assert_eq!(home.identities(from).await, []);
    // And back.
    assert_eq!(give(&home, &ids, to, from).await, ids);
    assert_eq!(home.union_holder(&in_app(1)).await, Some(from));
    let hongs = person(&appid(1), "hong").known_as("u-hong", "group");
    assert_eq!(home.union_holder(&hongs).await, Some(to));
    assert_eq!(give(&home, &ids, to, from).await, []);
    assert_eq!(give(&home, &ids, from, from).await, ids);
    assert_eq!(home.sign_in(&in_app(2), &client).await.user, from);
}

pub async fn the_last_merge_that_was_not_undone_is_found(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    assert_eq!(merge_of(&home, other.user).await, None);
    let mut merges = vec![];
    for _ in 0..3 {
        let at = home.mint().later(1);
        let merge = Merge {
            id: MergeId::generate(at, &home.mint().random),
            merged: other.user,
            into: ming.user,
            moved: home
                .identities(other.user)
                .await
                .iter()
                .map(|identity| identity.id)
                .collect(),
            at,
        };
        home.write(merge.clone(), |unit, merge| unit.insert_merge(merge))
            .await
            .unwrap();
        merges.push(merge);
    }
    assert_eq!(merge_of(&home, ming.user).await, None);
    while let Some(last) = merges.pop() {
        assert_eq!(merge_of(&home, other.user).await.as_ref(), Some(&last));
        home.write((last, home.now()), |unit, (merge, now)| {
            unit.undo_merge(merge, *now)
        })
        .await
        .unwrap();
    }
    assert_eq!(merge_of(&home, other.user).await, None);
}

pub async fn two_users_become_one_by_proof_of_both_and_two_again(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    let Added::Linked(named) = add(&home, other.user, by_new_account("ming", &password("one")), false).await
    else {
        panic!("the name is free")
    };
    let merged = other.user;
    assert_eq!(
        add(&home, ming.user, by_phone(NUMBER), true).await,
        Added::Merged { merged }
    );
    assert_eq!(
        home.user(merged).await.state,
        UserState::Merged { into: ming.user }
    );
    assert_eq!(home.identities(ming.user).await.len(), 3);
    home.assert_ended(&other).await;
    home.assert_alive(&ming).await;
    // The password went along with its name.
    let kept = account(&home, "ming").await.unwrap();
    assert_eq!((kept.identity.id, kept.user.id), (named.id, ming.user));
    assert_eq!(comes_by(&home, &client, by_password(&kept)).await.user, ming.user);
    assert_eq!(comes_by(&home, &client, by_phone(NUMBER)).await.user, ming.user);

    home.mint().later(1);
    assert_eq!(home.change(Change::Unmerge(merged)).await, Changed::Updated);
    assert_eq!(home.user(merged).await.state, UserState::Active);
    assert_eq!(home.identities(ming.user).await.len(), 1);
    assert_eq!(holder(&home, NUMBER).await, Some(merged));
    assert_eq!(account(&home, "ming").await.unwrap().user.id, merged);
    home.assert_ended(&ming).await;
    assert_eq!(home.change(Change::Unmerge(merged)).await, Changed::Missing);
    assert_eq!(home.events_of(EventKind::UserUnmerged).await.len(), 1);
}

pub async fn a_merge_is_undone_for_thirty_days(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    add(&home, ming.user, by_phone(NUMBER), true).await;
    home.mint().later(REVERSIBLE_FOR);
    assert_eq!(home.change(Change::Unmerge(other.user)).await, Changed::TooLate);
    assert_eq!(home.identities(ming.user).await.len(), 2);
}

pub async fn a_merge_goes_with_the_tombstone(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    add(&home, ming.user, by_phone(NUMBER), true).await;
    assert!(merge_of(&home, other.user).await.is_some());
    home.change(Change::DeleteUser(other.user)).await;
    assert_eq!(merge_of(&home, other.user).await, None);
    assert_eq!(holder(&home, NUMBER).await, Some(ming.user));
}

pub async fn a_merged_user_closes_no_more(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    let given = (other.user, ming.user, home.now());
    home.write(given, |unit, (absorbed, into, now)| {
        Box::pin(async move {
            unit.set_closing(*absorbed, Some(*now)).await?;
            unit.absorb(*absorbed, *into, *now).await
        })
    })
    .await
    .unwrap();
    assert_eq!(home.user(other.user).await.closes_at, None);
    home.bench.store.remove_expired(home.now(), 10).await.unwrap();
    assert!(
        home.rows.user(other.user).await.unwrap().is_some(),
        "its tombstone stays"
    );
}

pub async fn of_two_users_who_merge_each_other_at_once_one_remains(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    home.warm_up().await;
    let outputs = at_once(10, |i| {
        let home = home.clone();
        let wechat = Proofs {
            wechat: Some(by_wechat(&person(&appid(1), "ming"))),
            ..Proofs::default()
        };
        let (user, proofs) = if i % 2 == 0 {
            (ming.user, by_phone(NUMBER))
        } else {
            (other.user, wechat)
        };
        async move { add(&home, user, proofs, true).await }
    })
    .await;
    let merged = outputs
        .iter()
        .filter(|added| matches!(added, Added::Merged { .. }));
    assert_eq!(merged.count(), 1);
    let states = [home.user(ming.user).await, home.user(other.user).await];
    let remaining: Vec<_> = states.iter().filter(|user| user.is_active()).collect();
    assert_eq!(remaining.len(), 1);
    assert_eq!(home.identities(remaining[0].id).await.len(), 2);
    assert_eq!(home.events_of(EventKind::UserMerged).await.len(), 1);
}

pub async fn of_100_who_undo_a_merge_at_once_one_does(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    add(&home, ming.user, by_phone(NUMBER), true).await;
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { home.change(Change::Unmerge(other.user)).await }
    })
    .await;
    assert_eq!(count(&outputs, &Changed::Updated), 1);
    assert_eq!(count(&outputs, &Changed::Missing), MANY - 1);
    assert_eq!(holder(&home, NUMBER).await, Some(other.user));
}

pub async fn a_phone_that_two_users_link_at_once_is_one_users(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let ming = home.sign_in(&person(&appid(1), "ming"), &client).await.user;
    let hong = home.sign_in(&person(&appid(1), "hong"), &client).await.user;
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, user) = (home.clone(), [ming, hong][i % 2]);
        async move { (user, add(&home, user, by_phone(OTHER_NUMBER), false).await) }
    })
    .await;
    let winner = holder(&home, OTHER_NUMBER).await.unwrap();
    let mut linked = 0;
    for (user, added) in outputs {
        match added {
            Added::Linked(identity) => {
                assert_eq!((user, identity.user_id), (winner, winner));
                linked += 1;
            }
            Added::Held(_) => assert_eq!(user, winner),
            Added::Offered(Reason::PhoneTaken) => assert_ne!(user, winner),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(linked, 1);
    assert_eq!(
        home.identities(ming).await.len() + home.identities(hong).await.len(),
        3
    );
}

pub async fn an_offer_to_merge_is_the_users_own(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let (ming, other) = two(&home, &client).await;
    let hong = home.sign_in(&person(&appid(1), "hong"), &client).await;
    let request = home.mint().add_identity(ming.user, by_phone(NUMBER), &client);
    let (act, token) = AddIdentity::prepare(request, &home.mint().random);
    let offered = write(home.rows.as_ref(), act).await.unwrap();
    assert_eq!(offered, Added::Offered(Reason::PhoneTaken));
    let presented = Presented {
        id: LoginId::from_uuid(token.id()),
        hash: token.hash(),
    };
    let merged = other.user;
    for (user, expected) in [
        (hong.user, Added::InvalidSession),
        (ming.user, Added::Merged { merged }),
        (ming.user, Added::InvalidSession),
    ] {
        let mut request = home.mint().add_identity(user, Proofs::default(), &client);
        request.presented = Some(presented);
        request.merge = true;
        let (act, _) = AddIdentity::prepare(request, &home.mint().random);
        assert_eq!(write(home.rows.as_ref(), act).await.unwrap(), expected);
    }
}

pub async fn one_tenants_merge_is_not_anothers(store: Arc<dyn Store>) {
    let (ours, client) = house(store, "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    theirs.register("shop", None).await;
    let (ming, other) = two(&ours, &client).await;
    let foreign = theirs.sign_in(&person(&appid(1), "ming"), &client).await.user;
    add(&ours, ming.user, by_phone(NUMBER), true).await;
    let merge = merge_of(&ours, other.user).await.unwrap();
    assert_eq!(merge_of(&theirs, other.user).await, None);
    assert_eq!(theirs.change(Change::Unmerge(other.user)).await, Changed::Missing);
    assert_eq!(give(&theirs, &merge.moved, ming.user, foreign).await, []);
    theirs
        .write((merge.clone(), theirs.now()), |unit, (merge, now)| {
            unit.undo_merge(merge, *now)
        })
        .await
        .unwrap();
    let inserted = theirs
        .write(merge.clone(), |unit, merge| unit.insert_merge(merge))
        .await;
    assert!(inserted.is_err(), "the tombstone is not of this tenant");
    assert_eq!(merge_of(&ours, other.user).await, Some(merge));
    // Nor does a phone of one tenant find anybody in the other.
    let linked = add(&theirs, foreign, by_phone(NUMBER), true).await;
    assert!(matches!(linked, Added::Linked(_)), "{linked:?}");
    assert_eq!(holder(&ours, NUMBER).await, Some(ming.user));
    let request = theirs.mint().sign_in_request(&person(&appid(1), "ming"), &client);
    let request = request.with_phone(&phone_in_hand(NUMBER));
    assert_eq!(theirs.ask(request).await.unwrap().session.user_id, foreign);
}
