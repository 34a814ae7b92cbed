//! Every row of the linking table, without a database.

use super::*;
use crate::{
    Instant,
    id::IdentityId,
    identity::{OpenId, UnionId},
    user::UserState,
    wechat_app::{AppId, UnionScope},
};
use uuid::Uuid;

fn at() -> Instant {
    Instant::from_timestamp_millis(1_700_000_000_000).unwrap()
}

fn proven(unionid: Option<&str>) -> WechatIdentity {
    WechatIdentity {
        appid: AppId::parse("wxde30000000000001").unwrap(),
        openid: OpenId::parse("oPerson").unwrap(),
        unionid: unionid.map(|u| UnionId::parse(u).unwrap()),
        union_scope: Some(UnionScope::parse("acme").unwrap()),
    }
}

fn candidate(id: u128, bare: bool, state: UserState) -> Candidate {
    let user = User {
        id: UserId::from_uuid(Uuid::from_u128(id)),
        state,
        created_at: at(),
        updated_at: at(),
        closes_at: None,
    };
    Candidate { user, bare }
}

fn holder(candidate: Candidate, unionid: Option<&str>) -> Holder {
    let wechat = proven(unionid);
    let id = IdentityId::from_uuid(Uuid::from_u128(9));
    Holder {
        identity: id,
        wechat,
        candidate,
    }
}

fn active(id: u128) -> Candidate {
    candidate(id, false, UserState::Active)
}

fn verdict(unionid: Option<&str>, by_openid: Option<Holder>, by_union: Option<Candidate>) -> Verdict {
    decide(&proven(unionid), &Known { by_openid, by_union })
}

fn key(unionid: &str) -> UnionKey {
    proven(Some(unionid)).union_key().unwrap()
}

fn user(id: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(id))
}

#[test]
fn an_unknown_person_is_a_new_user() {
    assert_eq!(verdict(None, None, None), Verdict::New { union: None });
    assert_eq!(
        verdict(Some("u"), None, None),
        Verdict::New {
            union: Some(key("u"))
        }
    );
}

#[test]
fn a_known_openid_is_its_user() {
    let known = Some(holder(active(1), Some("u")));
    assert_eq!(
        verdict(Some("u"), known.clone(), None),
        Verdict::Existing {
            user: user(1),
            record: Record::Nothing
        }
    );
    assert_eq!(needs_union(&proven(Some("u")), known.as_ref()), None);
}

#[test]
fn a_known_unionid_gets_a_second_identity() {
    let expected = Verdict::Existing {
        user: user(2),
        record: Record::Identity,
    };
    assert_eq!(verdict(Some("u"), None, Some(active(2))), expected);
}

#[test]
fn a_unionid_seen_later_is_filled_in() {
    let expected = Verdict::Existing {
        user: user(1),
        record: Record::Union(key("u")),
    };
    assert_eq!(verdict(Some("u"), Some(holder(active(1), None)), None), expected);
    assert_eq!(
        verdict(Some("u"), Some(holder(active(1), None)), Some(active(1))),
        expected
    );
}

#[test]
fn a_unionid_that_vanished_changes_nothing() {
    let expected = Verdict::Existing {
        user: user(1),
        record: Record::Nothing,
    };
    assert_eq!(verdict(None, Some(holder(active(1), Some("u"))), None), expected);
}

#[test]
fn a_unionid_that_changed_does_not_move_the_account() {
    let known = Some(holder(active(1), Some("old")));
    let record = |free| Record::Rebound {
        now: key("new"),
        free,
    };
    assert_eq!(
        verdict(Some("new"), known.clone(), None),
        Verdict::Existing {
            user: user(1),
            record: record(true)
        }
    );
    assert_eq!(
        verdict(Some("new"), known, Some(active(2))),
        Verdict::Existing {
            user: user(1),
            record: record(false)
        }
    );
}

#[test]
fn a_bare_user_is_absorbed_by_the_real_one() {
    let bare = |id| candidate(id, true, UserState::Active);
    let into_union = Verdict::Absorb {
        absorbed: user(1),
        into: user(2),
    };
    assert_eq!(
        verdict(Some("u"), Some(holder(bare(1), None)), Some(active(2))),
        into_union
    );
    assert_eq!(
        verdict(Some("u"), Some(holder(bare(1), None)), Some(bare(2))),
        into_union
    );
    let into_openid = Verdict::Absorb {
        absorbed: user(2),
        into: user(1),
    };
    assert_eq!(
        verdict(Some("u"), Some(holder(active(1), None)), Some(bare(2))),
        into_openid
    );
}

#[test]
fn two_real_users_are_a_recorded_conflict() {
    let record = Record::Conflict {
        union: key("u"),
        other: user(2),
    };
    let expected = Verdict::Existing {
        user: user(1),
        record,
    };
    assert_eq!(
        verdict(Some("u"), Some(holder(active(1), None)), Some(active(2))),
        expected
    );
}

#[test]
fn a_disabled_user_is_refused_and_never_emptied() {
    let disabled = |id| candidate(id, true, UserState::Disabled);
    assert_eq!(
        verdict(None, Some(holder(disabled(1), None)), None),
        Verdict::Refused
    );
    assert_eq!(verdict(Some("u"), None, Some(disabled(2))), Verdict::Refused);
    assert_eq!(
        verdict(Some("u"), Some(holder(disabled(1), None)), Some(active(2))),
        Verdict::Refused
    );
    let record = Record::Conflict {
        union: key("u"),
        other: user(2),
    };
    let expected = Verdict::Existing {
        user: user(1),
        record,
    };
    assert_eq!(
        verdict(Some("u"), Some(holder(active(1), None)), Some(disabled(2))),
        expected
    );
}

#[test]
fn a_unionid_links_nothing_without_a_union_scope() {
    let mut person = proven(Some("u"));
    person.union_scope = None;
    assert_eq!(needs_union(&person, None), None);
    assert_eq!(decide(&person, &Known::default()), Verdict::New { union: None });
}

#[test]
fn r52_a_proven_phone_goes_to_nobody_it_is_not_shown_to_belong_to() {
    use PhoneVerdict::{Absorb, Held, Join, Link, Refused, Taken};
    let user = |id, bare| {
        Some(PhoneCandidate {
            id: active(id).user.id,
            bare,
        })
    };
    let (one, two) = (active(1).user, active(2).user);
    let disabled = candidate(2, false, UserState::Disabled).user;
    for (who, holder, join, expected) in [
        (None, None, false, Link),
        (user(1, false), None, true, Link),
        (user(1, false), Some(&one), false, Held),
        (user(1, true), Some(&one), true, Held),
        (None, Some(&two), false, Taken),
        (user(1, true), Some(&two), false, Taken),
        (None, Some(&two), true, Join(two.id)),
        (
            user(1, true),
            Some(&two),
            true,
            Absorb {
                absorbed: one.id,
                into: two.id,
            },
        ),
        (user(1, false), Some(&two), true, Taken),
        (None, Some(&disabled), true, Refused),
        (user(1, true), Some(&disabled), true, Refused),
        (None, Some(&disabled), false, Taken),
    ] {
        let holder = holder.map(|user| PhoneHolder { user, in_app: false });
        let decided = decide_phone(who, holder, join);
        assert_eq!(decided, expected, "{who:?} {holder:?} {join}");
        // Whoever is in the app already, under another openid, is another person.
        let in_app = holder.map(|holder| PhoneHolder {
            in_app: true,
            ..holder
        });
        let expected = match expected {
            Join(_) | Absorb { .. } | Refused => Taken,
            other => other,
        };
        let decided = decide_phone(who, in_app, join);
        assert_eq!(decided, expected, "{who:?} {in_app:?} {join}");
    }
}
