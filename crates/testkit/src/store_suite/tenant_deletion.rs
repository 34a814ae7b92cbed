//! The deletion of a tenant, with all that it has.

use super::{
    bench::{Bench, asked},
    paging::all,
    parallel::{MANY, at_once, count},
    phones::{NUMBER, holder},
    session_keys::{keeping, kept},
};
use crate::builders::{SignInChanges, appid, person, phone, slug};
use hufu_core::{
    event::EventKind,
    id::GrantId,
    store::{Store, StoreError, WechatAppClaimed},
    time,
};
use std::sync::Arc;

pub async fn r58_deleting_a_tenant_ends_everything(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    let login = home.sign_in(&person(&appid, "ming"), &client).await;
    let mint = &bench.mint;
    home.set(keeping()).await;
    let request = mint.sign_in_request(&person(&appid, "ming"), &client);
    let request = request
        .with_phone(&phone(&appid, NUMBER))
        .keeping(mint.kept_key(1));
    home.ask(request).await.unwrap();
    let identity = home.wechat_of(login.user).await.id;
    assert_eq!(kept(&home, identity).await.len(), 1);
    let operator = mint.operator_of(home.tenant.id, "of the tea house");
    bench
        .store
        .create_operator(&operator, &mint.event(EventKind::OperatorCreated, "x"))
        .await
        .unwrap();
    home.write(mint.now(), |unit, now| {
        unit.revoke_access_token("jti", time::after(*now, 900))
    })
    .await
    .unwrap();
    home.assert_alive(&login).await;

    assert!(bench.delete(&home.tenant).await);
    home.assert_ended(&login).await;
    let rows = &home.rows;
    assert_eq!(bench.store.tenant_by_slug(&slug("tea")).await.unwrap(), None);
    assert_eq!(rows.live_grant(login.grant, "jti").await.unwrap(), None);
    assert_eq!(rows.client(&client).await.unwrap(), None);
    assert!(rows.wechat_app(&appid).await.unwrap().is_none());
    assert!(rows.signing_keys(home.now()).await.unwrap().is_empty());
    assert_eq!(home.users().await, []);
    assert_eq!(home.identities(login.user).await, []);
    assert_eq!(kept(&home, identity).await, []);
    assert_eq!(holder(&home, NUMBER).await, None);
    assert_eq!(home.events().await, []);
    let operator = bench.store.operator(operator.id).await.unwrap();
    assert!(operator.is_none_or(|operator| operator.revoked_at.is_some()));
    let operators = all(async |page| bench.store.operators(Some(home.tenant.id), &page).await).await;
    assert!(operators.iter().all(|operator| operator.revoked_at.is_some()));
}

pub async fn a_deletion_is_recorded_for_the_platform_alone(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    bench.mint.later(1);
    let event = bench.mint.event(EventKind::TenantDeleted, "tea");
    assert_eq!(bench.store.delete_tenant(home.tenant.id, &event).await, Ok(true));
    assert_eq!(bench.platform_events().await.first(), Some(&event));
    assert_eq!(home.events().await, []);
    bench.mint.later(1);
    assert!(!bench.delete(&home.tenant).await, "it is gone already");
    assert!(
        !bench.delete(&bench.mint.tenant("never")).await,
        "it was never there"
    );
    assert_eq!(
        bench.platform_events().await.len(),
        2,
        "created and deleted, once each"
    );
}

pub async fn a_deletion_leaves_other_tenants_whole(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let (appid, _) = ours.mini_program(1).await;
    theirs.mini_program(2).await;
    let client = ours.register("same", None).await;
    theirs.register("same", None).await;
    let login = ours.sign_in(&person(&appid, "ming"), &client).await;
    theirs.sign_in(&person(&appid, "ming"), &client).await;
    let events = ours.events().await;

    assert!(bench.delete(&theirs.tenant).await);
    ours.assert_alive(&login).await;
    assert_eq!(ours.users().await.len(), 1);
    assert_eq!(ours.identities(login.user).await.len(), 1);
    assert!(ours.rows.client(&client).await.unwrap().is_some());
    assert!(ours.rows.wechat_app(&appid).await.unwrap().is_some());
    assert_eq!(ours.rows.signing_keys(ours.now()).await.unwrap().len(), 2);
    assert_eq!(ours.events().await, events);
}

pub async fn a_slug_can_be_used_again_with_another_id(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let before = bench.tenant("tea").await;
    let (appid, client) = before.mini_program(1).await;
    let ming = person(&appid, "ming");
    let login = before.sign_in(&ming, &client).await;
    assert!(bench.delete(&before.tenant).await);
    bench.mint.later(1);

    let again = bench.tenant("tea").await;
    assert_ne!(again.tenant.id, before.tenant.id);
    assert_eq!(
        bench.store.tenant_by_slug(&slug("tea")).await.unwrap().unwrap(),
        again.tenant
    );
    for home in [&before, &again] {
        home.assert_ended(&login).await;
        assert_eq!(home.users().await, []);
        assert_eq!(home.rows.client(&client).await.unwrap(), None);
    }
    assert_eq!(again.events().await.len(), 1, "its own creation");
    let (_, client) = again.mini_program(1).await;
    let new = again.sign_in(&ming, &client).await;
    assert_ne!(new.user, login.user);
    assert_eq!(before.users().await, []);
}

pub async fn the_app_of_a_deleted_tenant_is_free(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (first, second) = (bench.tenant("first").await, bench.tenant("second").await);
    let app = bench.mint.wechat_app(&appid(1));
    assert_eq!(first.claim(&app).await, WechatAppClaimed::Created);
    assert_eq!(second.claim(&app).await, WechatAppClaimed::HeldByAnother);
    assert!(bench.delete(&first.tenant).await);
    assert_eq!(second.claim(&app).await, WechatAppClaimed::Created);
}

pub async fn of_100_parallel_deletions_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let outputs = at_once(MANY, |_| {
        let home = home.clone();
        async move { home.bench.delete(&home.tenant).await }
    })
    .await;
    assert_eq!(count(&outputs, &true), 1);
    let deletions = bench.platform_events().await;
    let deletions = deletions
        .iter()
        .filter(|event| event.kind == EventKind::TenantDeleted);
    assert_eq!(deletions.count(), 1);
}

pub async fn r58_logins_that_race_a_deletion_leave_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (appid, client) = home.mini_program(1).await;
    let outputs = at_once(MANY, |i| {
        let (home, appid, client) = (home.clone(), appid.clone(), client.clone());
        async move {
            if i == MANY / 2 {
                assert!(home.bench.delete(&home.tenant).await);
                return None;
            }
            let (act, _) = home
                .mint()
                .sign_in(&person(&appid, &format!("person-{i}")), &client);
            match hufu_core::store::write(home.rows.as_ref(), act).await {
                Ok(outcome) => Some(asked(outcome).unwrap().grant.id),
                Err(StoreError::Gone(_)) => None,
                Err(error) => panic!("a login lost against a deletion: {error}"),
            }
        }
    })
    .await;
    let grants: Vec<GrantId> = outputs.into_iter().flatten().collect();
    for grant in grants {
        assert_eq!(home.live(grant).await, None);
    }
    assert_eq!(home.users().await, []);
    assert_eq!(home.events().await, []);
    let client = home.rows.client(&client).await.unwrap();
    assert_eq!(client, None);
    assert!(home.rows.signing_keys(home.now()).await.unwrap().is_empty());
}
