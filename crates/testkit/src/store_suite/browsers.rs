//! Sessions of browsers, requests that wait, what users let clients do, and whom to tell that a session ended.

use super::{
    bench::{Bench, Home},
    parallel::{MANY, at_once, count},
};
use crate::builders::{appid, by_wechat, client_id, person, scope};
use hufu_core::{
    account::ByUser,
    authorization::{
        AskedFor, AuthorizationRequest, Authorized, ClaimsRequest, ClientConsent, Complete, KeepRequest,
        PendingRequest, RevokeClient, SignOut,
    },
    change::Change,
    client::{Client, ClientDetails, GrantType, RedirectUri, ResponseMode, WebUrl},
    event::EventKind,
    id::{CodeId, EventId, RefreshTokenId, RequestId, SessionId},
    login::{CodeChallenge, CodeRefused, InBrowser, Opened, Outcome, Proofs, Redeem, SignIn, Wants},
    session::Session,
    settings::Settings,
    store::{Store, write},
    time,
    token::{OpaqueToken, SecretHash},
    user::UserState,
};
use secrecy::SecretString;
use std::sync::Arc;

const CALLBACK: &str = "https://rp.example/cb";
const IDLE: u32 = 3_600;

/// A tenant with the client `web`, which wants to be told of logouts, and the mini-program that people come by.
async fn house(store: Arc<dyn Store>, slug: &str) -> Home {
    let home = Bench::new(store).tenant(slug).await;
    home.mini_program(1).await;
    let web = Client {
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec![RedirectUri::parse(CALLBACK).unwrap()],
        scope: scope("offline_access openid profile"),
        first_party: false,
        details: ClientDetails {
            backchannel_logout_uri: Some(WebUrl::parse("https://rp.example/out").unwrap()),
            ..ClientDetails::default()
        },
        ..home.mint().client("web")
    };
    home.put(&web).await;
    home
}

/// Signs `name` in in a browser that holds `session`. Gives the session and its cookie.
async fn enter(home: &Home, name: &str, session: Option<SessionId>) -> (Session, SecretHash) {
    let proofs = Proofs {
        wechat: Some(by_wechat(&person(&appid(1), name))),
        ..Proofs::default()
    };
    let mut request = home.mint().sign_in_with(proofs, &client_id("web"));
    request.wants = Wants::Browser(InBrowser {
        step_up: Vec::new(),
        session,
        user_agent: Some("Mozilla/5.0 (虎符)".repeat(40)),
    });
    let (act, handout) = SignIn::prepare(request, &home.mint().random);
    match write(home.rows.as_ref(), act).await.unwrap() {
        Outcome::Browser(session) => {
            let cookie = handout.cookie_of(&session).hash();
            assert_eq!(session.browser.as_ref().unwrap().cookie, cookie);
            (session, cookie)
        }
        other => panic!("{other:?}"),
    }
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: client_id("web"),
        redirect_uri: RedirectUri::parse(CALLBACK).unwrap(),
        response_mode: ResponseMode::FormPost,
        state: Some("s".repeat(200)),
        nonce: Some("n".to_owned()),
        scope: scope("offline_access openid"),
        challenge: CodeChallenge::parse(&"c".repeat(43)).ok(),
        prompts: Vec::new(),
        max_age: Some(60),
        subject: None,
        login_hint: Some("+8613800138000".to_owned()),
        ui_locales: None,
        acr_values: vec!["a".to_owned()],
        essential_acr: vec!["a".to_owned()],
        claims: ClaimsRequest {
            userinfo: ["nickname".to_owned()].into(),
            ..ClaimsRequest::default()
        },
        resources: Vec::new(),
        dpop_jkt: None,
    }
}

fn pending(home: &Home) -> PendingRequest {
    let now = home.now();
    PendingRequest {
        id: RequestId::generate(now, &home.mint().random),
        hash: SecretHash::of(b"browser"),
        client_id: client_id("web"),
        asked_for: AskedFor::Authorization(request()),
        auth_session: Some(SecretString::from("hufu_as_x")),
        pushed: None,
        created_at: now,
        expires_at: time::after(now, 600),
    }
}

fn complete(home: &Home, session: &Session, cookie: SecretHash) -> (Complete, OpaqueToken) {
    let browser = (session.id, cookie);
    Complete::prepare(request(), browser, IDLE, (None, home.now()), &home.mint().random)
}

fn redeem(home: &Home, code: &OpaqueToken) -> Redeem {
    let now = home.now();
    Redeem {
        code: CodeId::from_uuid(code.id()),
        hash: code.hash(),
        client: client_id("web"),
        challenge: CodeChallenge::parse(&"c".repeat(43)).ok(),
        redirect_uri: Some(CALLBACK.to_owned()),
        dpop_jkt: None,
        binds_refresh: false,
        resource: None,
        refresh: Some((
            RefreshTokenId::generate(now, &home.mint().random),
            SecretHash::of(b"refresh"),
        )),
        settings: Settings::default(),
        event: EventId::generate(now, &home.mint().random),
        ip: None,
        now,
    }
}

/// A code for `web` in the session, redeemed.
async fn authorize(home: &Home, session: &Session, cookie: SecretHash) -> Opened {
    let (act, code) = complete(home, session, cookie);
    assert_eq!(
        write(home.rows.as_ref(), act.consented()).await,
        Ok(Authorized::Code)
    );
    write(home.rows.as_ref(), redeem(home, &code))
        .await
        .unwrap()
        .unwrap()
}

fn by_user(home: &Home, session: &Session) -> ByUser {
    ByUser {
        user: session.user_id,
        session: session.id,
        client: client_id("web"),
        event: EventId::generate(home.now(), &home.mint().random),
        ip: None,
        now: home.now(),
    }
}

fn sign_out(home: &Home, session: &Session) -> SignOut {
    SignOut {
        user: session.user_id,
        session: session.id,
        event: EventId::generate(home.now(), &home.mint().random),
        ip: None,
        now: home.now(),
    }
}

async fn session_of(home: &Home, id: SessionId) -> Option<Session> {
    let read = home.rows.browser_session(id).await.unwrap();
    let locked = home
        .write(id, |unit, id| unit.browser_session(*id))
        .await
        .unwrap();
    assert_eq!(read, locked);
    read.map(|(session, _)| session)
}

pub async fn a_login_in_a_browser_opens_a_session_and_the_same_person_keeps_it(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    let (first, cookie) = enter(&home, "ming", None).await;
    assert_eq!(session_of(&home, first.id).await.as_ref(), Some(&first));
    assert!(first.is_open_to(cookie, home.now(), IDLE));
    assert!(!first.is_open_to(SecretHash::of(b"other"), home.now(), IDLE));
    assert!(!first.is_open_to(cookie, time::after(home.now(), IDLE), IDLE));
    assert!(first.browser.as_ref().unwrap().user_agent.as_ref().unwrap().len() <= 256);
    // r56: whoever proves anew who they are gets another cookie; what grew from the session stays.
    let opened = authorize(&home, &first, cookie).await;
    let (second, renewed) = enter(&home, "ming", Some(first.id)).await;
    assert_eq!((second.id, second.user_id), (first.id, first.user_id));
    assert!(!second.is_open_to(cookie, home.now(), IDLE));
    assert!(second.is_open_to(renewed, home.now(), IDLE));
    assert_eq!(session_of(&home, first.id).await, Some(second));
    assert!(home.is_alive(opened.grant.id).await);
}

pub async fn another_person_in_the_browser_ends_the_session_before(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    let (ming, cookie) = enter(&home, "ming", None).await;
    let opened = authorize(&home, &ming, cookie).await;
    let (hong, _) = enter(&home, "hong", Some(ming.id)).await;
    assert_ne!((hong.id, hong.user_id), (ming.id, ming.user_id));
    assert!(session_of(&home, ming.id).await.unwrap().ended_at.is_some());
    assert!(!home.is_alive(opened.grant.id).await);
    // A session that is over is not gone on with.
    let (again, _) = enter(&home, "ming", Some(ming.id)).await;
    assert_ne!(again.id, ming.id);
}

pub async fn a_code_of_a_browser_gives_a_grant_in_its_session(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    let (session, cookie) = enter(&home, "ming", None).await;
    let opened = authorize(&home, &session, cookie).await;
    assert_eq!(
        (opened.session.id, opened.nonce.as_deref()),
        (session.id, Some("n"))
    );
    assert!(opened.is_refreshable);
    let live = home.live(opened.grant.id).await.unwrap();
    assert_eq!(live.grant, opened.grant);
    assert_eq!(live.authentication().auth_time, session.auth_time);
    assert_eq!(live.grant.details.claims, request().claims);
    // Of one that is presented wrongly nothing is used up, and a second use ends the grant but not the session.
    let (act, code) = complete(&home, &session, cookie);
    write(home.rows.as_ref(), act).await.unwrap();
    for wrong in [
        Redeem {
            redirect_uri: Some("https://rp.example/other".to_owned()),
            ..redeem(&home, &code)
        },
        Redeem {
            challenge: None,
            ..redeem(&home, &code)
        },
        Redeem {
            client: client_id("other"),
            ..redeem(&home, &code)
        },
    ] {
        assert!(write(home.rows.as_ref(), wrong).await.unwrap().is_err());
    }
    let opened = write(home.rows.as_ref(), redeem(&home, &code))
        .await
        .unwrap()
        .unwrap();
    let again = write(home.rows.as_ref(), redeem(&home, &code)).await;
    assert_eq!(again, Ok(Err(CodeRefused::Dead)));
    assert!(!home.is_alive(opened.grant.id).await);
    assert!(session_of(&home, session.id).await.unwrap().is_live(home.now()));
    // It ends with the session.
    let opened = authorize(&home, &session, cookie).await;
    assert_eq!(
        write(home.rows.as_ref(), sign_out(&home, &session)).await,
        Ok(true)
    );
    assert_eq!(
        write(home.rows.as_ref(), sign_out(&home, &session)).await,
        Ok(false)
    );
    assert!(!home.is_alive(opened.grant.id).await);
    let (act, _) = complete(&home, &session, cookie);
    assert_eq!(write(home.rows.as_ref(), act).await, Ok(Authorized::SignedOut));
}

pub async fn a_request_that_waits_comes_back_as_it_was_kept_and_goes_once(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    let kept = pending(&home);
    write(home.rows.as_ref(), KeepRequest(kept.clone()))
        .await
        .unwrap();
    let read = home.rows.request(kept.id).await.unwrap().unwrap();
    assert_eq!(
        (read.id, read.hash, &read.asked_for),
        (kept.id, kept.hash, &kept.asked_for)
    );
    assert_eq!(
        (read.created_at, read.expires_at, read.pushed),
        (kept.created_at, kept.expires_at, None)
    );
    assert!(read.auth_session.is_some());
    let page = PendingRequest {
        asked_for: AskedFor::Page("/me".to_owned()),
        auth_session: None,
        ..kept.clone()
    };
    write(home.rows.as_ref(), KeepRequest(page)).await.unwrap();
    let read = home.rows.request(kept.id).await.unwrap().unwrap();
    assert_eq!(read.asked_for, AskedFor::Page("/me".to_owned()));
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let (home, id) = (home.clone(), kept.id);
        async move { home.write(id, |unit, id| unit.delete_request(*id)).await.unwrap() }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    assert!(home.rows.request(kept.id).await.unwrap().is_none());
}

pub async fn of_100_codes_at_once_for_one_pushed_request_one_is_given(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    let (session, cookie) = enter(&home, "ming", None).await;
    let pushed = pending(&home);
    write(home.rows.as_ref(), KeepRequest(pushed.clone()))
        .await
        .unwrap();
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let (act, _) = complete(&home, &session, cookie);
        let (home, act) = (home.clone(), act.spending(Some(pushed.id)));
        async move { write(home.rows.as_ref(), act).await.unwrap() }
    })
    .await;
    assert_eq!(count(&outputs, &Authorized::Code), 1);
    assert_eq!(count(&outputs, &Authorized::Spent), MANY - 1);
}

pub async fn consent_is_remembered_widened_and_taken_back(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    let (session, cookie) = enter(&home, "ming", None).await;
    let web = client_id("web");
    assert_eq!(
        home.rows.client_consent(session.user_id, &web).await.unwrap(),
        None
    );
    let opened = authorize(&home, &session, cookie).await;
    let consent = home
        .rows
        .client_consent(session.user_id, &web)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(consent.scope, request().asked_scope());
    let narrower = ClientConsent {
        scope: scope("profile"),
        ..consent.clone()
    };
    home.write(narrower.clone(), |unit, consent| unit.put_client_consent(consent))
        .await
        .unwrap();
    authorize(&home, &session, cookie).await;
    let wider = home.rows.client_consents(session.user_id).await.unwrap();
    assert_eq!(wider.len(), 1);
    assert_eq!(wider[0].scope, scope("offline_access openid profile"));
    let revoke = || RevokeClient {
        by: by_user(&home, &session),
        client: web.clone(),
    };
    assert_eq!(write(home.rows.as_ref(), revoke()).await, Ok(true));
    assert_eq!(write(home.rows.as_ref(), revoke()).await, Ok(false));
    assert_eq!(home.rows.client_consents(session.user_id).await.unwrap(), []);
    assert!(!home.is_alive(opened.grant.id).await);
    assert!(
        session_of(&home, session.id).await.unwrap().is_live(home.now()),
        "the session is not the client's"
    );
    assert_eq!(home.events_of(EventKind::ClientRevoked).await.len(), 1);
}

pub async fn whoever_wants_to_be_told_of_a_logout_is_noted_once_however_it_ends(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    let due = |limit| {
        let (home, now) = (home.clone(), home.now());
        async move {
            let lease = time::after(now, 60);
            home.bench.store.claim_logouts(now, lease, limit).await.unwrap()
        }
    };
    // Nobody was let in by this session: nobody is told.
    let (quiet, _) = enter(&home, "quiet", None).await;
    write(home.rows.as_ref(), sign_out(&home, &quiet)).await.unwrap();
    assert_eq!(due(10).await, []);
    let (out, cookie) = enter(&home, "ming", None).await;
    for _ in 0..2 {
        authorize(&home, &out, cookie).await;
    }
    write(home.rows.as_ref(), sign_out(&home, &out)).await.unwrap();
    let told = due(10).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].session_id, told[0].user_id, told[0].attempts),
        (out.id, out.user_id, 0)
    );
    assert_eq!(
        (&told[0].client_id, told[0].tenant),
        (&client_id("web"), home.tenant.id)
    );
    assert_eq!(due(10).await, [], "it is in somebody's hands");
    home.bench.store.retry_logout(&told[0], home.now()).await.unwrap();
    let again = due(10).await;
    assert_eq!(again[0].attempts, 1);
    home.bench.store.forget_logout(&again[0]).await.unwrap();
    // However a session ends.
    for name in ["disabled", "deleted", "ended"] {
        let (session, cookie) = enter(&home, name, None).await;
        authorize(&home, &session, cookie).await;
        let end = match name {
            "disabled" => Change::UserState(session.user_id, UserState::Disabled),
            "deleted" => Change::DeleteUser(session.user_id),
            _ => Change::EndSession(session.user_id, session.id),
        };
        home.change(end).await;
        let told = due(10).await;
        assert_eq!(told.len(), 1, "{name}");
        home.bench.store.forget_logout(&told[0]).await.unwrap();
    }
}

pub async fn of_many_workers_each_word_is_one_workers(store: Arc<dyn Store>) {
    let home = house(store, "tea").await;
    for number in 0..20 {
        let (session, cookie) = enter(&home, &format!("person-{number}"), None).await;
        authorize(&home, &session, cookie).await;
        write(home.rows.as_ref(), sign_out(&home, &session))
            .await
            .unwrap();
    }
    home.warm_up().await;
    let claimed = at_once(10, |_| {
        let (store, now) = (home.bench.store.clone(), home.now());
        async move { store.claim_logouts(now, time::after(now, 60), 5).await.unwrap() }
    })
    .await;
    let mut sessions: Vec<_> = claimed.iter().flatten().map(|told| told.session_id).collect();
    let all = sessions.len();
    sessions.sort_unstable();
    sessions.dedup();
    assert_eq!(sessions.len(), all, "nobody is told twice");
    assert!(all >= 5);
}

pub async fn one_tenants_browsers_are_not_anothers(store: Arc<dyn Store>) {
    let ours = house(store, "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    theirs.register("web", None).await;
    let (session, cookie) = enter(&ours, "ming", None).await;
    let opened = authorize(&ours, &session, cookie).await;
    let kept = pending(&ours);
    write(ours.rows.as_ref(), KeepRequest(kept.clone()))
        .await
        .unwrap();
    assert_eq!(session_of(&theirs, session.id).await, None);
    assert!(theirs.rows.request(kept.id).await.unwrap().is_none());
    let deleted = theirs.write(kept.id, |unit, id| unit.delete_request(*id)).await;
    assert_eq!(deleted, Ok(false));
    let (act, _) = complete(&theirs, &session, cookie);
    assert_eq!(write(theirs.rows.as_ref(), act).await, Ok(Authorized::SignedOut));
    let web = client_id("web");
    assert_eq!(
        theirs.rows.client_consent(session.user_id, &web).await.unwrap(),
        None
    );
    assert_eq!(theirs.rows.client_consents(session.user_id).await.unwrap(), []);
    let inside = theirs
        .write((session.user_id, web.clone()), |unit, (user, client)| {
            unit.client_consent(*user, client)
        })
        .await;
    assert_eq!(inside, Ok(None));
    let revoke = RevokeClient {
        by: by_user(&theirs, &session),
        client: web,
    };
    assert_eq!(write(theirs.rows.as_ref(), revoke).await, Ok(false));
    assert_eq!(
        write(theirs.rows.as_ref(), sign_out(&theirs, &session)).await,
        Ok(false)
    );
    let renewed = Session {
        expires_at: theirs.now(),
        ..session.clone()
    };
    theirs
        .write(renewed, |unit, session| unit.renew_session(session))
        .await
        .unwrap();
    let foreign = Session {
        id: SessionId::generate(theirs.now(), &theirs.mint().random),
        ..session.clone()
    };
    let opened_there = theirs
        .write(foreign, |unit, session| unit.open_browser_session(session))
        .await;
    assert!(opened_there.is_err(), "the user is not of this tenant");
    let grant = hufu_core::grant::Grant {
        id: hufu_core::id::GrantId::generate(theirs.now(), &theirs.mint().random),
        ..opened.grant.clone()
    };
    let granted = theirs
        .write(grant, |unit, grant| unit.open_grant(grant, None))
        .await;
    assert!(granted.is_err(), "the session is not of this tenant");
    assert!(session_of(&ours, session.id).await.unwrap().is_live(ours.now()));
    assert!(ours.rows.request(kept.id).await.unwrap().is_some());
    assert!(ours.is_alive(opened.grant.id).await);
}
