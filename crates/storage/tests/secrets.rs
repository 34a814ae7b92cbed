//! Secrets at rest: sealed, bound to their place, and sealed anew when the master key is replaced.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails where anything does, and the error says enough"
)]

#[macro_use]
mod fresh;

use fresh::{Fresh, key};
use hufu_core::{
    event::EventKind,
    id::TenantId,
    page::{PageLimit, PageRequest},
    store::{Operators, Store, StoreError, Tenants, WechatAppClaim},
    tenant::Tenant,
    wechat_app::AppId,
};
use hufu_storage::{MasterKeys, OpenError, Options, SqlStore};
use hufu_testkit::{Mint, builders::appid};
use secrecy::ExposeSecret;

on_both! {
    a_moved_secret_does_not_open,
    a_destroyed_data_key_is_named_and_harms_no_other_tenant,
    after_a_rewrap_the_new_key_alone_opens_everything,
    a_rewrap_that_broke_off_leaves_everything_readable_and_goes_on,
    a_tenant_created_half_way_is_not_lost,
    a_process_that_missed_the_rewrap_creates_no_tenant,
}

async fn tenant(store: &SqlStore, mint: &Mint, slug: &str) -> Tenant {
    let tenant = mint.tenant(slug);
    let keys = [mint.signing_key("k")];
    let event = mint.event(EventKind::TenantCreated, slug);
    assert_eq!(store.create_tenant(&tenant, &keys, &event).await, Ok(true));
    tenant
}

async fn claim(store: &SqlStore, mint: &Mint, tenant: &Tenant, appid: &AppId) -> String {
    let app = mint.wechat_app(appid);
    let secret = app.credential.secret.expose_secret().to_owned();
    let claim = WechatAppClaim {
        tenant: tenant.id,
        app,
        transfer: false,
        audit: mint.audit(),
    };
    store.claim_wechat_app(&claim).await.unwrap();
    secret
}

async fn secret(store: &SqlStore, tenant: TenantId, appid: &AppId) -> Result<String, StoreError> {
    let app = store.tenant(tenant).wechat_app(appid).await?.unwrap();
    Ok(app.credential.secret.expose_secret().to_owned())
}

fn with(database: &Fresh, current: u64, previous: Option<u64>) -> Options {
    Options {
        keys: MasterKeys {
            current: key(current),
            previous: previous.map(key),
        },
        ..database.options()
    }
}

async fn opens(database: &Fresh, current: u64, previous: Option<u64>) -> Result<SqlStore, OpenError> {
    SqlStore::open(with(database, current, previous)).await
}

async fn a_moved_secret_does_not_open(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let tea = tenant(&store, &mint, "tea").await;
    let plain = claim(&store, &mint, &tea, &appid(1)).await;
    claim(&store, &mint, &tea, &appid(2)).await;
    assert_eq!(secret(&store, tea.id, &appid(1)).await.as_ref(), Ok(&plain));
    database
        .execute(&format!(
            "UPDATE wechat_apps SET secret = (SELECT secret FROM wechat_apps WHERE appid = '{}') WHERE appid = '{}'",
            appid(2),
            appid(1)
        ))
        .await;
    let error = secret(&store, tea.id, &appid(1)).await.unwrap_err();
    let StoreError::Corrupt { table, row, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*table, "wechat_apps");
    assert!(row.contains(appid(1).as_str()), "{row}");
    assert!(secret(&store, tea.id, &appid(2)).await.is_ok());
}

async fn a_destroyed_data_key_is_named_and_harms_no_other_tenant(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let (tea, rice) = (
        tenant(&store, &mint, "tea").await,
        tenant(&store, &mint, "rice").await,
    );
    database
        .execute("UPDATE tenants SET data_key = NULL WHERE slug = 'tea'")
        .await;
    let error = store.tenant(tea.id).signing_keys(mint.now()).await.unwrap_err();
    let StoreError::Corrupt {
        table: "tenants",
        row,
        what,
    } = &error
    else {
        panic!("{error}");
    };
    assert!(row.contains(&tea.id.to_string()), "{row}");
    assert_eq!(what, "data_key: is gone");
    assert_eq!(
        store
            .tenant(rice.id)
            .signing_keys(mint.now())
            .await
            .unwrap()
            .len(),
        1
    );
    // It stays destroyed.
    assert_eq!(
        opens(database, 2, Some(1))
            .await
            .unwrap()
            .rewrap(&mint.audit())
            .await,
        Ok(1)
    );
}

async fn after_a_rewrap_the_new_key_alone_opens_everything(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let tea = tenant(&store, &mint, "tea").await;
    let plain = claim(&store, &mint, &tea, &appid(1)).await;

    let rotating = opens(database, 2, Some(1)).await.unwrap();
    assert_eq!(secret(&rotating, tea.id, &appid(1)).await.as_ref(), Ok(&plain));
    assert_eq!(rotating.rewrap(&mint.audit()).await, Ok(1));
    assert_eq!(
        rotating.rewrap(&mint.audit()).await,
        Ok(0),
        "nothing is left to do"
    );

    let expected = OpenError::WrongMasterKey {
        expected: key(2).id().to_owned(),
    };
    assert_eq!(opens(database, 1, None).await.err(), Some(expected));
    let rotated = opens(database, 2, None).await.unwrap();
    assert_eq!(secret(&rotated, tea.id, &appid(1)).await, Ok(plain));
    let request = PageRequest {
        after: None,
        limit: PageLimit::default(),
    };
    let events = rotated.platform_events(&request).await.unwrap().items;
    let rewrapped = events
        .iter()
        .filter(|event| event.kind == EventKind::MasterKeyRewrapped);
    assert_eq!(
        rewrapped.map(|event| &event.target).collect::<Vec<_>>(),
        [key(2).id()]
    );
}

/// The 103rd data key is broken, so the run ends after its first chunk.
async fn a_rewrap_that_broke_off_leaves_everything_readable_and_goes_on(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let mut tenants = vec![];
    for i in 0..103 {
        mint.later(1);
        tenants.push(tenant(&store, &mint, &format!("t{i}")).await);
    }
    database
        .execute("UPDATE tenants SET data_key_under = 'nobody' WHERE slug = 't102'")
        .await;
    let rotating = opens(database, 2, Some(1)).await.unwrap();
    let error = rotating.rewrap(&mint.audit()).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { table: "tenants", .. }),
        "{error}"
    );

    // Both keys open all that they did before; the old one is still the installation's.
    let rotating = opens(database, 2, Some(1)).await.unwrap();
    for tenant in &tenants[..102] {
        assert_eq!(
            rotating
                .tenant(tenant.id)
                .signing_keys(mint.now())
                .await
                .unwrap()
                .len(),
            1
        );
    }
    assert!(opens(database, 2, None).await.is_err());

    database
        .execute(&format!(
            "UPDATE tenants SET data_key_under = '{}' WHERE slug = 't102'",
            key(1).id()
        ))
        .await;
    assert_eq!(
        rotating.rewrap(&mint.audit()).await,
        Ok(3),
        "what the first run did is done"
    );
    let rotated = opens(database, 2, None).await.unwrap();
    for tenant in &tenants {
        assert_eq!(
            rotated
                .tenant(tenant.id)
                .signing_keys(mint.now())
                .await
                .unwrap()
                .len(),
            1
        );
    }
}

async fn a_tenant_created_half_way_is_not_lost(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let rotating = opens(database, 2, Some(1)).await.unwrap();
    // One process has both keys already, the other only the old one.
    let new = tenant(&rotating, &mint, "new").await;
    let old = tenant(&store, &mint, "old").await;
    assert_eq!(rotating.rewrap(&mint.audit()).await, Ok(1));
    let rotated = opens(database, 2, None).await.unwrap();
    for tenant in [new, old] {
        assert_eq!(
            rotated
                .tenant(tenant.id)
                .signing_keys(mint.now())
                .await
                .unwrap()
                .len(),
            1
        );
    }
}

async fn a_process_that_missed_the_rewrap_creates_no_tenant(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let rotating = opens(database, 2, Some(1)).await.unwrap();
    tenant(&rotating, &mint, "tea").await;
    database
        .execute(&format!("UPDATE tenants SET data_key_under = '{}'", key(2).id()))
        .await;
    assert_eq!(rotating.rewrap(&mint.audit()).await, Ok(0));
    let late = mint.tenant("late");
    let event = mint.event(EventKind::TenantCreated, "late");
    let refused = store.create_tenant(&late, &[mint.signing_key("k")], &event).await;
    assert!(matches!(refused, Err(StoreError::Defect(_))), "{refused:?}");
    let store: &dyn Store = &store;
    assert_eq!(store.tenant_by_slug(&late.slug).await, Ok(None));
}
