//! Grants, their refresh tokens and their end, as operations of a unit; `refresh` has the same as one act.

use super::{
    acts::Refreshed,
    bench::{Bench, Home, Login},
    parallel::{MANY, at_once, count},
};
use crate::builders::{appid, person};
use hufu_core::{
    grant::{RefreshToken, Spent},
    id::{GrantId, RefreshTokenId},
    store::{Revoked, Store, StoreError},
    time,
    token::{OpaqueToken, SecretHash},
};
use std::sync::Arc;

/// A tenant with one login.
pub(super) async fn one_login(bench: &Bench, slug: &str) -> (Home, Login) {
    let home = bench.tenant(slug).await;
    let client = home.register("shop", None).await;
    let login = home.sign_in(&person(&appid(1), "ming"), &client).await;
    (home, login)
}

pub(super) fn token_id(token: &OpaqueToken) -> RefreshTokenId {
    RefreshTokenId::from_uuid(token.id())
}

async fn spend(home: &Home, grant: GrantId, before: Option<Spent>, spent: Spent) -> bool {
    home.write((grant, before, spent), |unit, (grant, before, spent)| {
        unit.spend(*grant, *before, *spent)
    })
    .await
    .unwrap()
}

pub(super) async fn spent(home: &Home, login: &Login) -> Option<Spent> {
    home.live(login.grant).await.unwrap().grant.spent
}

pub(super) async fn revoke(home: &Home, grant: GrantId) -> bool {
    home.write((grant, home.now()), |unit, (grant, now)| {
        unit.revoke_family(*grant, *now)
    })
    .await
    .unwrap()
}

/// A fresh token of a family, of that generation.
fn fresh(home: &Home, grant_id: GrantId, generation: u32) -> RefreshToken {
    let (now, random) = (home.now(), &home.mint().random);
    RefreshToken {
        id: RefreshTokenId::generate(now, random),
        grant_id,
        generation,
        hash: SecretHash::of(&hufu_core::random::bytes::<32>(random)),
        expires_at: time::after(now, 600),
    }
}

pub async fn a_refresh_token_comes_back_with_its_family(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let token = fresh(&home, login.grant, 7);
    home.write(token.clone(), |unit, token| unit.insert_refresh_token(token))
        .await
        .unwrap();
    let outside = home.rows.refresh_token(token.id).await.unwrap();
    let inside = home
        .write(token.id, |unit, id| unit.refresh_token(*id))
        .await
        .unwrap();
    assert_eq!(outside, inside);
    let (found, live) = outside.unwrap();
    assert_eq!(found, token);
    assert_eq!(Some(live), home.live(login.grant).await);
    let unknown = fresh(&home, login.grant, 1).id;
    assert_eq!(home.rows.refresh_token(unknown).await.unwrap(), None);
}

pub async fn a_token_of_no_family_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let unknown = GrantId::generate(home.now(), &bench.mint.random);
    let token = fresh(&home, unknown, 1);
    let id = token.id;
    let inserted = home
        .write(token, |unit, token| unit.insert_refresh_token(token))
        .await;
    assert!(matches!(inserted, Err(StoreError::Gone(_))), "{inserted:?}");
    assert_eq!(home.rows.refresh_token(id).await.unwrap(), None);
}

pub async fn a_token_is_spent_only_on_top_of_what_was_read(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let one = Spent {
        generation: 1,
        token: token_id(&login.token),
    };
    let two = Spent {
        generation: 2,
        token: fresh(&home, login.grant, 2).id,
    };
    let other = Spent { generation: 1, ..two };
    assert_eq!(spent(&home, &login).await, None);
    assert!(!spend(&home, login.grant, Some(one), two).await);
    assert!(spend(&home, login.grant, None, one).await);
    assert_eq!(spent(&home, &login).await, Some(one));
    let misnumbered = Spent { generation: 2, ..one };
    for before in [None, Some(two), Some(other), Some(misnumbered)] {
        assert!(!spend(&home, login.grant, before, two).await);
    }
    assert_eq!(spent(&home, &login).await, Some(one));
    assert!(spend(&home, login.grant, Some(one), two).await);
    assert_eq!(spent(&home, &login).await, Some(two));
    let unknown = GrantId::generate(home.now(), &bench.mint.random);
    assert!(!spend(&home, unknown, None, one).await);
}

pub async fn of_100_parallel_spends_one_wins(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let siblings: Vec<_> = (0..MANY).map(|_| fresh(&home, login.grant, 1)).collect();
    home.write(siblings.clone(), |unit, siblings| {
        Box::pin(async move {
            for token in siblings {
                unit.insert_refresh_token(token).await?;
            }
            Ok(())
        })
    })
    .await
    .unwrap();
    let outputs = at_once(MANY, |i| {
        let (home, token) = (home.clone(), siblings[i].id);
        async move {
            let mark = Spent { generation: 1, token };
            (spend(&home, login.grant, None, mark).await, mark)
        }
    })
    .await;
    let won: Vec<_> = outputs.into_iter().filter(|(won, _)| *won).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(spent(&home, &login).await, Some(won[0].1));
}

pub async fn a_family_is_revoked_once(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let other = home
        .sign_in(&person(&appid(1), "ming"), &login.signed_in.grant.client_id)
        .await;
    let now = bench.mint.later(1);
    assert!(revoke(&home, login.grant).await);
    bench.mint.later(1);
    assert!(!revoke(&home, login.grant).await);
    let live = home.live(login.grant).await.unwrap();
    assert_eq!(live.grant.revoked_at, Some(now), "the first instant counts");
    assert_eq!(home.refresh(&login.token).await, Refreshed::Refused);
    assert!(live.session.is_live(now), "a grant's end is not its session's");
    home.assert_alive(&other).await;
    let unknown = GrantId::generate(now, &bench.mint.random);
    assert!(!revoke(&home, unknown).await);
}

pub async fn of_100_parallel_revocations_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { revoke(&home, login.grant).await }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
}

pub async fn an_access_token_is_revoked_by_its_jti(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let revoke = |jti: &'static str| {
        home.write((jti, home.now()), |unit, (jti, now)| {
            unit.revoke_access_token(jti, time::after(*now, 900))
        })
    };
    revoke("of-the-grant").await.unwrap();
    revoke("of-no-grant").await.unwrap();
    let (live, revoked) = home
        .rows
        .live_grant(login.grant, "of-the-grant")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(revoked, Revoked::Yes);
    assert!(live.is_live(home.now()), "the grant lives on");
    assert!(home.is_alive(login.grant).await);
    assert_eq!(home.rows.revoked("of-no-grant").await.unwrap(), Revoked::Yes);
    assert_eq!(home.rows.revoked("OF-NO-GRANT").await.unwrap(), Revoked::No);
    assert_eq!(revoke("of-the-grant").await, Ok(()), "twice is no harm");
    assert_eq!(home.rows.revoked("of-the-grant").await.unwrap(), Revoked::Yes);
}

pub async fn an_access_token_revoked_100_times_at_once_is_revoked(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move {
            home.write(home.now(), |unit, now| {
                unit.revoke_access_token("jti", time::after(*now, 900))
            })
            .await
        }
    })
    .await;
    assert_eq!(count(&outputs, &Ok(())), MANY);
    assert_eq!(home.rows.revoked("jti").await.unwrap(), Revoked::Yes);
}

pub async fn one_tenants_grant_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, login) = one_login(&bench, "ours").await;
    let (theirs, _) = one_login(&bench, "theirs").await;
    let id = token_id(&login.token);
    assert_eq!(theirs.live(login.grant).await, None);
    assert_eq!(theirs.rows.refresh_token(id).await.unwrap(), None);
    let inside = theirs.write(id, |unit, id| unit.refresh_token(*id)).await;
    assert_eq!(inside, Ok(None));
    assert_eq!(theirs.refresh(&login.token).await, Refreshed::Refused);
    let mark = Spent {
        generation: 1,
        token: id,
    };
    assert!(!spend(&theirs, login.grant, None, mark).await);
    assert!(!revoke(&theirs, login.grant).await);
    let token = fresh(&theirs, login.grant, 2);
    let planted = token.id;
    let inserted = theirs
        .write(token, |unit, token| unit.insert_refresh_token(token))
        .await;
    assert!(matches!(inserted, Err(StoreError::Gone(_))), "{inserted:?}");
    for home in [&ours, &theirs] {
        assert_eq!(home.rows.refresh_token(planted).await.unwrap(), None);
    }
    assert_eq!(spent(&ours, &login).await, None);
    ours.assert_alive(&login).await;
    ours.refresh(&login.token).await.rotated();
}

pub async fn one_tenants_revoked_jti_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, login) = one_login(&bench, "ours").await;
    let theirs = bench.tenant("theirs").await;
    theirs
        .write(theirs.now(), |unit, now| {
            unit.revoke_access_token("jti", time::after(*now, 900))
        })
        .await
        .unwrap();
    assert_eq!(ours.rows.revoked("jti").await.unwrap(), Revoked::No);
    let (_, revoked) = ours.rows.live_grant(login.grant, "jti").await.unwrap().unwrap();
    assert_eq!(revoked, Revoked::No);
    ours.write(ours.now(), |unit, now| {
        unit.revoke_access_token("jti", time::after(*now, 900))
    })
    .await
    .unwrap();
    assert!(bench.delete(&theirs.tenant).await);
    assert_eq!(ours.rows.revoked("jti").await.unwrap(), Revoked::Yes);
}
