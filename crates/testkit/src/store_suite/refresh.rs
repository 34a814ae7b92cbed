//! Refreshing as one act, which uses core's rule: rotation, replay, reuse.

use super::{
    acts::Refreshed,
    bench::Bench,
    grants::{one_login, revoke, spent, token_id},
    parallel::{MANY, at_once, count},
};
use crate::builders::{CALLER, appid, person};
use hufu_core::{
    event::EventKind,
    grant::Spent,
    store::Store,
    time,
    token::{OpaqueToken, TokenKind},
};
use std::sync::Arc;

pub async fn r18_a_refresh_makes_the_next_generation(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let mut token = login.token.clone();
    for generation in 1..=4 {
        bench.mint.later(60);
        let next = home.refresh(&token).await;
        let spent_now = Spent {
            generation,
            token: token_id(&token),
        };
        assert_eq!(spent(&home, &login).await, Some(spent_now));
        token = next.rotated().clone();
        let (stored, _) = home.rows.refresh_token(token_id(&token)).await.unwrap().unwrap();
        assert_eq!((stored.generation, stored.hash), (generation + 1, token.hash()));
    }
    home.assert_alive(&login).await;
}

pub async fn r19_a_spent_token_may_be_replayed_until_its_successor_is_used(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let lost = home.refresh(&login.token).await;
    bench.mint.later(86_400);
    let kept = home.refresh(&login.token).await;
    assert_ne!(token_id(lost.rotated()), token_id(kept.rotated()));
    home.refresh(kept.rotated()).await.rotated();
    assert_eq!(home.refresh(&login.token).await, Refreshed::Reused);
}

pub async fn a_token_that_is_not_rotated_lives_longer_by_its_own_tenant_alone(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let other = bench.tenant("other").await;
    let id = token_id(&login.token);
    let end = async || {
        let found = home.rows.refresh_token(id).await.unwrap();
        found.unwrap().0.expires_at
    };
    let (before, later) = (end().await, time::after(home.now(), 99_000_000));
    for (tenant, expected) in [(&other, before), (&home, later)] {
        tenant
            .write((id, later), |unit, (id, at)| unit.prolong_refresh_token(*id, *at))
            .await
            .unwrap();
        assert_eq!(end().await, expected);
    }
}

/// The refusal is the act's output, so all that it wrote is kept.
pub async fn r19_reuse_revokes_the_family_and_is_recorded(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let other = home
        .sign_in(&person(&appid(1), "ming"), &login.signed_in.grant.client_id)
        .await;
    let lost = home.refresh(&login.token).await;
    let kept = home.refresh(&login.token).await;
    let newest = home.refresh(kept.rotated()).await;
    let now = bench.mint.later(60);
    assert_eq!(home.refresh(lost.rotated()).await, Refreshed::Reused);

    let told = home.events_of(EventKind::RefreshTokenReused).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].at, told[0].ip, &told[0].target),
        (now, Some(CALLER), &login.grant.to_string())
    );
    let live = home.live(login.grant).await.unwrap();
    assert_eq!(live.grant.revoked_at, Some(now));
    for token in [&login.token, lost.rotated(), kept.rotated(), newest.rotated()] {
        assert_eq!(home.refresh(token).await, Refreshed::Refused);
    }
    assert_eq!(home.events_of(EventKind::RefreshTokenReused).await.len(), 1);
    home.assert_alive(&other).await;
}

pub async fn r19_of_100_parallel_refreshes_one_spends(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let all_with = |tokens: Vec<Arc<OpaqueToken>>| {
        let home = home.clone();
        async move {
            at_once(tokens.len(), |i| {
                let (home, token) = (home.clone(), tokens[i].clone());
                async move { home.refresh(&token).await }
            })
            .await
        }
    };
    // One token a hundred times: the first spends it, the others replay it. Three generations of that.
    let mut token = login.token.clone();
    for generation in 1..=3 {
        let outputs = all_with(vec![token.clone(); MANY]).await;
        let mark = Spent {
            generation,
            token: token_id(&token),
        };
        assert_eq!(spent(&home, &login).await, Some(mark));
        for output in &outputs {
            assert!(
                matches!(output, Refreshed::Rotated { generation: next, .. } if *next == generation + 1),
                "{output:?}"
            );
        }
        if generation < 3 {
            token = outputs[MANY / 2].rotated().clone();
            continue;
        }
        // A hundred siblings at once: one is spent, the next is reuse, which ends the family.
        let siblings: Vec<_> = outputs.iter().map(|output| output.rotated().clone()).collect();
        let outputs = all_with(siblings.clone()).await;
        let used: Vec<_> = (0..MANY)
            .filter(|i| matches!(outputs[*i], Refreshed::Rotated { .. }))
            .collect();
        assert_eq!(used.len(), 1);
        assert_eq!(count(&outputs, &Refreshed::Reused), 1);
        assert_eq!(count(&outputs, &Refreshed::Refused), MANY - 2);
        let mark = Spent {
            generation: 4,
            token: token_id(&siblings[used[0]]),
        };
        assert_eq!(spent(&home, &login).await, Some(mark));
    }
    assert!(!home.is_alive(login.grant).await);
    assert_eq!(home.events_of(EventKind::RefreshTokenReused).await.len(), 1);
}

/// A refresh either comes first, and its token is dead with the family, or comes second, and is refused.
pub async fn r22_no_refresh_slips_past_a_parallel_revocation(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let outputs = at_once(MANY, |i| {
        let (home, token) = (home.clone(), login.token.clone());
        async move {
            if i == MANY / 2 {
                assert!(revoke(&home, login.grant).await);
                return None;
            }
            match home.refresh(&token).await {
                Refreshed::Rotated { token, .. } => Some(token),
                other => {
                    assert_eq!(other, Refreshed::Refused);
                    None
                }
            }
        }
    })
    .await;
    assert!(!home.is_alive(login.grant).await);
    for token in outputs.into_iter().flatten() {
        assert_eq!(home.refresh(&token).await, Refreshed::Refused);
    }
}

/// The token that `OpaqueToken` shows is found by the id in it and by nothing else of it.
pub async fn r30_a_token_with_another_secret_changes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, login) = one_login(&bench, "tea").await;
    let guessed = OpaqueToken::generate(TokenKind::Refresh, login.token.id(), &bench.mint.random);
    assert_eq!(home.refresh(&guessed).await, Refreshed::Refused);
    assert_eq!(spent(&home, &login).await, None);
    home.assert_alive(&login).await;
}
