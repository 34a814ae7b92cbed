//! Secrets at rest: sealed, bound to their place, and sealed anew when the master key is replaced.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails where anything does, and the error says enough"
)]

#[macro_use]
mod fresh;

use fresh::{Fresh, key};
use hufu_core::{
    change::{Audited, Change},
    event::EventKind,
    id::TenantId,
    identity::{Identity, OpenId},
    login::{Outcome, SignIn},
    page::{PageLimit, PageRequest},
    store::{Operators, SharedToken, Store, StoreError, Tenants, WechatAppClaim, WechatApps, write},
    tenant::Tenant,
    wechat_app::{ApiSecurity, AppId, PushKeys, WechatApp, WechatCredential},
    wechat_push::{Obey, Obeyed, PushEvent, PushMessage},
};
use hufu_storage::{MasterKeys, OpenError, Options, SqlStore};
use hufu_testkit::{
    Mint,
    builders::{SignInChanges, appid, client_id, person, session_key},
};
use secrecy::ExposeSecret;

on_both! {
    a_moved_secret_does_not_open,
    r54_nothing_of_wechat_lies_about_in_plain,
    a_moved_session_key_or_next_secret_does_not_open,
    r58_a_deleted_tenant_leaves_nothing_of_wechat,
    a_destroyed_data_key_is_named_and_harms_no_other_tenant,
    after_a_rewrap_the_new_key_alone_opens_everything,
    a_rewrap_that_broke_off_leaves_everything_readable_and_goes_on,
    a_tenant_created_half_way_is_not_lost,
    a_process_that_missed_the_rewrap_creates_no_tenant,
}

async fn tenant(store: &SqlStore, mint: &Mint, slug: &str) -> Tenant {
    let mut tenant = mint.tenant(slug);
    tenant.settings.wechat.keep_session_key = true;
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
        based_on: None,
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

/// Signs `openid` in twice, with the session keys `number` and `number + 1`.
async fn sign_in(store: &SqlStore, mint: &Mint, tenant: &Tenant, openid: &str, number: u64) -> Identity {
    let rows = store.tenant(tenant.id);
    let mut user = None;
    for number in [number, number + 1] {
        mint.later(1);
        let request = mint.sign_in_request(&person(&appid(1), openid), &client_id("shop"));
        let (act, _) = SignIn::prepare(request.keeping(mint.kept_key(number)), &mint.random);
        let outcome = write(&*rows, act).await.unwrap();
        let Outcome::SignedIn(signed_in) = outcome else {
            panic!("{outcome:?}");
        };
        user = Some(signed_in.session.user_id);
    }
    rows.identities(user.unwrap()).await.unwrap().remove(0)
}

async fn register(store: &SqlStore, mint: &Mint, tenant: &Tenant) {
    let change = Change::Client {
        client: mint.client("shop"),
        based_on: None,
        key: None,
    };
    let audit = mint.audit();
    write(&*store.tenant(tenant.id), Audited { change, audit })
        .await
        .unwrap();
}

/// A tenant with something of all that is kept of WeChat.
async fn full_tenant(store: &SqlStore, mint: &Mint) -> Tenant {
    let tea = tenant(store, mint, "tea").await;
    register(store, mint, &tea).await;
    let plain = mint.wechat_app(&appid(1));
    let app = WechatApp {
        credential: WechatCredential {
            secret: "plain-secret".into(),
            next_secret: Some("plain-next-secret".into()),
            api_security: Some(ApiSecurity {
                symmetric_sn: "plain-sn".into(),
                symmetric_key: "plain-symmetric-key".into(),
                private_key: "plain-private-key".into(),
                platform_serial: "plain-serial".into(),
                platform_certificate: "plain-certificate".into(),
            }),
            ..plain.credential
        },
        push: Some(PushKeys {
            token: "plain-push-token".into(),
            encoding_aes_key: "plain-aes-key".into(),
        }),
        ..plain
    };
    store.claim_wechat_app(&mint.claim(tea.id, app)).await.unwrap();
    let token = SharedToken {
        token: "plain-access-token".into(),
        secret_hash: [7; 32],
        fetched_at: mint.now(),
        expires_at: mint.now(),
    };
    store.keep_access_token(&appid(1), &token).await.unwrap();
    sign_in(store, mint, &tea, "ming", 1).await;
    let message = PushMessage {
        event: PushEvent::InfoModified,
        openid: OpenId::parse("ming").ok(),
        digest: [7; 32],
    };
    let obey = Obey::prepare(appid(1), message, None, mint.now(), &mint.random);
    let obeyed = write(&*store.tenant(tea.id), obey).await;
    assert_eq!(obeyed, Ok(Obeyed::Done));
    tea
}

async fn r54_nothing_of_wechat_lies_about_in_plain(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    full_tenant(&store, &mint).await;
    let (one, two) = (session_key(1), session_key(2));
    for (table, column, plain) in [
        ("wechat_apps", "secret", "plain"),
        ("wechat_apps", "next_secret", "plain"),
        ("wechat_apps", "api_security", "plain"),
        ("wechat_apps", "push_keys", "plain"),
        ("wechat_access_tokens", "token", "plain"),
        ("wechat_session_keys", "previous_key", one.text()),
        ("wechat_session_keys", "current_key", two.text()),
    ] {
        let sealed = database.bytes_of(&format!("SELECT {column} FROM {table}")).await;
        assert_eq!(sealed.len(), 1, "{table}.{column}");
        assert!(!contains(&sealed[0], plain), "{table}.{column}");
    }
    // Nor anywhere else in SQLite's files.
    if let Fresh::Sqlite { folder } = database {
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for plain in ["plain-", one.text(), two.text()] {
                assert!(!contains(&bytes, plain), "{plain}");
            }
        }
    }
}

async fn r58_a_deleted_tenant_leaves_nothing_of_wechat(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let tea = full_tenant(&store, &mint).await;
    let event = mint.event(EventKind::TenantDeleted, "tea");
    for rows in [1, 0] {
        for (table, column) in [
            ("wechat_apps", "secret"),
            ("wechat_access_tokens", "token"),
            ("wechat_session_keys", "current_key"),
            ("wechat_pushes", "digest"),
        ] {
            let query = format!("SELECT {column} FROM {table}");
            assert_eq!(database.bytes_of(&query).await.len(), rows, "{table}");
        }
        store.delete_tenant(tea.id, &event).await.unwrap();
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

async fn a_moved_session_key_or_next_secret_does_not_open(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let tea = tenant(&store, &mint, "tea").await;
    register(&store, &mint, &tea).await;
    let one = sign_in(&store, &mint, &tea, "ming", 1).await;
    let two = sign_in(&store, &mint, &tea, "hong", 3).await;
    let rows = store.tenant(tea.id);
    let keys = rows.session_keys(two.id).await.unwrap().unwrap();
    assert_eq!(keys.current.key.text(), session_key(4).text());
    database
        .execute(
            "UPDATE wechat_session_keys SET current_key = (SELECT current_key FROM wechat_session_keys \
             ORDER BY identity_id LIMIT 1)",
        )
        .await;
    let opened = [
        rows.session_keys(one.id).await.is_ok(),
        rows.session_keys(two.id).await.is_ok(),
    ];
    assert_eq!(
        opened.iter().filter(|opened| **opened).count(),
        1,
        "one is where it was"
    );
    database
        .execute("UPDATE wechat_session_keys SET current_key = previous_key")
        .await;
    for identity in [one, two] {
        let error = rows.session_keys(identity.id).await.unwrap_err();
        let StoreError::Corrupt { table, row, what } = &error else {
            panic!("{error}");
        };
        assert_eq!(*table, "wechat_session_keys");
        assert!(row.contains(&identity.id.to_string()), "{row}");
        assert!(what.starts_with("current_key"), "{what}");
    }

    claim(&store, &mint, &tea, &appid(1)).await;
    database
        .execute("UPDATE wechat_apps SET next_secret = secret")
        .await;
    let error = secret(&store, tea.id, &appid(1)).await.unwrap_err();
    let StoreError::Corrupt { what, .. } = &error else {
        panic!("{error}");
    };
    assert!(what.starts_with("next_secret"), "{what}");
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
