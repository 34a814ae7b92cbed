//! Who the person is, by a password and WeChat together.

use super::*;
use crate::id::UserId;
use uuid::Uuid;

const A: UserId = UserId::from_uuid(Uuid::from_u128(1));
const B: UserId = UserId::from_uuid(Uuid::from_u128(2));

const NONE: Sides = Sides {
    wechat_is_bare: false,
    account_in_app: false,
};

fn existing(user: UserId) -> Verdict {
    Verdict::Existing {
        user,
        record: Record::Nothing,
    }
}

const NEW: Option<Verdict> = Some(Verdict::New { union: None });

#[test]
fn one_proof_names_its_user() {
    assert_eq!(decide(Some(A), None, NONE).unwrap().user, Some(A));
    assert_eq!(decide(None, Some(existing(B)), NONE).unwrap().user, Some(B));
    assert_eq!(decide(None, NEW, NONE).unwrap().user, None);
    assert_eq!(decide(None, None, NONE).unwrap().user, None);
}

#[test]
fn an_openid_that_nobody_has_becomes_the_passwords_users() {
    let person = decide(Some(A), NEW, NONE).unwrap();
    assert_eq!((person.user, person.wechat), (Some(A), WechatStep::Link));
    assert_eq!(person.absorbed, None);
}

#[test]
fn one_person_has_one_wechat_account_in_an_app() {
    let sides = Sides {
        account_in_app: true,
        ..NONE
    };
    assert_eq!(decide(Some(A), NEW, sides), Err(Reason::WechatExists));
    let bare = Sides {
        wechat_is_bare: true,
        account_in_app: true,
    };
    assert_eq!(decide(Some(A), Some(existing(B)), bare), Err(Reason::WechatTaken));
}

#[test]
fn r52_two_users_become_one_only_where_one_is_bare() {
    assert_eq!(decide(Some(A), Some(existing(B)), NONE), Err(Reason::WechatTaken));
    let bare = Sides {
        wechat_is_bare: true,
        ..NONE
    };
    let person = decide(Some(A), Some(existing(B)), bare).unwrap();
    assert_eq!((person.user, person.absorbed), (Some(A), Some((B, "password"))));
}

#[test]
fn what_is_known_by_unionid_alone_is_not_absorbed() {
    let bare = Sides {
        wechat_is_bare: true,
        ..NONE
    };
    let by_union = Some(Verdict::Existing {
        user: B,
        record: Record::Identity,
    });
    assert_eq!(decide(Some(A), by_union, bare), Err(Reason::WechatTaken));
}

#[test]
fn users_that_are_one_by_unionid_stay_so_beside_a_password() {
    let absorb = |absorbed, into| Some(Verdict::Absorb { absorbed, into });
    assert_eq!(decide(None, absorb(A, B), NONE).unwrap().user, Some(B));
    assert_eq!(
        decide(Some(B), absorb(A, B), NONE).unwrap().absorbed,
        Some((A, UNIONID))
    );
    assert_eq!(decide(Some(A), absorb(A, B), NONE), Err(Reason::WechatTaken));
}

#[test]
fn whoever_may_not_sign_in_by_wechat_may_not_by_a_password_beside_it() {
    assert_eq!(
        decide(Some(A), Some(Verdict::Refused), NONE),
        Err(Reason::UserDisabled)
    );
    assert_eq!(
        decide(None, Some(Verdict::Refused), NONE),
        Err(Reason::UserDisabled)
    );
}

#[test]
fn a_phone_says_who_a_new_person_is_and_moves_nobody_else() {
    let new = || decide(None, NEW, NONE).unwrap();
    assert_eq!(
        new().with_phone(Some(PhoneVerdict::Join(B))).unwrap().user,
        Some(B)
    );
    assert_eq!(new().with_phone(Some(PhoneVerdict::Link)).unwrap().user, None);
    assert_eq!(
        new().with_phone(Some(PhoneVerdict::Taken)),
        Err(Reason::PhoneTaken)
    );
    assert_eq!(
        new().with_phone(Some(PhoneVerdict::Refused)),
        Err(Reason::UserDisabled)
    );
    let known = decide(None, Some(existing(A)), NONE).unwrap();
    let absorbed = known
        .with_phone(Some(PhoneVerdict::Absorb { absorbed: A, into: B }))
        .unwrap();
    assert_eq!((absorbed.user, absorbed.absorbed), (Some(B), Some((A, "phone"))));
}
