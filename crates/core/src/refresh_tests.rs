//! The rule of refresh, without a database.

use super::*;
use crate::{
    client::ClientId,
    grant::Grant,
    id::{GrantId, RefreshTokenId, SessionId, UserId},
    scope::Scope,
    session::Session,
    time::after,
    user::{User, UserState},
};
use uuid::Uuid;

fn now() -> Instant {
    Instant::from_timestamp_millis(1_700_000_000_000).unwrap()
}

fn live(spent: Option<Spent>) -> LiveGrant {
    let (id, session_id, user_id) = (
        GrantId::from_uuid(Uuid::nil()),
        SessionId::from_uuid(Uuid::nil()),
        UserId::from_uuid(Uuid::nil()),
    );
    let expires_at = after(now(), 1_000);
    LiveGrant {
        grant: Grant {
            id,
            session_id,
            user_id,
            client_id: ClientId::parse("c").unwrap(),
            scope: Scope::default(),
            created_at: now(),
            expires_at,
            details: crate::grant::GrantDetails::default(),
            revoked_at: None,
            spent,
        },
        session: Session {
            id: session_id,
            user_id,
            amr: vec![],
            auth_time: now(),
            expires_at,
            ended_at: None,
            browser: None,
        },
        user: User {
            id: user_id,
            state: UserState::Active,
            created_at: now(),
            updated_at: now(),
            closes_at: None,
        },
    }
}

fn token(generation: u32, id: u128) -> RefreshToken {
    RefreshToken {
        id: RefreshTokenId::from_uuid(Uuid::from_u128(id)),
        grant_id: GrantId::from_uuid(Uuid::nil()),
        generation,
        hash: SecretHash::of(b"secret"),
        expires_at: after(now(), 100),
    }
}

fn spent(generation: u32, id: u128) -> Spent {
    Spent {
        generation,
        token: RefreshTokenId::from_uuid(Uuid::from_u128(id)),
    }
}

fn verdict(live: &LiveGrant, token: &RefreshToken) -> Verdict {
    decide(now(), live, token, &SecretHash::of(b"secret"))
}

#[test]
fn a_fresh_token_is_spent_and_rotated() {
    assert_eq!(
        verdict(&live(None), &token(1, 1)),
        Verdict::Rotate {
            spend: Some(spent(1, 1)),
            next: 2
        }
    );
    assert_eq!(
        verdict(&live(Some(spent(1, 1))), &token(2, 2)),
        Verdict::Rotate {
            spend: Some(spent(2, 2)),
            next: 3
        }
    );
}

#[test]
fn r19_a_spent_token_may_be_replayed_until_its_successor_is_used() {
    assert_eq!(
        verdict(&live(Some(spent(1, 1))), &token(1, 1)),
        Verdict::Rotate { spend: None, next: 2 }
    );
    assert_eq!(verdict(&live(Some(spent(2, 2))), &token(1, 1)), Verdict::Reused);
}

#[test]
fn r19_a_sibling_of_the_successor_that_was_used_is_reuse() {
    assert_eq!(verdict(&live(Some(spent(2, 2))), &token(2, 3)), Verdict::Reused);
}

#[test]
fn a_wrong_secret_changes_nothing() {
    let verdict = decide(
        now(),
        &live(Some(spent(2, 2))),
        &token(1, 1),
        &SecretHash::of(b"guess"),
    );
    assert_eq!(verdict, Verdict::Refused);
}

#[test]
fn r21_idle_and_absolute_ends_are_kept() {
    let idle = RefreshToken {
        expires_at: now(),
        ..token(1, 1)
    };
    assert_eq!(verdict(&live(None), &idle), Verdict::Refused);
    let mut over = live(None);
    over.grant.expires_at = now();
    assert_eq!(verdict(&over, &token(1, 1)), Verdict::Refused);
}

#[test]
fn r22_a_family_dies_with_its_session_its_user_and_its_revocation() {
    for kill in [
        (|l: &mut LiveGrant| l.session.ended_at = Some(now())) as fn(&mut LiveGrant),
        |l| l.session.expires_at = now(),
        |l| l.user.state = UserState::Disabled,
        |l| {
            l.user.state = UserState::Merged {
                into: UserId::from_uuid(Uuid::from_u128(7)),
            }
        },
        |l| l.grant.revoked_at = Some(now()),
    ] {
        let mut dead = live(None);
        kill(&mut dead);
        assert_eq!(verdict(&dead, &token(1, 1)), Verdict::Refused);
    }
}
