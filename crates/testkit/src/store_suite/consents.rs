//! Profiles, and the record of consent.

use super::{accounts::house, bench::Home};
use crate::builders::{CALLER, appid, by_wechat, client_id, person};
use hufu_core::{
    change::Change,
    client::ClientId,
    consent::{Consent, ConsentAction, Document},
    event::EventKind,
    id::{ConsentId, UserId},
    login::Proofs,
    profile::{
        Address, AddressText, EmailAddress, LanguageTag, Nickname, PersonName, PictureUrl, Profile,
        StandardClaims,
    },
    store::{Store, StoreError},
};
use std::sync::Arc;

async fn someone(home: &Home, client: &ClientId) -> UserId {
    home.sign_in(&person(&appid(1), "ming"), client).await.user
}

/// What a user did about a document, a second later, from [`CALLER`].
async fn record(home: &Home, user: UserId, document: &str, action: ConsentAction) -> Consent {
    let now = home.mint().later(1);
    let consent = Consent {
        id: ConsentId::generate(now, &home.mint().random),
        user_id: user,
        document: Document::parse_list(document).unwrap().remove(0),
        action,
        at: now,
        client_id: client_id("shop"),
        ip: Some(CALLER),
    };
    home.write(consent.clone(), |unit, consent| unit.add_consent(consent))
        .await
        .unwrap();
    consent
}

async fn last(home: &Home, user: UserId) -> Vec<Consent> {
    home.write(user, |unit, user| unit.last_consents(*user))
        .await
        .unwrap()
}

async fn put(home: &Home, user: UserId, profile: &Profile) -> Result<(), StoreError> {
    home.write((user, profile.clone()), |unit, (user, profile)| {
        unit.put_profile(*user, profile)
    })
    .await
}

pub async fn a_profile_comes_back_as_it_was_written(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let user = someone(&home, &client).await;
    assert_eq!(home.rows.profile(user).await, Ok(Profile::default()));
    let full = Profile {
        nickname: Some(Nickname::parse("小明 🍵").unwrap()),
        picture: Some(PictureUrl::parse("https://example.com/ming.png").unwrap()),
        locale: Some(LanguageTag::parse("zh-CN").unwrap()),
        claims: StandardClaims {
            name: Some(PersonName::parse("李明").unwrap()),
            email: Some(EmailAddress::parse("ming@example.com").unwrap()),
            email_verified: Some(true),
            address: Some(Address {
                formatted: Some(AddressText::parse("一号\n杭州").unwrap()),
                ..Address::default()
            }),
            ..StandardClaims::default()
        },
        updated_at: Some(home.now()),
    };
    let less = Profile {
        nickname: None,
        claims: StandardClaims::default(),
        updated_at: Some(home.mint().later(1)),
        ..full.clone()
    };
    for profile in [full, less] {
        assert_eq!(put(&home, user, &profile).await, Ok(()));
        assert_eq!(home.rows.profile(user).await, Ok(profile));
    }
    home.change(Change::DeleteUser(user)).await;
    assert_eq!(home.rows.profile(user).await, Ok(Profile::default()));
}

pub async fn consents_are_listed_newest_first_and_the_last_counts(store: Arc<dyn Store>) {
    use ConsentAction::{Accept, Withdraw};
    let (home, client) = house(store, "tea").await;
    let user = someone(&home, &client).await;
    let mut all = vec![];
    for (document, action) in [
        ("privacy:1", Accept),
        ("terms:1", Accept),
        ("privacy:2", Accept),
        ("privacy:2", Withdraw),
        ("cookies:1", Accept),
    ] {
        all.insert(0, record(&home, user, document, action).await);
    }
    assert_eq!(home.rows.consents(user).await.unwrap(), all);
    let newest = [all[0].clone(), all[1].clone(), all[3].clone()];
    assert_eq!(last(&home, user).await, newest);
    for i in 0..110 {
        record(&home, user, &format!("many:{i}"), Accept).await;
    }
    let listed = home.rows.consents(user).await.unwrap();
    assert_eq!(listed.len(), 100);
    assert_eq!(listed[0].document.version.as_str(), "109");
    assert_eq!(last(&home, user).await.len(), 4);
}

pub async fn a_login_records_what_is_accepted_once(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let come = async |documents: &str| {
        home.mint().later(1);
        let proofs = Proofs {
            wechat: Some(by_wechat(&person(&appid(1), "ming"))),
            documents: Document::parse_list(documents).unwrap(),
            ..Proofs::default()
        };
        let request = home.mint().sign_in_with(proofs, &client);
        home.ask(request).await.unwrap().session.user_id
    };
    let user = come("privacy:1 terms:1").await;
    come("terms:1 privacy:1").await;
    assert_eq!(home.rows.consents(user).await.unwrap().len(), 2);
    come("privacy:2 terms:1").await;
    record(&home, user, "terms:1", ConsentAction::Withdraw).await;
    come("privacy:2 terms:1").await;
    let consents = home.rows.consents(user).await.unwrap();
    let versions: Vec<_> = consents
        .iter()
        .map(|consent| (consent.document.version.as_str(), consent.action))
        .collect();
    assert_eq!(
        versions[0],
        ("1", ConsentAction::Accept),
        "again, after it was taken back"
    );
    assert_eq!(versions.len(), 5);
    assert_eq!(consents[0].ip, Some(CALLER));
    assert_eq!(home.events_of(EventKind::ConsentRecorded).await.len(), 3);
}

pub async fn consents_outlive_their_user_without_the_address(store: Arc<dyn Store>) {
    let (home, client) = house(store, "tea").await;
    let user = someone(&home, &client).await;
    let other = home.sign_in(&person(&appid(1), "hong"), &client).await.user;
    let consent = record(&home, user, "privacy:1", ConsentAction::Accept).await;
    let others = record(&home, other, "privacy:1", ConsentAction::Accept).await;
    home.change(Change::DeleteUser(user)).await;
    let kept = Consent { ip: None, ..consent };
    assert_eq!(home.rows.consents(user).await, Ok(vec![kept]));
    assert_eq!(home.rows.consents(other).await, Ok(vec![others]));
}

pub async fn one_tenants_profiles_and_consents_are_not_anothers(store: Arc<dyn Store>) {
    let (ours, client) = house(store, "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    let user = someone(&ours, &client).await;
    let profile = Profile {
        nickname: Some(Nickname::parse("小明").unwrap()),
        ..Profile::default()
    };
    assert_eq!(put(&ours, user, &profile).await, Ok(()));
    let consent = record(&ours, user, "privacy:1", ConsentAction::Accept).await;
    assert!(matches!(
        put(&theirs, user, &profile).await,
        Err(StoreError::Gone(_))
    ));
    assert_eq!(theirs.rows.profile(user).await, Ok(Profile::default()));
    assert_eq!(theirs.rows.consents(user).await, Ok(vec![]));
    assert_eq!(last(&theirs, user).await, []);
    theirs.change(Change::DeleteUser(user)).await;
    assert_eq!(ours.rows.profile(user).await, Ok(profile));
    assert_eq!(ours.rows.consents(user).await, Ok(vec![consent]));
}
