//! What is enough, and what is asked for where it is not.

use super::*;
use crate::{
    id::IdentityId,
    identity::{OpenId, PhoneVerifier, VerifiedPhone, WechatIdentity},
    login::{AccountProof, WechatProof},
    password::Username,
    phone::PhoneNumber,
    token::SecretHash,
    wechat_app::AppId,
};
use IdentityKind::{Account, Phone, Wechat};
use uuid::Uuid;

fn proofs(kinds: &[IdentityKind]) -> Proofs {
    let has = |kind| kinds.contains(&kind);
    Proofs {
        wechat: has(Wechat).then(|| WechatProof {
            identity: WechatIdentity {
                appid: AppId::parse("wx0000000000000001").unwrap(),
                openid: OpenId::parse("o1").unwrap(),
                unionid: None,
                union_scope: None,
            },
            session_key: None,
        }),
        phone: has(Phone).then(|| phone(PhoneVerifier::Sms)),
        account: has(Account).then(|| AccountProof {
            identity: IdentityId::from_uuid(Uuid::from_u128(1)),
            username: Username::parse("li.ming").unwrap(),
            checked: SecretHash::of(b"hash"),
            rehash: None,
        }),
        ..Proofs::default()
    }
}

fn phone(verifier: PhoneVerifier) -> VerifiedPhone {
    VerifiedPhone {
        number: PhoneNumber::parse("+8613800138000").unwrap(),
        verifier,
    }
}

/// What to prove next, and why.
type Asked = (Vec<Step>, Option<Reason>);

fn ask(
    settings: &Settings,
    proven: &[IdentityKind],
    held: Option<&[IdentityKind]>,
    matched: &[IdentityKind],
) -> Result<Option<Asked>, Reason> {
    let standing = Standing {
        is_new: held.is_none(),
        held: held.unwrap_or_default(),
        matched,
        step_up: &[],
    };
    let missing = missing(settings, &proofs(proven), &standing)?;
    Ok(missing.map(|more| (more.next, more.reason)))
}

fn registering(registration: Registration) -> Settings {
    Settings {
        registration,
        ..Settings::default()
    }
}

#[test]
fn a_login_begins_with_any_proof() {
    let all = vec![Step::Wechat, Step::Phone, Step::Account];
    assert_eq!(ask(&Settings::default(), &[], None, &[]), Ok(Some((all, None))));
}

#[test]
fn a_tenant_says_who_may_register() {
    for (registration, proven, expected) in [
        (Registration::Open, Wechat, Ok(None)),
        (Registration::Open, Phone, Ok(None)),
        (Registration::Open, Account, Ok(None)),
        (Registration::Phone, Phone, Ok(None)),
        (
            Registration::Phone,
            Wechat,
            Ok(Some((vec![Step::Phone], Some(Reason::PhoneRequired)))),
        ),
        (
            Registration::Phone,
            Account,
            Ok(Some((vec![Step::Phone], Some(Reason::PhoneRequired)))),
        ),
        (Registration::Wechat, Wechat, Ok(None)),
        (
            Registration::Wechat,
            Phone,
            Ok(Some((vec![Step::Wechat], Some(Reason::WechatRequired)))),
        ),
        (Registration::Closed, Wechat, Err(Reason::RegistrationClosed)),
        (Registration::Closed, Phone, Err(Reason::RegistrationClosed)),
    ] {
        let settings = registering(registration);
        assert_eq!(
            ask(&settings, &[proven], None, &[]),
            expected,
            "{registration:?} {proven:?}"
        );
        assert_eq!(
            ask(&settings, &[proven], Some(&[proven]), &[proven]),
            Ok(None),
            "a user of before"
        );
    }
}

#[test]
fn what_a_tenant_requires_is_asked_for_until_it_is_there() {
    let settings = Settings {
        require: vec![Phone, Account],
        ..Settings::default()
    };
    let phone = Ok(Some((vec![Step::Phone], Some(Reason::PhoneRequired))));
    let account = Ok(Some((vec![Step::Account], Some(Reason::AccountRequired))));
    assert_eq!(ask(&settings, &[Wechat], None, &[]), phone);
    assert_eq!(ask(&settings, &[Wechat], Some(&[Wechat]), &[Wechat]), phone);
    assert_eq!(
        ask(&settings, &[Wechat, Phone], Some(&[Wechat]), &[Wechat]),
        account
    );
    assert_eq!(
        ask(&settings, &[Wechat], Some(&[Wechat, Phone, Account]), &[Wechat]),
        Ok(None)
    );
}

#[test]
fn r46_two_factors_are_asked_for_whichever_comes_first() {
    let settings = Settings {
        second_factor: SecondFactor::Always,
        ..Settings::default()
    };
    let all: &[IdentityKind] = &[Wechat, Phone, Account];
    for first in [Wechat, Phone, Account] {
        let (next, reason) = ask(&settings, &[first], Some(all), &[first]).unwrap().unwrap();
        assert_eq!(reason, Some(Reason::SecondFactorRequired));
        assert!(!next.contains(&Step::from(first)) && next.len() == 2, "{next:?}");
    }
    assert_eq!(
        ask(&settings, &[Wechat, Account], Some(all), &[Wechat, Account]),
        Ok(None)
    );
}

#[test]
fn r49_a_second_factor_is_one_that_the_user_has_where_they_have_two() {
    let settings = Settings {
        second_factor: SecondFactor::Always,
        ..Settings::default()
    };
    let held: &[IdentityKind] = &[Wechat, Account];
    // The phone is a new one: whoever has the WeChat account alone could bring any.
    let (next, _) = ask(&settings, &[Wechat, Phone], Some(held), &[Wechat])
        .unwrap()
        .unwrap();
    assert_eq!(next, [Step::Account]);
    // Who has one kind adds the second.
    assert_eq!(
        ask(&settings, &[Wechat, Phone], Some(&[Wechat]), &[Wechat]),
        Ok(None)
    );
    assert_eq!(ask(&settings, &[Wechat, Phone], None, &[]), Ok(None));
}

#[test]
fn a_client_may_want_a_second_proof_of_whoever_has_one() {
    let more = |proven: &[IdentityKind], held: &[IdentityKind]| {
        let standing = Standing {
            is_new: held.is_empty(),
            held,
            matched: held,
            step_up: &[Account, Phone],
        };
        let missing = missing(&Settings::default(), &proofs(proven), &standing).unwrap();
        missing.map(|more| more.next)
    };
    assert_eq!(more(&[Account], &[Account, Phone]), Some(vec![Step::Phone]));
    assert_eq!(more(&[Phone], &[Account, Phone]), Some(vec![Step::Account]));
    assert_eq!(more(&[Account, Phone], &[Account, Phone]), None);
    // Nobody is kept out who has no other, none that can be proven there, or nothing yet.
    assert_eq!(more(&[Account], &[Account]), None);
    assert_eq!(more(&[Account], &[Account, Wechat]), None);
    assert_eq!(more(&[Phone], &[]), None);
}

#[test]
fn a_phone_that_wechat_answers_for_is_no_second_factor() {
    let settings = Settings {
        second_factor: SecondFactor::Always,
        ..Settings::default()
    };
    let proofs = Proofs {
        phone: Some(phone(PhoneVerifier::Wechat(
            AppId::parse("wx0000000000000001").unwrap(),
        ))),
        ..proofs(&[Wechat])
    };
    let standing = Standing {
        is_new: false,
        held: &[Wechat, Phone],
        matched: &[Wechat, Phone],
        step_up: &[],
    };
    let more = missing(&settings, &proofs, &standing).unwrap().unwrap();
    assert_eq!(more.next, [Step::Phone]);
    assert_eq!(
        proofs
            .methods()
            .iter()
            .map(|method| method.as_str())
            .collect::<Vec<_>>(),
        ["wechat", "wechat_phone"]
    );
}

#[test]
fn amr_names_every_proof_and_mfa_where_there_are_two_factors() {
    let names = |kinds: &[IdentityKind]| {
        let methods = proofs(kinds).methods();
        methods
            .iter()
            .map(|method| method.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names(&[Wechat]), "wechat");
    assert_eq!(names(&[Account]), "pwd");
    assert_eq!(names(&[Phone]), "sms");
    assert_eq!(names(&[Phone, Account]), "sms pwd mfa");
}
