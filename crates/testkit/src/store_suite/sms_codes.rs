//! Codes by SMS: the vendor that they are sent through, and their challenges.

use super::{
    accounts::house,
    bench::Home,
    login_steps::challenge as pkce,
    parallel::{MANY, at_once, count},
    phones::{NUMBER, OTHER_NUMBER, holder},
};
use crate::builders::{otp, pepper, phone_number, scope};
use hufu_core::{
    change::{Change, Changed},
    client::ClientId,
    event::EventKind,
    id::LoginId,
    login::{Outcome, Presented, Proofs, SignIn},
    reason::Reason,
    settings::SmsSettings,
    sms::{
        SmsPurpose, SmsVendor,
        challenge::{SmsChallenge, TryVerdict, decide_try},
        send::{Prepared, SendCode, SendCodeRequest, SendFor, Sending},
    },
    store::{KeptSmsVendor, Store, write},
};
use secrecy::{ExposeSecret, SecretString};
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

pub(super) const SECRET: &str = "hunter2hunter2hunter2hunter2hunter2";

/// A tenant that sends codes, with a client.
pub(super) async fn sender(store: Arc<dyn Store>) -> (Home, ClientId) {
    let (home, client) = house(store, "tea").await;
    let vendor = home.mint().sms_vendor(SECRET);
    assert_eq!(home.change(Change::SmsVendor(vendor)).await, Changed::Created);
    (home, client)
}

/// Somebody who signs in asks for a code.
pub(super) async fn ask(
    home: &Home,
    client: &ClientId,
    number: &str,
    ip: Option<IpAddr>,
    settings: &SmsSettings,
) -> (Sending, Prepared) {
    let request = SendCodeRequest {
        phone: phone_number(number),
        send_for: SendFor::Login {
            presented: None,
            scope: scope("openid"),
            challenge: Some(pkce('c')),
            proofs: Proofs::default(),
        },
        client: client.clone(),
        settings: settings.clone(),
        ip,
        now: home.now(),
    };
    let (act, prepared) = SendCode::prepare(request, &pepper(), &home.mint().random);
    (write(home.rows.as_ref(), act).await.unwrap(), prepared)
}

async fn vendor(home: &Home) -> Option<KeptSmsVendor> {
    let read = home.rows.sms_vendor().await.unwrap();
    let inside = home.write((), |unit, ()| unit.sms_vendor()).await.unwrap();
    assert_eq!(read.as_ref().map(secret), inside.as_ref().map(secret));
    read
}

fn secret(kept: &KeptSmsVendor) -> &str {
    match &kept.vendor {
        SmsVendor::Webhook(webhook) => webhook.secret.expose_secret(),
        other => panic!("{other:?}"),
    }
}

async fn put(home: &Home, challenge: &SmsChallenge) {
    home.write(challenge.clone(), |unit, challenge| {
        unit.put_sms_challenge(challenge)
    })
    .await
    .unwrap();
}

async fn read(home: &Home, number: &str, purpose: SmsPurpose) -> Option<SmsChallenge> {
    home.write((phone_number(number), purpose), |unit, (phone, purpose)| {
        unit.sms_challenge(phone, *purpose)
    })
    .await
    .unwrap()
}

pub async fn a_vendor_comes_back_as_it_was_set(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    assert!(vendor(&home).await.is_none());
    let first = home.mint().sms_vendor(SECRET);
    assert_eq!(
        home.change(Change::SmsVendor(first.clone())).await,
        Changed::Created
    );
    let found = vendor(&home).await.unwrap();
    assert_eq!(
        (secret(&found), found.created_at, found.updated_at),
        (SECRET, first.created_at, first.updated_at)
    );
    let later = home.mint().later(7);
    let other = "another-secret-of-a-length-that-is-enough";
    let next = home.mint().sms_vendor(other);
    assert_eq!(home.change(Change::SmsVendor(next)).await, Changed::Updated);
    let found = vendor(&home).await.unwrap();
    assert_eq!(
        (secret(&found), found.created_at, found.updated_at),
        (other, first.created_at, later)
    );
    assert_eq!(home.change(Change::DeleteSmsVendor).await, Changed::Updated);
    assert!(vendor(&home).await.is_none());
    assert_eq!(home.change(Change::DeleteSmsVendor).await, Changed::Missing);
    assert_eq!(home.events_of(EventKind::SmsVendorDeleted).await.len(), 1);
}

pub async fn one_tenants_vendor_and_codes_are_not_anothers(store: Arc<dyn Store>) {
    let (ours, _) = sender(store).await;
    let theirs = ours.bench.tenant("theirs").await;
    assert!(vendor(&theirs).await.is_none());
    assert_eq!(theirs.change(Change::DeleteSmsVendor).await, Changed::Missing);
    let (own, _) = ours
        .mint()
        .challenge(NUMBER, SmsPurpose::SignIn, Uuid::from_u128(1));
    put(&ours, &own).await;
    assert_eq!(read(&theirs, NUMBER, SmsPurpose::SignIn).await, None);
    let (other, _) = ours
        .mint()
        .challenge(NUMBER, SmsPurpose::SignIn, Uuid::from_u128(2));
    put(&theirs, &other).await;
    assert_eq!(read(&ours, NUMBER, SmsPurpose::SignIn).await, Some(own));
    assert_eq!(read(&theirs, NUMBER, SmsPurpose::SignIn).await, Some(other));
    assert_eq!(secret(&vendor(&ours).await.unwrap()), SECRET);
}

pub async fn a_phone_has_one_code_for_each_purpose(store: Arc<dyn Store>) {
    let (home, _) = sender(store).await;
    assert_eq!(read(&home, NUMBER, SmsPurpose::SignIn).await, None);
    let mint = home.mint();
    let new = |number, purpose| mint.challenge(number, purpose, Uuid::from_u128(9)).0;
    let one = new(NUMBER, SmsPurpose::SignIn);
    let two = new(NUMBER, SmsPurpose::Link);
    let three = new(OTHER_NUMBER, SmsPurpose::SignIn);
    for challenge in [&one, &two, &three] {
        put(&home, challenge).await;
    }
    assert_eq!(read(&home, NUMBER, SmsPurpose::SignIn).await, Some(one.clone()));
    let tried = SmsChallenge {
        tries: 4,
        used: true,
        ..one
    };
    put(&home, &tried).await;
    assert_eq!(read(&home, NUMBER, SmsPurpose::SignIn).await, Some(tried));
    mint.later(60);
    let next = new(NUMBER, SmsPurpose::SignIn);
    put(&home, &next).await;
    assert_eq!(read(&home, NUMBER, SmsPurpose::SignIn).await, Some(next));
    assert_eq!(read(&home, NUMBER, SmsPurpose::Link).await, Some(two));
    assert_eq!(read(&home, OTHER_NUMBER, SmsPurpose::SignIn).await, Some(three));
}

/// Tries a code a hundred times at once and gives the verdicts.
async fn try_at_once(home: &Home, code: &SecretString) -> Vec<TryVerdict> {
    home.warm_up().await;
    at_once(MANY, |_| {
        let (home, code) = (home.clone(), code.clone());
        async move {
            home.write((code, home.now()), |unit, (code, now)| {
                Box::pin(async move {
                    let phone = phone_number(NUMBER);
                    let found = unit.sms_challenge(&phone, SmsPurpose::SignIn).await?.unwrap();
                    let verdict = decide_try(&found, code, &pepper(), *now);
                    let (tries, used) = match verdict {
                        TryVerdict::Right => (found.tries, true),
                        TryVerdict::Wrong { .. } => (found.tries + 1, false),
                        TryVerdict::Burnt | TryVerdict::Expired => return Ok(verdict),
                    };
                    unit.put_sms_challenge(&SmsChallenge { tries, used, ..found })
                        .await?;
                    Ok(verdict)
                })
            })
            .await
            .unwrap()
        }
    })
    .await
}

pub async fn r44_of_100_wrong_tries_at_once_five_count(store: Arc<dyn Store>) {
    let (home, _) = sender(store).await;
    let (challenge, _) = home
        .mint()
        .challenge(NUMBER, SmsPurpose::SignIn, Uuid::from_u128(1));
    put(&home, &challenge).await;
    let verdicts = try_at_once(&home, &"wrong".into()).await;
    assert_eq!(count(&verdicts, &TryVerdict::Burnt), MANY - 5);
    for left in 0..5 {
        assert_eq!(count(&verdicts, &TryVerdict::Wrong { left }), 1);
    }
    assert_eq!(read(&home, NUMBER, SmsPurpose::SignIn).await.unwrap().tries, 5);
}

pub async fn r44_of_100_right_tries_at_once_one_counts(store: Arc<dyn Store>) {
    let (home, _) = sender(store).await;
    let (challenge, code) = home
        .mint()
        .challenge(NUMBER, SmsPurpose::SignIn, Uuid::from_u128(1));
    put(&home, &challenge).await;
    let verdicts = try_at_once(&home, &code).await;
    assert_eq!(count(&verdicts, &TryVerdict::Right), 1);
    assert_eq!(count(&verdicts, &TryVerdict::Burnt), MANY - 1);
}

pub async fn of_100_who_ask_for_a_code_to_one_phone_at_once_one_gets_it(store: Arc<dyn Store>) {
    let (home, client) = sender(store).await;
    home.warm_up().await;
    let outputs = at_once(MANY, |_| {
        let (home, client) = (home.clone(), client.clone());
        async move {
            let (sending, prepared) = ask(&home, &client, NUMBER, None, &SmsSettings::default()).await;
            match sending {
                Sending::Send(_) => Some(prepared.id),
                Sending::Refused(refusal) => {
                    assert_eq!(refusal.reason, Reason::OtpResendTooSoon);
                    None
                }
                Sending::InvalidSession => panic!("it presented none"),
            }
        }
    })
    .await;
    let sent: Vec<_> = outputs.into_iter().flatten().collect();
    let kept = read(&home, NUMBER, SmsPurpose::SignIn).await.unwrap();
    assert_eq!(sent, [kept.id]);
}

pub async fn whoever_types_the_code_has_the_phone_and_one_login_of_100(store: Arc<dyn Store>) {
    let (home, client) = sender(store).await;
    let (sending, prepared) = ask(&home, &client, NUMBER, None, &SmsSettings::default()).await;
    assert!(matches!(sending, Sending::Send(_)), "{sending:?}");
    let presented = Presented {
        id: LoginId::from_uuid(prepared.auth_session.id()),
        hash: prepared.auth_session.hash(),
    };
    home.warm_up().await;
    let outputs = at_once(MANY, |i| {
        let (home, client) = (home.clone(), client.clone());
        let typed = if i % 50 == 0 {
            "wrong".into()
        } else {
            prepared.code.clone()
        };
        async move {
            let mut request = home.mint().sign_in_with(Proofs::default(), &client);
            request.otp = Some(otp(&typed));
            request.presented = Some(presented);
            let (act, _) = SignIn::prepare(request, &home.mint().random);
            match write(home.rows.as_ref(), act).await.unwrap() {
                Outcome::SignedIn(signed_in) => Some(signed_in.session.user_id),
                Outcome::InvalidSession => None,
                Outcome::Refused(refusal) if refusal.reason == Reason::OtpWrong => None,
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
    let users: Vec<_> = outputs.into_iter().flatten().collect();
    assert_eq!(users.len(), 1);
    assert_eq!(holder(&home, NUMBER).await, Some(users[0]));
    assert!(read(&home, NUMBER, SmsPurpose::SignIn).await.unwrap().used);
}
