//! Users as an operator sees them: listed, disabled, deleted, their sessions ended.

use super::{
    acts::Refreshed,
    bench::{Bench, Home, Login},
    paging::assert_seven_in_order,
    parallel::{MANY, at_once, count},
};
use crate::builders::{Person, appid, person};
use hufu_core::{
    change::{Change, Changed},
    client::ClientId,
    event::EventKind,
    id::{IdentityId, SessionId},
    identity::{ExternalIdentity, Identity},
    reason::Reason,
    store::Store,
    user::{User, UserState},
};
use std::sync::Arc;

/// A tenant with one user, who is signed in once.
async fn one_user(bench: &Bench, slug: &str) -> (Home, ClientId, Login) {
    let home = bench.tenant(slug).await;
    let client = home.register("shop", None).await;
    let login = home.sign_in(&person(&appid(1), "ming"), &client).await;
    (home, client, login)
}

fn fresh_user(home: &Home) -> User {
    home.mint().user()
}

async fn insert(home: &Home, user: &User) {
    home.write(user.clone(), |unit, user| unit.insert_user(user))
        .await
        .unwrap();
}

pub async fn a_user_comes_back_as_it_was_written(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let user = fresh_user(&home);
    insert(&home, &user).await;
    assert_eq!(home.user(user.id).await, user);
    let inside = home.write(user.id, |unit, id| unit.user(*id)).await.unwrap();
    assert_eq!(inside, Some(user));
    let unknown = fresh_user(&home).id;
    assert_eq!(home.rows.user(unknown).await.unwrap(), None);
}

pub async fn users_are_listed_in_the_order_of_their_creation(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let mut users = vec![];
    for i in 0..7 {
        // Some in the same millisecond, where the rest of the id decides.
        bench.mint.later(i % 2);
        users.push(fresh_user(&home));
    }
    for user in users.iter().rev() {
        insert(&home, user).await;
    }
    insert(&other, &fresh_user(&other)).await;
    users.sort_by_key(|user| user.id);
    assert_seven_in_order(&users, async |page| home.rows.users(&page).await).await;
}

pub async fn r58_disabling_a_user_ends_sessions_and_refresh_at_once(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, first) = one_user(&bench, "tea").await;
    let ming = person(&appid(1), "ming");
    let second = home.sign_in(&ming, &client).await;
    let other = home.sign_in(&person(&appid(1), "hong"), &client).await;
    let now = bench.mint.later(5);
    let disable = Change::UserState(first.user, UserState::Disabled);
    assert_eq!(home.change(disable).await, Changed::Updated);
    home.assert_recorded(EventKind::UserDisabled, &first.user.to_string())
        .await;
    for login in [&first, &second] {
        home.assert_ended(login).await;
    }
    let user = home.user(first.user).await;
    assert_eq!((user.state, user.updated_at), (UserState::Disabled, now));
    let refused = home.ask(bench.mint.sign_in_request(&ming, &client)).await;
    assert_eq!(refused, Err(Reason::UserDisabled));
    home.assert_alive(&other).await;
}

pub async fn an_enabled_user_signs_in_anew(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, before) = one_user(&bench, "tea").await;
    home.change(Change::UserState(before.user, UserState::Disabled))
        .await;
    let now = bench.mint.later(5);
    let enable = Change::UserState(before.user, UserState::Active);
    assert_eq!(home.change(enable).await, Changed::Updated);
    home.assert_recorded(EventKind::UserEnabled, &before.user.to_string())
        .await;
    let user = home.user(before.user).await;
    assert_eq!((user.state, user.updated_at), (UserState::Active, now));
    home.assert_ended(&before).await;
    let after = home.sign_in(&person(&appid(1), "ming"), &client).await;
    assert_eq!(after.user, before.user);
    home.assert_alive(&after).await;
}

pub async fn a_user_that_is_not_there_cannot_be_disabled(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (unknown, into) = (fresh_user(&home), fresh_user(&home));
    let merged = User {
        state: UserState::Merged { into: into.id },
        ..fresh_user(&home)
    };
    insert(&home, &into).await;
    insert(&home, &merged).await;
    assert_eq!(home.user(merged.id).await, merged);
    for user in [unknown.id, merged.id] {
        for state in [UserState::Disabled, UserState::Active] {
            home.assert_nothing_changes(Change::UserState(user, state), Changed::Missing)
                .await;
        }
    }
    assert_eq!(home.user(merged.id).await, merged);
}

pub async fn r58_deleting_a_user_leaves_nothing_of_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, other) = one_user(&bench, "tea").await;
    let hong = person(&appid(1), "hong").known_as("u-hong", "group");
    let login = home.sign_in(&hong, &client).await;
    bench.mint.later(5);
    let delete = Change::DeleteUser(login.user);
    assert_eq!(home.change(delete.clone()).await, Changed::Updated);
    home.assert_recorded(EventKind::UserDeleted, &login.user.to_string())
        .await;
    assert_eq!(home.rows.user(login.user).await.unwrap(), None);
    assert_eq!(home.identities(login.user).await, []);
    assert_eq!(home.union_holder(&hong).await, None);
    home.assert_ended(&login).await;
    home.assert_nothing_changes(delete, Changed::Missing).await;
    home.assert_alive(&other).await;
    assert_eq!(home.users().await.len(), 1);
}

pub async fn a_deleted_person_who_comes_again_is_another_user(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let client = home.register("shop", None).await;
    let one = person(&appid(1), "ming-1").known_as("u-ming", "group");
    let two = person(&appid(2), "ming-2").known_as("u-ming", "group");
    let before = home.sign_in(&one, &client).await.user;
    assert_eq!(home.sign_in(&two, &client).await.user, before);
    home.change(Change::DeleteUser(before)).await;
    bench.mint.later(1);
    let after = home.sign_in(&two, &client).await.user;
    assert_ne!(after, before);
    assert_eq!(home.sign_in(&one, &client).await.user, after);
    let users: Vec<_> = home.users().await.into_iter().map(|user| user.id).collect();
    assert_eq!(users, [after]);
    assert_eq!(home.identities(after).await.len(), 2);
}

pub async fn identities_are_listed_oldest_first_and_at_most_100(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let user = fresh_user(&home);
    insert(&home, &user).await;
    let identities: Vec<_> = (0..=MANY)
        .map(|i| {
            bench.mint.later(1);
            Identity {
                id: IdentityId::generate(home.now(), &bench.mint.random),
                user_id: user.id,
                external: ExternalIdentity::Wechat(person(&appid(1), &format!("openid-{i}"))),
                created_at: home.now(),
            }
        })
        .collect();
    home.write(identities.clone(), |unit, identities| {
        Box::pin(async move {
            for identity in identities.iter().rev() {
                unit.insert_identity(identity).await?;
            }
            Ok(())
        })
    })
    .await
    .unwrap();
    assert_eq!(home.identities(user.id).await, identities[..MANY]);
}

pub async fn live_sessions_are_listed_newest_first(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, first) = one_user(&bench, "tea").await;
    let ming = person(&appid(1), "ming");
    bench.mint.later(1);
    let second = home.sign_in(&ming, &client).await;
    home.sign_in(&person(&appid(1), "hong"), &client).await;
    let sessions = |now| home.rows.sessions(first.user, now);
    let both = [second.signed_in.session.clone(), first.signed_in.session.clone()];
    assert_eq!(sessions(home.now()).await.unwrap(), both);
    let first_end = first.signed_in.session.expires_at;
    assert_eq!(sessions(first_end).await.unwrap(), both[..1]);
    let second_end = second.signed_in.session.expires_at;
    assert_eq!(sessions(second_end).await.unwrap(), []);
}

pub async fn ending_a_session_ends_what_grew_from_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, ended) = one_user(&bench, "tea").await;
    let kept = home.sign_in(&person(&appid(1), "ming"), &client).await;
    let session = ended.signed_in.session.id;
    bench.mint.later(1);
    let end = Change::EndSession(ended.user, session);
    assert_eq!(home.change(end.clone()).await, Changed::Updated);
    home.assert_recorded(EventKind::SessionEnded, &session.to_string())
        .await;
    home.assert_ended(&ended).await;
    home.assert_alive(&kept).await;
    home.assert_nothing_changes(end, Changed::Missing).await;
}

pub async fn what_ended_once_does_not_end_again_later(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, revoked) = one_user(&bench, "tea").await;
    let ended = home.sign_in(&person(&appid(1), "ming"), &client).await;
    let first = bench.mint.later(1);
    home.write((revoked.grant, first), |unit, (grant, now)| {
        unit.revoke_family(*grant, *now)
    })
    .await
    .unwrap();
    home.change(Change::EndSession(ended.user, ended.signed_in.session.id))
        .await;
    for change in [
        Change::EndSession(revoked.user, revoked.signed_in.session.id),
        Change::UserState(ended.user, UserState::Disabled),
        Change::DeleteClient(client),
    ] {
        bench.mint.later(1);
        assert_eq!(home.change(change).await, Changed::Updated);
    }
    let live = home.live(revoked.grant).await.unwrap();
    assert_eq!(live.grant.revoked_at, Some(first));
    let live = home.live(ended.grant).await.unwrap();
    let ends = (live.grant.revoked_at, live.session.ended_at);
    assert_eq!(ends, (Some(first), Some(first)));
}

pub async fn a_session_is_ended_only_by_its_users_name(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, login) = one_user(&bench, "tea").await;
    let other = home.sign_in(&person(&appid(1), "hong"), &client).await;
    let session = login.signed_in.session.id;
    let unknown = SessionId::generate(home.now(), &bench.mint.random);
    for (user, session) in [(other.user, session), (login.user, unknown)] {
        home.assert_nothing_changes(Change::EndSession(user, session), Changed::Missing)
            .await;
    }
    home.assert_alive(&login).await;
    bench.mint.clock.advance(31 * 86_400);
    home.assert_nothing_changes(Change::EndSession(login.user, session), Changed::Missing)
        .await;
}

pub async fn one_tenants_user_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, _, login) = one_user(&bench, "ours").await;
    let (theirs, _, _) = one_user(&bench, "theirs").await;
    let (user, session) = (login.user, login.signed_in.session.id);
    assert_eq!(theirs.rows.user(user).await.unwrap(), None);
    assert_eq!(theirs.identities(user).await, []);
    assert_eq!(theirs.rows.sessions(user, theirs.now()).await.unwrap(), []);
    assert!(theirs.users().await.iter().all(|listed| listed.id != user));
    let inside = theirs.write(user, |unit, id| unit.user(*id)).await;
    assert_eq!(inside, Ok(None));
    for change in [
        Change::UserState(user, UserState::Disabled),
        Change::DeleteUser(user),
        Change::EndSession(user, session),
    ] {
        theirs.assert_nothing_changes(change, Changed::Missing).await;
    }
    // Below the changes: what the unit itself would do.
    theirs
        .write((user, ours.now()), |unit, (user, now)| {
            Box::pin(async move {
                unit.set_user_state(*user, UserState::Disabled, *now).await?;
                unit.end_sessions(*user, *now).await
            })
        })
        .await
        .unwrap();
    let before = ours.user(user).await;
    assert!(before.is_active());
    assert_eq!(before.updated_at, before.created_at);
    ours.assert_alive(&login).await;
    ours.refresh(&login.token).await.rotated();
}

pub async fn of_100_parallel_deletions_of_a_user_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, _, login) = one_user(&bench, "tea").await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { home.change(Change::DeleteUser(login.user)).await }
    })
    .await;
    assert_eq!(count(&outputs, &Changed::Updated), 1);
    assert_eq!(count(&outputs, &Changed::Missing), MANY - 1);
    assert_eq!(home.events_of(EventKind::UserDeleted).await.len(), 1);
}

pub async fn of_100_parallel_ends_of_a_session_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, _, login) = one_user(&bench, "tea").await;
    let session = login.signed_in.session.id;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { home.change(Change::EndSession(login.user, session)).await }
    })
    .await;
    assert_eq!(count(&outputs, &Changed::Updated), 1);
    assert_eq!(count(&outputs, &Changed::Missing), MANY - 1);
    assert_eq!(home.events_of(EventKind::SessionEnded).await.len(), 1);
}

/// A login either comes first, and is ended, or comes second, and is refused: no session survives to live again when
/// the user is enabled.
pub async fn r58_no_login_slips_past_a_parallel_disabling(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, first) = one_user(&bench, "tea").await;
    let ming = person(&appid(1), "ming");
    let outputs = at_once(MANY, |i| {
        let (home, client, ming) = (home.clone(), client.clone(), ming.clone());
        async move {
            if i == MANY / 2 {
                let disable = Change::UserState(first.user, UserState::Disabled);
                assert_eq!(home.change(disable).await, Changed::Updated);
                return None;
            }
            let request = home.mint().sign_in_request(&ming, &client);
            match home.ask(request).await {
                Ok(signed_in) => Some(signed_in.grant.id),
                Err(reason) => {
                    assert_eq!(reason, Reason::UserDisabled);
                    None
                }
            }
        }
    })
    .await;
    home.change(Change::UserState(first.user, UserState::Active))
        .await;
    for grant in outputs.into_iter().flatten() {
        assert!(!home.is_alive(grant).await);
    }
    assert_eq!(home.rows.sessions(first.user, home.now()).await.unwrap(), []);
}

pub async fn r58_no_login_slips_past_a_parallel_deletion(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, client, first) = one_user(&bench, "tea").await;
    let ming = person(&appid(1), "ming");
    let outputs = at_once(MANY, |i| {
        let (home, client, ming) = (home.clone(), client.clone(), ming.clone());
        async move {
            if i == MANY / 2 {
                let deleted = home.change(Change::DeleteUser(first.user)).await;
                assert_eq!(deleted, Changed::Updated);
                return None;
            }
            Some(home.sign_in(&ming, &client).await)
        }
    })
    .await;
    let users: Vec<_> = home.users().await.into_iter().map(|user| user.id).collect();
    assert!(!users.contains(&first.user));
    assert!(users.len() <= 1, "who came after the deletion is one person");
    for login in outputs.into_iter().flatten() {
        if login.user == first.user {
            assert!(!home.is_alive(login.grant).await);
            assert_eq!(home.refresh(&login.token).await, Refreshed::Refused);
        } else {
            assert_eq!(users, [login.user]);
            home.assert_alive(&login).await;
        }
    }
}
