//! Accounts that their users closed, and what else is removed of accounts when its time is over.

use super::{
    accounts::{comes_by, house},
    bench::{Bench, Home, Login},
    parallel::{MANY, at_once},
    phones::{NUMBER, holder},
};
use crate::builders::{CALLER, by_phone, client_id, phone_number, scope, username};
use hufu_core::{
    Instant,
    account::{ByUser, CloseAccount},
    attempts::{AttemptKey, Failures},
    change::Change,
    consent::{Consent, ConsentAction, Document},
    event::{Actor, EventKind},
    id::{CodeId, ConsentId, EventId, GrantId, LoginId, SessionId, UserId},
    login::{AuthorizationCode, CodeChallenge, LoginTransaction, Proofs},
    sms::{
        SmsPurpose,
        budget::{Counted, Limit},
    },
    store::{Store, write},
    time,
    token::SecretHash,
    user::UserState,
};
use std::sync::Arc;
use uuid::Uuid;

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

/// A user closes the account, which will be deleted a day later.
async fn close(home: &Home, login: &Login) -> Instant {
    let by = ByUser {
        user: login.user,
        session: login.signed_in.session.id,
        client: login.signed_in.grant.client_id.clone(),
        event: EventId::generate(home.now(), &home.mint().random),
        ip: None,
        now: home.now(),
    };
    let act = CloseAccount { by, cooling_off: DAY };
    write(home.rows.as_ref(), act).await.unwrap().unwrap()
}

/// Removes until there is nothing left.
async fn clean(bench: &Bench) {
    while bench.store.remove_expired(bench.mint.now(), 20).await.unwrap() > 0 {}
}

async fn is_there(home: &Home, user: UserId) -> bool {
    home.rows.user(user).await.unwrap().is_some()
}

pub async fn when_a_closed_account_closes_comes_back(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let login = comes_by(&home, &client, by_phone(NUMBER)).await;
    assert_eq!(home.user(login.user).await.closes_at, None);
    let closes_at = close(&home, &login).await;
    assert_eq!(closes_at, time::after(home.now(), DAY));
    let user = home.user(login.user).await;
    assert_eq!((user.closes_at, user.state), (Some(closes_at), UserState::Active));
    home.assert_ended(&login).await;
    home.write(login.user, |unit, user| unit.set_closing(*user, None))
        .await
        .unwrap();
    assert_eq!(home.user(login.user).await.closes_at, None);
}

pub async fn a_closed_account_is_deleted_when_its_time_is_over(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let login = comes_by(&home, &client, by_phone(NUMBER)).await;
    let stays = comes_by(&home, &client, by_phone("+8613800138001")).await;
    let consent = Consent {
        id: ConsentId::generate(home.now(), &home.mint().random),
        user_id: login.user,
        document: Document::parse_list("privacy:1").unwrap().remove(0),
        action: ConsentAction::Accept,
        at: home.now(),
        client_id: client.clone(),
        ip: Some(CALLER),
    };
    home.write(consent.clone(), |unit, consent| unit.add_consent(consent))
        .await
        .unwrap();
    close(&home, &login).await;
    home.mint().later(DAY - 1);
    clean(&home.bench).await;
    assert!(is_there(&home, login.user).await);
    assert_eq!(holder(&home, NUMBER).await, Some(login.user));
    home.mint().later(1);
    clean(&home.bench).await;
    assert!(!is_there(&home, login.user).await);
    assert!(is_there(&home, stays.user).await);
    assert_eq!(holder(&home, NUMBER).await, None);
    let told = home.events_of(EventKind::UserDeleted).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].target.as_str(), &told[0].actor, told[0].at, told[0].ip),
        (login.user.to_string().as_str(), &Actor::System, home.now(), None)
    );
    assert_eq!(told[0].detail["because"], "closed");
    let kept = Consent { ip: None, ..consent };
    assert_eq!(home.rows.consents(login.user).await, Ok(vec![kept]));
    assert_ne!(comes_by(&home, &client, by_phone(NUMBER)).await.user, login.user);
}

pub async fn whoever_signs_in_before_that_keeps_the_account(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let login = comes_by(&home, &client, by_phone(NUMBER)).await;
    close(&home, &login).await;
    home.mint().later(DAY - 1);
    assert_eq!(comes_by(&home, &client, by_phone(NUMBER)).await.user, login.user);
    assert_eq!(home.user(login.user).await.closes_at, None);
    assert_eq!(home.events_of(EventKind::UserReopened).await.len(), 1);
    home.mint().later(DAY);
    clean(&home.bench).await;
    assert!(is_there(&home, login.user).await);
}

pub async fn closed_accounts_of_all_tenants_are_deleted_a_few_at_a_time(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let homes = [bench.tenant("one").await, bench.tenant("two").await];
    let mut users = vec![];
    for home in &homes {
        let client = home.register("shop", None).await;
        for i in 0..4 {
            let login = comes_by(home, &client, by_phone(&format!("+861380013800{i}"))).await;
            users.push((home, login.user));
            close(home, &login).await;
        }
        // A user who may not sign in is not spared.
        home.change(Change::UserState(users[users.len() - 1].1, UserState::Disabled))
            .await;
    }
    bench.mint.later(DAY);
    let mut left = 8;
    while left > 0 {
        bench.store.remove_expired(bench.mint.now(), 3).await.unwrap();
        let mut there = 0;
        for (home, user) in &users {
            there += usize::from(is_there(home, *user).await);
        }
        assert!(there < left && left - there <= 3, "{there} of {left} are left");
        left = there;
    }
    for home in &homes {
        assert_eq!(home.events_of(EventKind::UserDeleted).await.len(), 4);
    }
}

pub async fn a_login_that_races_the_deletion_keeps_the_account_or_makes_another(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let login = comes_by(&home, &client, by_phone(NUMBER)).await;
    close(&home, &login).await;
    home.mint().later(DAY);
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, client) = (home.clone(), client.clone());
        async move {
            if i % 10 == 0 {
                home.bench.store.remove_expired(home.now(), 20).await.unwrap();
                return None;
            }
            Some(comes_by(&home, &client, by_phone(NUMBER)).await)
        }
    })
    .await;
    let user = holder(&home, NUMBER).await.unwrap();
    assert_eq!(home.users().await.len(), 1);
    assert_eq!(home.user(user).await.closes_at, None);
    for came in outputs.into_iter().flatten() {
        if came.user == user {
            home.assert_alive(&came).await;
        } else {
            assert_eq!(came.user, login.user);
            assert!(!home.is_alive(came.grant).await);
        }
    }
}

/// Rows that are of no use after a while, as of now.
struct Rows {
    login: LoginId,
    code: CodeId,
    key: AttemptKey,
}

impl Rows {
    async fn write(home: &Home, user: UserId) -> Self {
        let (now, random) = (home.now(), &home.mint().random);
        let login = LoginTransaction {
            id: LoginId::generate(now, random),
            hash: SecretHash::of(b"auth_session"),
            client_id: client_id("shop"),
            user_id: None,
            scope: scope("openid"),
            challenge: None,
            proofs: Proofs::default(),
            awaits_code_of: None,
            steps: 1,
            expires_at: LoginTransaction::end(now),
        };
        let code = AuthorizationCode {
            id: CodeId::generate(now, random),
            hash: SecretHash::of(b"code"),
            client_id: client_id("shop"),
            user_id: user,
            session_id: SessionId::generate(now, random),
            grant_id: GrantId::generate(now, random),
            scope: scope("openid"),
            amr: vec![],
            auth_time: now,
            challenge: CodeChallenge::parse(&"c".repeat(43)).ok(),
            details: hufu_core::login::CodeDetails::default(),
            expires_at: time::after(now, 60),
            used_at: None,
        };
        let key = AttemptKey::of_try(&username("ming"), Some(CALLER))[1];
        let (challenge, _) = home.mint().challenge(NUMBER, SmsPurpose::SignIn, Uuid::nil());
        let rows = Self {
            login: login.id,
            code: code.id,
            key,
        };
        let given = (
            login,
            code,
            Failures::first(key, now),
            challenge,
            home.mint().sms(NUMBER, None),
        );
        home.write(given, |unit, (login, code, failures, challenge, message)| {
            Box::pin(async move {
                unit.put_transaction(login).await?;
                unit.insert_code(code).await?;
                unit.put_failures(failures).await?;
                unit.put_sms_challenge(challenge).await?;
                unit.count_sms(message).await
            })
        })
        .await
        .unwrap();
        rows
    }

    /// Which are there: login, code, failures, challenge, message, volume.
    async fn are_there(&self, home: &Home) -> [bool; 6] {
        // Further back than is looked otherwise.
        let limit = |counted| Limit {
            counted,
            window: 3 * DAY,
            most: 10,
        };
        let limits = [limit(Counted::Phone), limit(Counted::Tenant)];
        let given = (
            self.login,
            self.code,
            self.key,
            home.mint().sms(NUMBER, None),
            limits,
        );
        home.write(given, |unit, (login, code, key, message, limits)| {
            Box::pin(async move {
                let counts = unit.sms_counts(message, limits).await?;
                let challenge = unit
                    .sms_challenge(&phone_number(NUMBER), SmsPurpose::SignIn)
                    .await?;
                Ok([
                    unit.transaction(*login).await?.is_some(),
                    unit.code(*code).await?.is_some(),
                    !unit.failures(&[*key]).await?.is_empty(),
                    challenge.is_some(),
                    counts[0].sent > 0,
                    counts[1].sent > 0,
                ])
            })
        })
        .await
        .unwrap()
    }
}

pub async fn what_is_over_is_removed_in_its_time(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let login = comes_by(&home, &client, by_phone("+8613800138001")).await;
    let rows = Rows::write(&home, login.user).await;
    let start = home.now();
    for (seconds, left) in [
        (299, [true, true, true, true, true, true]),
        (300, [true, true, true, false, true, true]),
        (599, [true, true, true, false, true, true]),
        (600, [false, true, true, false, true, true]),
        (HOUR - 1, [false, true, true, false, true, true]),
        (HOUR, [false, true, false, false, true, true]),
        (HOUR + 59, [false, true, false, false, true, true]),
        (HOUR + 60, [false, false, false, false, true, true]),
        (DAY - 1, [false, false, false, false, true, true]),
        (DAY, [false, false, false, false, false, true]),
        (DAY + HOUR / 4, [false, false, false, false, false, true]),
        (DAY + HOUR, [false; 6]),
    ] {
        let passed = (home.now() - start).num_seconds();
        home.mint().later(seconds - u32::try_from(passed).unwrap());
        clean(&home.bench).await;
        assert_eq!(rows.are_there(&home).await, left, "after {seconds} seconds");
    }
}

pub async fn removal_of_what_is_over_is_bounded(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    // The marks of what the case begins with are not to be counted.
    home.mint().later(2 * HOUR);
    clean(&home.bench).await;
    for _ in 0..7 {
        let message = home.mint().sms(NUMBER, None);
        home.write(message, |unit, message| unit.count_sms(message))
            .await
            .unwrap();
    }
    home.mint().later(2 * DAY);
    // Seven messages, and the slot that they are in.
    let remove = async || home.bench.store.remove_expired(home.now(), 3).await.unwrap();
    let mut removed = vec![];
    for _ in 0..4 {
        removed.push(remove().await);
    }
    assert_eq!(removed, [4, 3, 1, 0]);
}
