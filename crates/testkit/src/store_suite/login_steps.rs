//! Logins of more than one step, while they are under way.

use super::{
    accounts::house,
    bench::Home,
    parallel::{MANY, at_once, count},
};
use crate::builders::{
    Person, appid, by_phone, by_wechat, client_id, password, person, phone_number, scope, username,
};
use hufu_core::{
    client::ClientId,
    consent::Document,
    id::{IdentityId, LoginId, UserId},
    identity::{IdentityKind, PhoneVerifier, VerifiedPhone},
    login::{
        AccountProof, CodeChallenge, LoginTransaction, NewAccount, Outcome, Presented, Proofs, SignIn,
        SignInRequest, WechatProof,
    },
    password::PasswordHash,
    phone::PhoneNumber,
    store::{Store, write},
    time,
    token::SecretHash,
};
use std::sync::Arc;

/// A PKCE challenge.
pub(super) fn challenge(letter: char) -> CodeChallenge {
    CodeChallenge::parse(&letter.to_string().repeat(43)).unwrap()
}

/// A login with one of everything that can be proven.
fn full(home: &Home) -> LoginTransaction {
    let random = &home.mint().random;
    let now = home.now();
    LoginTransaction {
        id: LoginId::generate(now, random),
        hash: SecretHash::of(b"auth_session"),
        client_id: client_id("shop"),
        user_id: Some(UserId::generate(now, random)),
        scope: scope("openid phone"),
        challenge: Some(challenge('c')),
        proofs: Proofs {
            wechat: Some(WechatProof {
                identity: person(&appid(1), "ming\"\\").known_as("u-ming", "group"),
                session_key: Some(home.mint().kept_key(7)),
            }),
            phone: Some(VerifiedPhone {
                number: phone_number("+8613800138000"),
                verifier: PhoneVerifier::Wechat(appid(1)),
            }),
            account: Some(AccountProof {
                identity: IdentityId::generate(now, random),
                username: username("李明明"),
                checked: SecretHash::of(b"checked"),
                rehash: Some(password("rehash")),
            }),
            new_account: Some(NewAccount {
                username: username("ming"),
                hash: password("new"),
            }),
            documents: Document::parse_list("privacy:2026-11-01 terms:v3").unwrap(),
            dpop_jkt: Some("jkt".to_owned()),
        },
        awaits_code_of: Some(phone_number("+14155552671")),
        steps: 3,
        expires_at: time::after(now, 600),
    }
}

async fn put(home: &Home, login: &LoginTransaction) {
    home.write(login.clone(), |unit, login| unit.put_transaction(login))
        .await
        .unwrap();
}

async fn read(home: &Home, id: LoginId) -> Option<LoginTransaction> {
    let read = home.rows.transaction(id).await.unwrap();
    let inside = home.write(id, |unit, id| unit.transaction(*id)).await.unwrap();
    assert_eq!(read.as_ref().map(shown), inside.as_ref().map(shown));
    read
}

/// All of a login, secrets included.
fn shown(login: &LoginTransaction) -> String {
    let proofs = &login.proofs;
    let wechat = proofs.wechat.as_ref().map(|wechat| {
        let key = wechat.session_key.as_ref();
        (
            &wechat.identity,
            key.map(|kept| (kept.key.text(), kept.obtained_at)),
        )
    });
    let phone = proofs
        .phone
        .as_ref()
        .map(|phone| (phone.number.as_str(), &phone.verifier));
    let account = proofs.account.as_ref().map(|account| {
        let rehash = account.rehash.as_ref().map(PasswordHash::expose);
        (
            account.identity,
            account.username.as_str(),
            account.checked.as_bytes(),
            rehash,
        )
    });
    let new = proofs
        .new_account
        .as_ref()
        .map(|new| (new.username.as_str(), new.hash.expose()));
    let awaits = login.awaits_code_of.as_ref().map(PhoneNumber::as_str);
    format!(
        "{:?} {:?} {wechat:?} {phone:?} {account:?} {new:?} {:?} {awaits:?}",
        (login.id, login.hash.as_bytes(), &login.client_id, login.user_id),
        (&login.scope, &login.challenge, login.steps, login.expires_at),
        proofs.documents,
    )
}

pub async fn a_login_comes_back_as_it_was_kept(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let login = full(&home);
    assert!(read(&home, login.id).await.is_none());
    put(&home, &login).await;
    assert_eq!(shown(&read(&home, login.id).await.unwrap()), shown(&login));
    // In place of what was kept, and with nothing of it left.
    let next = LoginTransaction {
        hash: SecretHash::of(b"next"),
        user_id: None,
        challenge: None,
        proofs: Proofs::default(),
        awaits_code_of: None,
        steps: 4,
        ..login.clone()
    };
    put(&home, &next).await;
    assert_eq!(shown(&read(&home, login.id).await.unwrap()), shown(&next));
    home.mint().later(601);
    assert!(
        read(&home, login.id).await.is_some(),
        "its time being over is the caller's to see"
    );
    home.write(login.id, |unit, id| unit.delete_transaction(*id))
        .await
        .unwrap();
    assert!(read(&home, login.id).await.is_none());
}

pub async fn one_tenants_login_is_not_anothers(store: Arc<dyn Store>) {
    let (ours, _) = house(store, "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    let login = full(&ours);
    put(&ours, &login).await;
    assert!(read(&theirs, login.id).await.is_none());
    theirs
        .write(login.id, |unit, id| unit.delete_transaction(*id))
        .await
        .unwrap();
    let other = LoginTransaction {
        steps: 9,
        ..full(&theirs)
    };
    let other = LoginTransaction {
        id: login.id,
        ..other
    };
    put(&theirs, &other).await;
    assert_eq!(shown(&read(&ours, login.id).await.unwrap()), shown(&login));
    assert_eq!(shown(&read(&theirs, login.id).await.unwrap()), shown(&other));
}

/// The first step of a login that needs a phone too, and the `auth_session` that came of it.
async fn first_step(home: &Home, client: &ClientId) -> Presented {
    let proofs = Proofs {
        wechat: Some(by_wechat(&person(&appid(1), "ming"))),
        ..Proofs::default()
    };
    let (act, handout) = SignIn::prepare(needs_phone(home, client, proofs), &home.mint().random);
    let outcome = write(home.rows.as_ref(), act).await.unwrap();
    assert!(matches!(outcome, Outcome::More(_)), "{outcome:?}");
    Presented {
        id: LoginId::from_uuid(handout.auth_session.id()),
        hash: handout.auth_session.hash(),
    }
}

fn needs_phone(home: &Home, client: &ClientId, proofs: Proofs) -> SignInRequest {
    let mut request = home.mint().sign_in_with(proofs, client);
    request.settings.require = vec![IdentityKind::Phone];
    request
}

pub async fn a_login_of_two_steps_leaves_nothing_before_its_end(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let events = home.events().await;
    let presented = first_step(&home, &client).await;
    assert_eq!(home.users().await, []);
    assert_eq!(home.events().await, events);
    let mut request = needs_phone(&home, &client, by_phone("+8613800138000"));
    request.presented = Some(presented);
    let (act, _) = SignIn::prepare(request, &home.mint().random);
    let outcome = write(home.rows.as_ref(), act).await.unwrap();
    let Outcome::SignedIn(signed_in) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(home.identities(signed_in.session.user_id).await.len(), 2);
    assert!(home.rows.transaction(presented.id).await.unwrap().is_none());
}

pub async fn of_100_last_steps_at_once_one_counts(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let presented = first_step(&home, &client).await;
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let (home, client) = (home.clone(), client.clone());
        async move {
            let mut request = needs_phone(&home, &client, by_phone("+8613800138000"));
            request.presented = Some(presented);
            let (act, _) = SignIn::prepare(request, &home.mint().random);
            match write(home.rows.as_ref(), act).await.unwrap() {
                Outcome::SignedIn(_) => true,
                Outcome::InvalidSession => false,
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    assert_eq!(home.users().await.len(), 1);
}

pub async fn of_100_steps_on_one_auth_session_one_counts(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let presented = first_step(&home, &client).await;
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let (home, client) = (home.clone(), client.clone());
        async move {
            // Proves nothing more, and gets another auth_session.
            let mut request = needs_phone(&home, &client, Proofs::default());
            request.presented = Some(presented);
            let (act, _) = SignIn::prepare(request, &home.mint().random);
            match write(home.rows.as_ref(), act).await.unwrap() {
                Outcome::More(_) => true,
                Outcome::InvalidSession => false,
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    let kept = home.rows.transaction(presented.id).await.unwrap().unwrap();
    assert_eq!(kept.steps, 2);
}
