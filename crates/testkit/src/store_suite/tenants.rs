//! Tenants: creation, replacement, and that a tenant which is not there has nothing.

use super::{
    bench::Bench,
    paging::{all, assert_seven_in_order},
    parallel::{MANY, at_once, count},
};
use crate::builders::{appid, display_name, person, slug};
use hufu_core::{
    attempts::AttemptLimits,
    branding::Branding,
    change::{Change, Changed},
    event::EventKind,
    id::RefreshTokenId,
    identity::IdentityKind,
    password::PasswordSettings,
    registration::DynamicRegistration,
    settings::{
        AccountSettings, KeySettings, Registration, RegistrationScope, SecondFactor, SessionSettings,
        Settings, SmsSettings, TokenLifetimes, WechatSettings,
    },
    signing_key::rotation::Activation,
    sms::{CallingCode, budget::Budget},
    store::{Revoked, Store, StoreError},
    tenant::Tenant,
    time,
};
use std::sync::Arc;

pub async fn a_tenant_comes_back_as_it_was_created(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let tenant = Tenant {
        display_name: display_name("老张的茶馆 \"'; DROP TABLE tenants; -- 🍵"),
        settings: Settings {
            registration: Registration::Phone,
            tokens: TokenLifetimes {
                access_token_ttl: 61,
                id_token_ttl: 62,
                refresh_token_ttl: 3_601,
                refresh_token_idle_ttl: 601,
            },
            link_by_wechat_phone: true,
            wechat: WechatSettings {
                keep_session_key: true,
            },
            require: vec![IdentityKind::Phone, IdentityKind::Wechat],
            second_factor: SecondFactor::Always,
            redirect_to_web: true,
            require_consent_before_exchange: true,
            password: PasswordSettings { min_length: 9 },
            attempts: AttemptLimits {
                address_per_hour: 6,
                tenant_per_hour: 101,
                begun_per_hour: 19,
            },
            sms: SmsSettings {
                countries: vec![CallingCode(852)],
                budget: Budget {
                    tenant_per_day: 7,
                    ..Budget::default()
                },
            },
            sessions: SessionSettings {
                most_per_user: Some(8),
                browser_ttl: 86_400,
                browser_idle_ttl: 3_600,
            },
            account: AccountSettings { cooling_off: 9 },
            branding: Branding {
                display_name: Some("茶馆".to_owned()),
                color: Some("#0b5d66".to_owned()),
                ..Branding::default()
            },
            keys: KeySettings {
                rotation_period: 86_401,
            },
            dynamic_registration: DynamicRegistration::InitialAccessToken,
            dynamic_registration_scope: RegistrationScope("openid".to_owned()),
            scan: Some(hufu_core::settings::ScanSettings {
                appid: "wxde30000000000001".to_owned(),
                page: "pages/scan".to_owned(),
                env_version: hufu_core::settings::EnvVersion::Develop,
                check_path: false,
            }),
        },
        updated_at: bench.mint.later(2),
        ..bench.mint.tenant("tea-house")
    };
    bench.create(&tenant).await;
    let found = bench.store.tenant_by_slug(&tenant.slug).await.unwrap();
    assert_eq!(found.as_ref(), Some(&tenant));
    let slug = bench.store.tenant_slug(tenant.id).await.unwrap();
    assert_eq!(slug.as_ref(), Some(&tenant.slug));
    let home = bench.home(tenant.clone());
    assert_eq!(home.rows.id(), tenant.id);
    let inside = home.write((), |unit, ()| unit.this_tenant()).await.unwrap();
    assert_eq!(inside, Some(tenant));
    assert_eq!(home.rows.signing_keys(home.now()).await.unwrap().len(), 2);
}

pub async fn a_tenant_that_is_not_there_has_no_rows(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let other = bench.tenant("there").await;
    let (_, client) = other.mini_program(1).await;
    let login = other.sign_in(&person(&appid(1), "ming"), &client).await;
    let (mint, nowhere) = (&bench.mint, bench.home(bench.mint.tenant("nowhere")));
    let rows = &nowhere.rows;
    let now = mint.now();

    assert_eq!(
        bench.store.tenant_by_slug(&nowhere.tenant.slug).await.unwrap(),
        None
    );
    assert_eq!(rows.client(&client).await.unwrap(), None);
    assert_eq!(all(async |page| rows.clients(&page).await).await, []);
    assert!(rows.wechat_app(&appid(1)).await.unwrap().is_none());
    assert!(all(async |page| rows.wechat_apps(&page).await).await.is_empty());
    assert!(rows.signing_keys(now).await.unwrap().is_empty());
    assert_eq!(rows.user(login.user).await.unwrap(), None);
    assert_eq!(nowhere.users().await, []);
    assert_eq!(rows.identities(login.user).await.unwrap(), []);
    assert_eq!(rows.sessions(login.user, now).await.unwrap(), []);
    assert_eq!(rows.live_grant(login.grant, "jti").await.unwrap(), None);
    assert_eq!(rows.revoked("jti").await.unwrap(), Revoked::No);
    let token = RefreshTokenId::from_uuid(login.token.id());
    assert_eq!(rows.refresh_token(token).await.unwrap(), None);
    assert_eq!(nowhere.events().await, []);
}

pub async fn writing_to_a_tenant_that_is_not_there_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let nowhere = bench.home(bench.mint.tenant("nowhere"));
    assert_eq!(bench.store.tenant_slug(nowhere.tenant.id).await, Ok(None));
    let client = bench.mint.client("shop");
    let put = nowhere
        .try_change(Change::Client {
            client,
            based_on: None,
            key: None,
        })
        .await;
    assert!(matches!(put, Err(StoreError::Gone(_))), "{put:?}");
    let key = bench.mint.signing_key("k");
    let created = nowhere
        .try_change(Change::CreateKey {
            key,
            activation: Activation::AfterLead,
        })
        .await;
    assert!(matches!(created, Err(StoreError::Gone(_))), "{created:?}");
    let user = bench.mint.user();
    let inserted = nowhere.write(user, |unit, user| unit.insert_user(user)).await;
    assert!(matches!(inserted, Err(StoreError::Gone(_))), "{inserted:?}");
    let missing = nowhere
        .change(Change::Tenant {
            tenant: nowhere.tenant.clone(),
            based_on: None,
        })
        .await;
    assert_eq!(missing, Changed::Missing);
    assert_eq!(nowhere.events().await, []);
}

/// Even an event alone: nobody would ever delete it.
pub async fn an_event_of_a_tenant_that_is_not_there_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let nowhere = bench.home(bench.mint.tenant("nowhere"));
    let event = bench.mint.event(EventKind::WechatAppMisconfigured, "wx");
    let recorded = nowhere.write(event, |unit, event| unit.record(event)).await;
    assert!(matches!(recorded, Err(StoreError::Gone(_))), "{recorded:?}");
    assert_eq!(nowhere.events().await, []);
}

pub async fn a_creation_is_recorded_for_the_tenant_and_for_the_platform(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let tenant = bench.mint.tenant("tea");
    let event = bench.mint.event(EventKind::TenantCreated, "tea");
    let key = bench.mint.signing_key("k");
    assert_eq!(bench.store.create_tenant(&tenant, &[key], &event).await, Ok(true));
    assert_eq!(bench.home(tenant).events().await, std::slice::from_ref(&event));
    assert_eq!(bench.platform_events().await, [event]);
}

pub async fn a_taken_slug_creates_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let first = bench.tenant("tea").await;
    bench.mint.later(1);
    let second = bench.home(Tenant {
        display_name: display_name("another"),
        ..bench.mint.tenant("tea")
    });
    let (key, event) = (
        bench.mint.signing_key("second"),
        bench.mint.event(EventKind::TenantCreated, "tea"),
    );
    let created = bench.store.create_tenant(&second.tenant, &[key], &event).await;
    assert_eq!(created, Ok(false));
    assert_eq!(
        bench.store.tenant_by_slug(&slug("tea")).await.unwrap().unwrap(),
        first.tenant
    );
    assert!(second.rows.signing_keys(second.now()).await.unwrap().is_empty());
    assert_eq!(second.events().await, []);
    assert_eq!(bench.platform_events().await.len(), 1);
    assert_eq!(first.events().await.len(), 1);
}

pub async fn of_100_parallel_creations_of_one_slug_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let outputs = at_once(MANY, |_| {
        let bench = bench.clone();
        async move {
            let tenant = bench.mint.tenant("tea");
            let (key, event) = (
                bench.mint.signing_key("k"),
                bench.mint.event(EventKind::TenantCreated, "tea"),
            );
            let created = bench.store.create_tenant(&tenant, &[key], &event).await.unwrap();
            (created, tenant)
        }
    })
    .await;
    let (winners, losers): (Vec<_>, Vec<_>) = outputs.into_iter().partition(|(created, _)| *created);
    assert_eq!(winners.len(), 1);
    let there = bench.store.tenant_by_slug(&slug("tea")).await.unwrap();
    assert_eq!(there.as_ref(), Some(&winners[0].1));
    assert_eq!(bench.platform_events().await.len(), 1);
    for (_, loser) in losers {
        let loser = bench.home(loser);
        assert!(loser.rows.signing_keys(loser.now()).await.unwrap().is_empty());
        assert_eq!(loser.events().await, []);
    }
}

pub async fn tenants_are_listed_in_the_order_of_their_slugs(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let mut tenants = vec![];
    // In no order; and bytes, not a language's rules, say which comes first.
    for slug in ["b", "a-b", "ab", "0a", "a0", "a", "a-0"] {
        tenants.push(bench.tenant(slug).await.tenant);
    }
    tenants.sort_by(|a, b| a.slug.cmp(&b.slug));
    assert_seven_in_order(&tenants, async |page| bench.store.tenants(&page).await).await;
}

pub async fn a_replaced_tenant_keeps_its_id_and_slug(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let tenant = Tenant {
        display_name: display_name("茶"),
        settings: Settings {
            registration: Registration::Closed,
            ..Settings::default()
        },
        updated_at: bench.mint.later(5),
        ..home.tenant.clone()
    };
    let change = Change::Tenant {
        tenant: tenant.clone(),
        based_on: Some(home.tenant.updated_at),
    };
    assert_eq!(home.change(change).await, Changed::Updated);
    assert_eq!(
        bench.store.tenant_by_slug(&slug("tea")).await.unwrap(),
        Some(tenant)
    );
    home.assert_recorded(EventKind::TenantUpdated, "tea").await;
    assert_eq!(
        bench.platform_events().await.len(),
        1,
        "an update is the tenant's own affair"
    );
}

pub async fn a_stale_change_of_a_tenant_changes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let change = Change::Tenant {
        tenant: Tenant {
            display_name: display_name("late"),
            updated_at: bench.mint.later(5),
            ..home.tenant.clone()
        },
        based_on: Some(time::after(home.tenant.updated_at, 1)),
    };
    home.assert_nothing_changes(change, Changed::Stale).await;
    assert_eq!(
        bench.store.tenant_by_slug(&slug("tea")).await.unwrap(),
        Some(home.tenant)
    );
}

/// Even though the clock stands still.
pub async fn of_100_parallel_changes_on_one_reading_one_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let now = bench.mint.now();
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move {
            let tenant = Tenant {
                display_name: display_name(&format!("name {i}")),
                updated_at: now,
                ..home.tenant.clone()
            };
            let based_on = Some(home.tenant.updated_at);
            home.change(Change::Tenant { tenant, based_on }).await
        }
    })
    .await;
    assert_eq!(count(&outputs, &Changed::Updated), 1);
    assert_eq!(count(&outputs, &Changed::Stale), MANY - 1);
    assert_eq!(home.events_of(EventKind::TenantUpdated).await.len(), 1);
    let winner = outputs
        .iter()
        .position(|changed| *changed == Changed::Updated)
        .unwrap();
    let there = bench.store.tenant_by_slug(&slug("tea")).await.unwrap().unwrap();
    assert_eq!(there.display_name, display_name(&format!("name {winner}")));
}

pub async fn one_tenants_change_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let renamed = Tenant {
        display_name: display_name("taken over"),
        updated_at: bench.mint.later(1),
        ..ours.tenant.clone()
    };
    // Whatever becomes of an update that names another tenant: that other tenant does not change.
    let _ = theirs
        .write(renamed, |unit, tenant| unit.update_tenant(tenant))
        .await;
    let there = bench.store.tenant_by_slug(&slug("ours")).await.unwrap();
    assert_eq!(there, Some(ours.tenant.clone()));
    let slugs: Vec<_> = all(async |page| bench.store.tenants(&page).await)
        .await
        .into_iter()
        .map(|tenant| tenant.slug)
        .collect();
    assert_eq!(slugs, [slug("ours"), slug("theirs")]);
}
