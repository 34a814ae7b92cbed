//! Messages that WeChat pushes: obeyed once, for the person in the app and nobody else.

use super::{
    bench::{Bench, Home, Login},
    parallel::{MANY, at_once, count},
    phones::{NUMBER, holder, number_of},
    session_keys::{keeping, kept},
};
use crate::builders::{CALLER, Person, SignInChanges, appid, person, phone};
use hufu_core::{
    client::ClientId,
    event::{Actor, EventKind},
    identity::{Identity, OpenId, WechatIdentity},
    store::{Store, write},
    wechat_app::AppId,
    wechat_push::{Obey, Obeyed, PushEvent, PushMessage, REMEMBERED_FOR},
};
use std::sync::Arc;

/// WeChat's number for the phone.
const PHONE: u32 = 8;
/// WeChat's number for the whole app.
const EVERYTHING: u32 = 301;

fn about(openid: &str, event: PushEvent, digest: u8) -> PushMessage {
    PushMessage {
        event,
        openid: Some(OpenId::parse(openid).unwrap()),
        digest: [digest; 32],
    }
}

fn revoked(openid: &str, what: &[u32], digest: u8) -> PushMessage {
    about(openid, PushEvent::AuthorizationRevoked(what.to_vec()), digest)
}

async fn obey(home: &Home, appid: &AppId, message: PushMessage) -> Obeyed {
    let act = Obey::prepare(
        appid.clone(),
        message,
        Some(CALLER),
        home.now(),
        &home.mint().random,
    );
    write(home.rows.as_ref(), act).await.unwrap()
}

/// A tenant that keeps session keys, with one client.
async fn shop(bench: &Bench, slug: &str) -> (Home, ClientId) {
    let home = bench.tenant(slug).await;
    home.set(keeping()).await;
    let client = home.register("shop", None).await;
    (home, client)
}

/// Someone with a session key and a phone that app 1 verified.
async fn comes(home: &Home, client: &ClientId, who: &WechatIdentity, number: &str) -> Login {
    let request = home.mint().sign_in_request(who, client);
    let request = request
        .with_phone(&phone(&appid(1), number))
        .keeping(home.mint().kept_key(1));
    home.ask(request).await.unwrap();
    home.sign_in(who, client).await
}

async fn assert_told(home: &Home, kind: EventKind, login: &Login) -> serde_json::Value {
    let newest = home.events().await.remove(0);
    assert_eq!((newest.kind, newest.target), (kind, login.user.to_string()));
    assert_eq!(newest.actor, Actor::Wechat(appid(1).to_string()));
    assert_eq!((newest.at, newest.ip), (home.now(), Some(CALLER)));
    newest.detail
}

pub async fn who_takes_the_phone_back_has_none_here(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let login = comes(&home, &client, &person(&appid(1), "ming"), NUMBER).await;
    let key_of = home.wechat_of(login.user).await.id;
    bench.mint.later(1);
    let message = revoked("ming", &[1, PHONE], 1);
    assert_eq!(obey(&home, &appid(1), message.clone()).await, Obeyed::Done);
    let detail = assert_told(&home, EventKind::UserAuthorizationRevoked, &login).await;
    assert_eq!(detail["phone_unlinked"], true);
    assert_eq!(detail["sessions_ended"], false);
    assert_eq!(holder(&home, NUMBER).await, None);
    assert_eq!(home.identities(login.user).await.len(), 1);
    home.assert_alive(&login).await;
    assert_eq!(kept(&home, key_of).await.len(), 1);

    // It may be given again, and taken back again by another message.
    comes(&home, &client, &person(&appid(1), "ming"), NUMBER).await;
    assert_eq!(obey(&home, &appid(1), message).await, Obeyed::Replayed);
    assert_eq!(holder(&home, NUMBER).await, Some(login.user));
    assert_eq!(
        obey(&home, &appid(1), revoked("ming", &[PHONE], 2)).await,
        Obeyed::Done
    );
    assert_eq!(holder(&home, NUMBER).await, None);
}

pub async fn a_phone_is_taken_back_only_by_the_app_that_verified_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let one = person(&appid(1), "ming-1").known_as("u-ming", "group");
    let two = person(&appid(2), "ming-2").known_as("u-ming", "group");
    let login = comes(&home, &client, &one, NUMBER).await;
    assert_eq!(home.sign_in(&two, &client).await.user, login.user);
    for (digest, what) in [(1, PHONE), (2, EVERYTHING)] {
        let message = revoked("ming-2", &[what], digest);
        assert_eq!(obey(&home, &appid(2), message).await, Obeyed::Done);
        assert_eq!(number_of(&home, login.user).await.as_deref(), Some(NUMBER));
    }
    let message = revoked("ming-1", &[PHONE], 3);
    assert_eq!(obey(&home, &appid(1), message).await, Obeyed::Done);
    assert_eq!(number_of(&home, login.user).await, None);
}

pub async fn who_takes_everything_back_is_signed_out(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let ming = person(&appid(1), "ming");
    let login = comes(&home, &client, &ming, NUMBER).await;
    let beside = comes(&home, &client, &person(&appid(1), "hong"), "+14155552671").await;
    let key_of = home.wechat_of(login.user).await.id;
    bench.mint.later(1);
    assert_eq!(
        obey(&home, &appid(1), revoked("ming", &[EVERYTHING], 1)).await,
        Obeyed::Done
    );
    let detail = assert_told(&home, EventKind::UserAuthorizationRevoked, &login).await;
    assert_eq!(detail["phone_unlinked"], true);
    assert_eq!(detail["sessions_ended"], true);
    home.assert_ended(&login).await;
    assert_eq!(home.rows.sessions(login.user, home.now()).await.unwrap(), []);
    assert_eq!(kept(&home, key_of).await, []);
    assert_eq!(holder(&home, NUMBER).await, None);
    // Taken back, not thrown out: whoever comes again is the same user.
    assert_eq!(home.sign_in(&ming, &client).await.user, login.user);
    home.assert_alive(&beside).await;
    assert_eq!(holder(&home, "+14155552671").await, Some(beside.user));
}

pub async fn other_permissions_and_changed_names_are_recorded_alone(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let login = comes(&home, &client, &person(&appid(1), "ming"), NUMBER).await;
    let identities = home.identities(login.user).await;
    bench.mint.later(1);
    assert_eq!(
        obey(&home, &appid(1), revoked("ming", &[1, 2], 1)).await,
        Obeyed::Done
    );
    let detail = assert_told(&home, EventKind::UserAuthorizationRevoked, &login).await;
    assert_eq!(detail["revoke_info"], serde_json::json!([1, 2]));
    assert_eq!(detail["phone_unlinked"], false);
    bench.mint.later(1);
    let message = about("ming", PushEvent::InfoModified, 2);
    assert_eq!(obey(&home, &appid(1), message).await, Obeyed::Done);
    assert_told(&home, EventKind::UserInfoModified, &login).await;
    home.assert_alive(&login).await;
    assert_eq!(home.identities(login.user).await, identities);
    assert_eq!(kept(&home, home.wechat_of(login.user).await.id).await.len(), 1);
}

pub async fn r58_who_closes_the_wechat_account_is_deleted_with_everything(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let ming = person(&appid(1), "ming").known_as("u-ming", "group");
    let login = comes(&home, &client, &ming, NUMBER).await;
    let beside = comes(&home, &client, &person(&appid(1), "hong"), "+14155552671").await;
    let key_of = home.wechat_of(login.user).await.id;
    bench.mint.later(1);
    let message = about("ming", PushEvent::AccountClosed, 1);
    assert_eq!(obey(&home, &appid(1), message.clone()).await, Obeyed::Done);
    assert_told(&home, EventKind::UserDeleted, &login).await;
    assert_eq!(home.rows.user(login.user).await, Ok(None));
    assert_eq!(home.identities(login.user).await, []);
    assert_eq!(holder(&home, NUMBER).await, None);
    assert_eq!(home.union_holder(&ming).await, None);
    assert_eq!(kept(&home, key_of).await, []);
    home.assert_ended(&login).await;
    home.assert_alive(&beside).await;
    // Replayed, it does not delete whoever came after that.
    let again = home.sign_in(&ming, &client).await;
    assert_eq!(obey(&home, &appid(1), message).await, Obeyed::Replayed);
    home.assert_alive(&again).await;
}

pub async fn who_closes_one_of_two_wechat_accounts_keeps_the_other(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    // Of three identities, two are one WeChat account; the third came by the phone, and is another.
    let ming = person(&appid(1), "ming").known_as("u-ming", "group");
    let login = comes(&home, &client, &ming, NUMBER).await;
    let second = person(&appid(2), "ming-2").known_as("u-ming", "group");
    home.sign_in(&second, &client).await;
    let third = bench.mint.sign_in_request(&person(&appid(3), "ming-3"), &client);
    let third = third.with_phone(&phone(&appid(3), NUMBER)).joining_by_phone();
    assert_eq!(home.ask(third).await.unwrap().session.user_id, login.user);
    bench.mint.later(1);
    let message = about("ming", PushEvent::AccountClosed, 1);
    assert_eq!(obey(&home, &appid(1), message).await, Obeyed::Done);
    home.assert_ended(&login).await;
    assert_told(&home, EventKind::IdentityUnlinked, &login).await;
    let left = home.identities(login.user).await;
    let left: Vec<_> = left.iter().filter_map(Identity::wechat).collect();
    assert_eq!(left, [&person(&appid(3), "ming-3")]);
    assert_eq!(holder(&home, NUMBER).await, None, "verified by what is closed");
    assert_eq!(home.union_holder(&ming).await, None);
    assert_ne!(home.sign_in(&second, &client).await.user, login.user);
}

pub async fn a_message_about_nobody_known_changes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let login = comes(&home, &client, &person(&appid(1), "ming"), NUMBER).await;
    let events = home.events().await;
    bench.mint.later(1);
    let about_nobody = PushMessage {
        openid: None,
        ..revoked("x", &[EVERYTHING], 1)
    };
    let other = about("ming", PushEvent::Other("wxa_media_check".into()), 2);
    for (of, message) in [
        (appid(1), about_nobody),
        (appid(1), other),
        (appid(1), revoked("hong", &[EVERYTHING], 3)),
        (appid(1), revoked("MING", &[EVERYTHING], 4)),
        (appid(2), revoked("ming", &[EVERYTHING], 5)),
        (appid(2), about("ming", PushEvent::AccountClosed, 6)),
    ] {
        assert_eq!(
            obey(&home, &of, message.clone()).await,
            Obeyed::Nothing,
            "{message:?}"
        );
    }
    home.assert_alive(&login).await;
    assert_eq!(holder(&home, NUMBER).await, Some(login.user));
    assert_eq!(home.events().await, events);
}

pub async fn of_100_deliveries_of_a_message_at_once_one_is_obeyed(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let login = comes(&home, &client, &person(&appid(1), "ming"), NUMBER).await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { obey(&home, &appid(1), revoked("ming", &[EVERYTHING], 1)).await }
    })
    .await;
    assert_eq!(count(&outputs, &Obeyed::Done), 1);
    assert_eq!(count(&outputs, &Obeyed::Replayed), MANY - 1);
    let told = home.events_of(EventKind::UserAuthorizationRevoked).await;
    assert_eq!(told.len(), 1);
    home.assert_ended(&login).await;
}

/// A login comes either before the message, and is ended, or after it.
pub async fn logins_that_race_a_message_end_or_come_after_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    let ming = person(&appid(1), "ming");
    let user = comes(&home, &client, &ming, NUMBER).await.user;
    at_once(MANY, |i| {
        let (home, client, ming) = (home.clone(), client.clone(), ming.clone());
        async move {
            if i == MANY / 2 {
                let done = obey(&home, &appid(1), revoked("ming", &[EVERYTHING], 1)).await;
                assert_eq!(done, Obeyed::Done);
            } else {
                assert_eq!(comes(&home, &client, &ming, NUMBER).await.user, user);
            }
        }
    })
    .await;
    let phones = home.identities(user).await.len();
    assert!((1..=2).contains(&phones), "the phone once, or not at all");
    assert_eq!(holder(&home, NUMBER).await.is_some(), phones == 2);
}

pub async fn r51_equal_messages_of_two_apps_or_tenants_are_two(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, client) = shop(&bench, "ours").await;
    let (theirs, _) = shop(&bench, "theirs").await;
    let here = comes(&ours, &client, &person(&appid(1), "ming"), NUMBER).await;
    let there = comes(&theirs, &client, &person(&appid(1), "ming"), NUMBER).await;
    let elsewhere = ours.sign_in(&person(&appid(2), "ming"), &client).await;
    let message = revoked("ming", &[EVERYTHING], 1);
    assert_eq!(obey(&theirs, &appid(1), message.clone()).await, Obeyed::Done);
    theirs.assert_ended(&there).await;
    ours.assert_alive(&here).await;
    assert_eq!(holder(&ours, NUMBER).await, Some(here.user));
    assert_eq!(obey(&ours, &appid(1), message.clone()).await, Obeyed::Done);
    ours.assert_ended(&here).await;
    ours.assert_alive(&elsewhere).await;
    assert_eq!(obey(&ours, &appid(2), message.clone()).await, Obeyed::Done);
    ours.assert_ended(&elsewhere).await;
    for (home, appid) in [(&ours, appid(1)), (&ours, appid(2)), (&theirs, appid(1))] {
        assert_eq!(obey(home, &appid, message.clone()).await, Obeyed::Replayed);
    }
}

pub async fn a_message_is_remembered_for_its_time(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client) = shop(&bench, "tea").await;
    comes(&home, &client, &person(&appid(1), "ming"), NUMBER).await;
    let message = about("ming", PushEvent::InfoModified, 1);
    let clean = async || while bench.store.remove_expired(bench.mint.now(), 50).await.unwrap() > 0 {};
    assert_eq!(obey(&home, &appid(1), message.clone()).await, Obeyed::Done);
    bench.mint.later(REMEMBERED_FOR - 1);
    clean().await;
    assert_eq!(obey(&home, &appid(1), message.clone()).await, Obeyed::Replayed);
    bench.mint.later(1);
    clean().await;
    assert_eq!(obey(&home, &appid(1), message).await, Obeyed::Done);
}
