//! Accounts at rest: what is sealed of logins and SMS vendors, and that nothing is left of a deleted tenant.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails where anything does, and the error says enough"
)]

#[macro_use]
mod fresh;

use async_trait::async_trait;
use fresh::{Fresh, key};
use hufu_core::{
    attempts::{AttemptKey, Failures},
    consent::{Consent, ConsentAction, Document},
    event::EventKind,
    id::{CodeId, ConsentId, GrantId, IdentityId, LoginId, MergeId, SessionId, TenantId},
    identity::ExternalIdentity,
    login::{
        AccountProof, AuthorizationCode, CodeChallenge, LoginTransaction, NewAccount, Proofs, WechatProof,
    },
    merge::Merge,
    profile::{Nickname, Profile},
    sms::{SmsPurpose, budget::Counted},
    store::{Act, Result, StoreError, Tenants, Unit, write},
    tenant::Tenant,
    time,
    token::SecretHash,
};
use hufu_storage::{MasterKeys, Options, SqlStore};
use hufu_testkit::{
    Mint,
    builders::{
        appid, client_id, password, person, phone_in_hand, phone_number, scope, session_key, username,
    },
};
use uuid::Uuid;

on_both! {
    r54_nothing_of_a_login_or_a_vendor_lies_about_in_plain,
    a_moved_login_or_vendor_does_not_open,
    a_rewrap_leaves_logins_and_vendors_readable,
    r58_a_deleted_tenant_leaves_nothing_of_accounts,
}

const SECRET: &str = "plain-vendor-secret-of-thirty-two-or-more";
const OPENID: &str = "plain-openid";
const NUMBER: &str = "+8613800138000";
const AWAITED: &str = "+14155552671";

/// The tables that have rows of accounts.
const TABLES: [&str; 12] = [
    "passwords",
    "profiles",
    "consents",
    "merges",
    "logins",
    "authorization_codes",
    "attempts",
    "sms_vendors",
    "sms_challenges",
    "sms_messages",
    "sms_volumes",
    "sms_alarms",
];

async fn tenant(store: &SqlStore, mint: &Mint, slug: &str) -> Tenant {
    let tenant = mint.tenant(slug);
    let event = mint.event(EventKind::TenantCreated, slug);
    assert_eq!(store.create_tenant(&tenant, &[], &event).await, Ok(true));
    tenant
}

/// A login with everything that can be proven.
fn login(mint: &Mint) -> LoginTransaction {
    LoginTransaction {
        id: LoginId::generate(mint.now(), &mint.random),
        hash: SecretHash::of(b"auth_session"),
        client_id: client_id("shop"),
        user_id: None,
        scope: scope("openid"),
        challenge: None,
        proofs: Proofs {
            wechat: Some(WechatProof {
                identity: person(&appid(1), OPENID),
                session_key: Some(mint.kept_key(7)),
            }),
            phone: Some(phone_in_hand(NUMBER)),
            account: Some(AccountProof {
                identity: IdentityId::generate(mint.now(), &mint.random),
                username: username("plain-username"),
                checked: SecretHash::of(b"checked"),
                rehash: Some(password("plain-rehash")),
            }),
            new_account: Some(NewAccount {
                username: username("plain-new-username"),
                hash: password("plain-new-hash"),
            }),
            documents: vec![],
            dpop_jkt: None,
        },
        awaits_code_of: Some(phone_number(AWAITED)),
        steps: 1,
        expires_at: LoginTransaction::end(mint.now()),
    }
}

/// Keeps a login and a vendor.
struct Keep(Mint, LoginTransaction);

#[async_trait]
impl Act for Keep {
    type Output = ();

    async fn run(&self, unit: &mut dyn Unit) -> Result<()> {
        let Self(mint, login) = self;
        unit.put_transaction(login).await?;
        unit.put_sms_vendor(&mint.sms_vendor(SECRET)).await
    }
}

async fn keep(store: &SqlStore, mint: &Mint, tenant: &Tenant) -> LoginId {
    let login = login(mint);
    let id = login.id;
    write(&*store.tenant(tenant.id), Keep(mint.clone(), login))
        .await
        .unwrap();
    id
}

/// Writes a row of each kind.
struct Fill(Mint);

#[async_trait]
impl Act for Fill {
    type Output = ();

    async fn run(&self, unit: &mut dyn Unit) -> Result<()> {
        let mint = &self.0;
        let (now, random) = (mint.now(), &mint.random);
        let user = mint.user();
        let account = mint.identity(user.id, ExternalIdentity::Account(username("ming")));
        unit.put_client(&mint.client("shop")).await?;
        unit.insert_user(&user).await?;
        unit.insert_identity(&account).await?;
        unit.set_password(account.id, &password("some"), now).await?;
        let profile = Profile {
            nickname: Some(Nickname::parse("小明").unwrap()),
            ..Profile::default()
        };
        unit.put_profile(user.id, &profile).await?;
        unit.add_consent(&Consent {
            id: ConsentId::generate(now, random),
            user_id: user.id,
            document: Document::parse_list("privacy:1").unwrap().remove(0),
            action: ConsentAction::Accept,
            at: now,
            client_id: client_id("shop"),
            ip: None,
        })
        .await?;
        unit.insert_merge(&Merge {
            id: MergeId::generate(now, random),
            merged: user.id,
            into: user.id,
            moved: vec![account.id],
            at: now,
        })
        .await?;
        unit.insert_code(&AuthorizationCode {
            id: CodeId::generate(now, random),
            hash: SecretHash::of(b"code"),
            client_id: client_id("shop"),
            user_id: user.id,
            session_id: SessionId::generate(now, random),
            grant_id: GrantId::generate(now, random),
            scope: scope("openid"),
            amr: vec![],
            auth_time: now,
            challenge: CodeChallenge::parse(&"c".repeat(43)).ok(),
            details: hufu_core::login::CodeDetails::default(),
            expires_at: time::after(now, 60),
            used_at: None,
        })
        .await?;
        let key = AttemptKey::of_try(&username("ming"), None)[0];
        unit.put_failures(&Failures::first(key, now)).await?;
        let (challenge, _) = mint.challenge(NUMBER, SmsPurpose::Link, Uuid::nil());
        unit.put_sms_challenge(&challenge).await?;
        unit.count_sms(&mint.sms(NUMBER, None)).await?;
        unit.set_sms_alarm(Counted::Country, "86", Some(now)).await?;
        Keep(mint.clone(), login(mint)).run(unit).await
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

async fn r54_nothing_of_a_login_or_a_vendor_lies_about_in_plain(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let tea = tenant(&store, &mint, "tea").await;
    keep(&store, &mint, &tea).await;
    let session_key = session_key(7);
    let secrets = [
        "plain-",
        OPENID,
        &NUMBER[1..],
        &AWAITED[1..],
        session_key.text(),
        SECRET,
    ];
    for (table, column) in [("logins", "state"), ("sms_vendors", "config")] {
        let sealed = database.bytes_of(&format!("SELECT {column} FROM {table}")).await;
        assert_eq!(sealed.len(), 1, "{table}.{column}");
        for plain in secrets {
            assert!(!contains(&sealed[0], plain), "{table}.{column}: {plain}");
        }
    }
    // Nor anywhere else in SQLite's files.
    if let Fresh::Sqlite { folder } = database {
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for plain in secrets {
                assert!(!contains(&bytes, plain), "{plain}");
            }
        }
    }
}

async fn a_moved_login_or_vendor_does_not_open(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let (tea, rice) = (
        tenant(&store, &mint, "tea").await,
        tenant(&store, &mint, "rice").await,
    );
    let ids = [keep(&store, &mint, &tea).await, keep(&store, &mint, &tea).await];
    keep(&store, &mint, &rice).await;
    let rows = store.tenant(tea.id);
    for id in ids {
        assert!(rows.transaction(id).await.unwrap().is_some());
    }
    database
        .execute("UPDATE logins SET state = (SELECT state FROM logins ORDER BY id LIMIT 1)")
        .await;
    let mut opened = 0;
    for id in ids {
        match rows.transaction(id).await {
            Ok(_) => opened += 1,
            Err(StoreError::Corrupt { table, row, what }) => {
                assert_eq!(table, "logins");
                assert!(row.contains(&id.to_string()), "{row}");
                assert!(what.starts_with("state"), "{what}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(opened, 1, "one is where it was");
    database
        .execute(
            "UPDATE sms_vendors SET config = (SELECT config FROM sms_vendors ORDER BY tenant_id LIMIT 1)",
        )
        .await;
    let mut opened = 0;
    for tenant in [tea.id, rice.id] {
        opened += usize::from(vendor(&store, tenant).await.is_ok());
    }
    assert_eq!(opened, 1, "one is where it was");
}

async fn vendor(store: &SqlStore, tenant: TenantId) -> Result<String> {
    let kept = store.tenant(tenant).sms_vendor().await?.unwrap();
    Ok(serde_json::to_string(&kept.vendor).unwrap())
}

async fn a_rewrap_leaves_logins_and_vendors_readable(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let tea = tenant(&store, &mint, "tea").await;
    let id = keep(&store, &mint, &tea).await;
    let with = |current, previous| Options {
        keys: MasterKeys { current, previous },
        ..database.options()
    };
    let rotating = SqlStore::open(with(key(2), Some(key(1)))).await.unwrap();
    assert_eq!(rotating.rewrap(&mint.audit()).await, Ok(1));
    let rotated = SqlStore::open(with(key(2), None)).await.unwrap();
    assert!(vendor(&rotated, tea.id).await.unwrap().contains(SECRET));
    let login = rotated.tenant(tea.id).transaction(id).await.unwrap().unwrap();
    assert_eq!(login.awaits_code_of, Some(phone_number(AWAITED)));
}

async fn r58_a_deleted_tenant_leaves_nothing_of_accounts(database: &Fresh) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let tea = tenant(&store, &mint, "tea").await;
    write(&*store.tenant(tea.id), Fill(mint.clone())).await.unwrap();
    let event = mint.event(EventKind::TenantDeleted, "tea");
    for rows in [1, 0] {
        for table in TABLES {
            assert_eq!(database.rows_of(table).await, rows, "{table}");
        }
        store.delete_tenant(tea.id, &event).await.unwrap();
    }
}
