//! Authorization codes.

use super::{
    accounts::house,
    bench::Home,
    login_steps::challenge,
    parallel::{MANY, at_once, count},
};
use crate::builders::{Mint, appid, by_wechat, client_id, person, scope};
use hufu_core::{
    change::Change,
    client::{ClientId, Resource},
    event::EventKind,
    id::{CodeId, EventId, GrantId, RefreshTokenId, SessionId, UserId},
    login::{AuthorizationCode, CodeDetails, CodeRefused, Outcome, Proofs, Redeem, Redeemed, SignIn, Wants},
    session::Method,
    settings::Settings,
    store::{Store, StoreError, write},
    time,
    token::SecretHash,
    user::UserState,
};
use std::sync::Arc;

fn fresh(home: &Home, user: UserId) -> AuthorizationCode {
    let (now, random) = (home.now(), &home.mint().random);
    AuthorizationCode {
        id: CodeId::generate(now, random),
        hash: SecretHash::of(b"code"),
        client_id: client_id("shop"),
        user_id: user,
        session_id: SessionId::generate(now, random),
        grant_id: GrantId::generate(now, random),
        scope: scope("openid phone"),
        amr: vec![Method::Sms, Method::Password, Method::MultiFactor],
        auth_time: now,
        challenge: Some(challenge('c')),
        details: CodeDetails::default(),
        expires_at: time::after(now, 60),
        used_at: None,
    }
}

async fn insert(home: &Home, code: &AuthorizationCode) -> Result<(), StoreError> {
    home.write(code.clone(), |unit, code| unit.insert_code(code))
        .await
}

async fn read(home: &Home, id: CodeId) -> Option<AuthorizationCode> {
    home.write(id, |unit, id| unit.code(*id)).await.unwrap()
}

async fn someone(home: &Home, client: &ClientId) -> UserId {
    home.sign_in(&person(&appid(1), "ming"), client).await.user
}

fn redeem(mint: &Mint, code: &AuthorizationCode) -> Redeem {
    let now = mint.now();
    let token = RefreshTokenId::generate(now, &mint.random);
    Redeem {
        code: code.id,
        hash: code.hash,
        client: code.client_id.clone(),
        challenge: code.challenge.clone(),
        redirect_uri: None,
        dpop_jkt: None,
        binds_refresh: false,
        resource: None,
        refresh: Some((token, SecretHash::of(b"refresh"))),
        settings: Settings::default(),
        event: EventId::generate(now, &mint.random),
        ip: None,
        now,
    }
}

async fn redeemed(home: &Home, act: Redeem) -> Redeemed {
    write(home.rows.as_ref(), act).await.unwrap()
}

pub async fn a_code_comes_back_as_it_was_issued_and_is_used_once(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let code = fresh(&home, someone(&home, &client).await);
    assert_eq!(read(&home, code.id).await, None);
    assert_eq!(insert(&home, &code).await, Ok(()));
    assert_eq!(read(&home, code.id).await.as_ref(), Some(&code));
    let later = home.mint().later(1);
    home.write((code.id, later), |unit, (id, now)| unit.use_code(*id, *now))
        .await
        .unwrap();
    let used = AuthorizationCode {
        used_at: Some(later),
        ..code.clone()
    };
    assert_eq!(read(&home, code.id).await, Some(used));
    home.change(Change::DeleteUser(code.user_id)).await;
    assert_eq!(read(&home, code.id).await, None, "it goes with its user");
}

pub async fn a_code_is_issued_only_to_an_active_user_and_a_client(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let user = someone(&home, &client).await;
    let of_nobody = AuthorizationCode {
        client_id: client_id("nobody"),
        ..fresh(&home, user)
    };
    assert!(matches!(
        insert(&home, &of_nobody).await,
        Err(StoreError::Gone(_))
    ));
    home.change(Change::UserState(user, UserState::Disabled)).await;
    let code = fresh(&home, user);
    let refused = insert(&home, &code).await;
    assert!(matches!(refused, Err(StoreError::Contention(_))), "{refused:?}");
    assert_eq!(read(&home, code.id).await, None);
}

pub async fn a_login_that_wants_a_code_gets_one_that_opens_its_session(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let proofs = Proofs {
        wechat: Some(by_wechat(&person(&appid(1), "ming"))),
        ..Proofs::default()
    };
    let mut request = home.mint().sign_in_with(proofs, &client);
    request.wants = Wants::Code(challenge('c'));
    let (act, handout) = SignIn::prepare(request, &home.mint().random);
    assert_eq!(write(home.rows.as_ref(), act).await, Ok(Outcome::Code));
    let user = home.users().await[0].id;
    assert_eq!(home.rows.sessions(user, home.now()).await.unwrap(), []);
    let code = read(&home, CodeId::from_uuid(handout.code.id())).await.unwrap();
    assert_eq!((code.hash, code.user_id), (handout.code.hash(), user));
    // Whoever cannot show all of it neither uses nor burns it.
    for wrong in [
        Redeem {
            hash: SecretHash::of(b"other"),
            ..redeem(home.mint(), &code)
        },
        Redeem {
            client: client_id("other"),
            ..redeem(home.mint(), &code)
        },
        Redeem {
            challenge: Some(challenge('d')),
            ..redeem(home.mint(), &code)
        },
        Redeem {
            now: code.expires_at,
            ..redeem(home.mint(), &code)
        },
    ] {
        assert_eq!(redeemed(&home, wrong).await, Err(CodeRefused::Dead));
    }
    let elsewhere = Redeem {
        resource: Some(Resource::parse("https://api.example/").unwrap()),
        ..redeem(home.mint(), &code)
    };
    assert_eq!(redeemed(&home, elsewhere).await, Err(CodeRefused::WrongResource));
    let opened = redeemed(&home, redeem(home.mint(), &code)).await.unwrap();
    let (session, grant) = (opened.session, opened.grant);
    assert_eq!(
        (session.user_id, session.amr.as_slice()),
        (user, &[Method::Wechat][..])
    );
    assert!(home.is_alive(grant.id).await);
    // A second time it is stolen: what the first gave ends.
    assert_eq!(
        redeemed(&home, redeem(home.mint(), &code)).await,
        Err(CodeRefused::Dead)
    );
    assert!(!home.is_alive(grant.id).await);
    assert_eq!(home.rows.sessions(user, home.now()).await.unwrap(), []);
    assert_eq!(home.events_of(EventKind::AuthorizationCodeReused).await.len(), 1);
}

pub async fn of_100_parallel_redemptions_of_a_code_one_wins_and_reuse_ends_it(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let code = fresh(&home, someone(&home, &client).await);
    insert(&home, &code).await.unwrap();
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let (home, code) = (home.clone(), code.clone());
        async move { redeemed(&home, redeem(home.mint(), &code)).await.is_ok() }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    assert!(
        !home.is_alive(code.grant_id).await,
        "somebody had it who should not"
    );
    assert_eq!(home.events_of(EventKind::AuthorizationCodeReused).await.len(), 1);
}

pub async fn r58_no_code_slips_past_a_parallel_disabling(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let user = someone(&home, &client).await;
    let mut codes = vec![];
    for _ in 0..MANY {
        let code = fresh(&home, user);
        insert(&home, &code).await.unwrap();
        codes.push(code);
    }
    let codes = Arc::new(codes);
    home.warm_up().await;
    at_once(MANY, |i| {
        let (home, codes) = (home.clone(), codes.clone());
        async move {
            if i == MANY / 2 {
                home.change(Change::UserState(user, UserState::Disabled)).await;
            } else {
                drop(redeemed(&home, redeem(home.mint(), &codes[i])).await);
            }
        }
    })
    .await;
    home.change(Change::UserState(user, UserState::Active)).await;
    assert_eq!(home.rows.sessions(user, home.now()).await.unwrap(), []);
}

pub async fn one_tenants_code_is_not_anothers(store: Arc<dyn Store>) {
    let (ours, client) = house(store, "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    theirs.register("shop", None).await;
    let code = fresh(&ours, someone(&ours, &client).await);
    insert(&ours, &code).await.unwrap();
    assert_eq!(read(&theirs, code.id).await, None);
    theirs
        .write((code.id, theirs.now()), |unit, (id, now)| {
            unit.use_code(*id, *now)
        })
        .await
        .unwrap();
    assert_eq!(
        redeemed(&theirs, redeem(theirs.mint(), &code)).await,
        Err(CodeRefused::Dead)
    );
    let foreign = AuthorizationCode {
        id: fresh(&theirs, code.user_id).id,
        ..code.clone()
    };
    assert!(
        insert(&theirs, &foreign).await.is_err(),
        "the user is not of this tenant"
    );
    assert_eq!(read(&ours, code.id).await, Some(code));
}
