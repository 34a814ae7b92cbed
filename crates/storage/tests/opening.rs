//! What is refused when a database is opened, in which words, and that a refusal changes nothing.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails where anything does, and the error says enough"
)]

#[macro_use]
mod fresh;

use fresh::{Fresh, key, now, options};
use hufu_core::{
    event::EventKind,
    id::{IdentityId, UserId},
    identity::{ExternalIdentity, Identity},
    settings::{Registration, SecondFactor, Settings},
    store::{Housekeeping, Tenants, WechatApps},
    tenant::Tenant,
};
use hufu_migrations::{Migrator, sea_orm_migration::MigratorTrait};
use hufu_storage::{MasterKeys, OpenError, Options, SqlStore, migrate, pending};
use hufu_testkit::{
    Mint, TestClock,
    builders::{Person, appid, person},
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement, Value};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

on_both! {
    migrating_makes_a_database_that_opens,
    an_older_schema_is_refused,
    a_newer_schema_is_refused,
    a_wrong_master_key_is_refused_and_the_right_one_still_opens,
    the_previous_master_key_opens_too,
    what_the_version_before_wrote_and_writes_is_read,
    what_the_first_version_wrote_and_writes_is_read,
    settings_that_the_version_before_does_not_know_are_stored_only_where_they_are_used,
}

/// All migrations, in their order.
const MIGRATIONS: [&str; 13] = [
    "m20261101_000001_tenants",
    "m20261101_000002_users",
    "m20261101_000003_sessions",
    "m20261101_000004_platform",
    "m20261122_000005_wechat",
    "m20261122_000006_accounts",
    "m20261122_000007_browsers",
    "m20261122_000008_replay",
    "m20261122_000009_keys",
    "m20261122_000010_devices",
    "m20261122_000011_registration",
    "m20261122_000012_scans",
    "m20261123_000013_claims",
];

async fn refusal(options: Options) -> OpenError {
    SqlStore::open(options).await.unwrap_err()
}

async fn migrating_makes_a_database_that_opens(database: &Fresh) {
    let applied = migrate(&database.options(), now()).await.unwrap();
    assert_eq!(applied, MIGRATIONS);
    assert_eq!(pending(&database.options()).await, Ok(vec![]));
    assert_eq!(migrate(&database.options(), now()).await, Ok(vec![]));
    let store = SqlStore::open(database.options()).await.unwrap();
    assert_eq!(store.ping().await, Ok(()));
}

async fn an_older_schema_is_refused(database: &Fresh) {
    migrate(&database.options(), now()).await.unwrap();
    database
        .execute("DELETE FROM seaql_migrations WHERE version = 'm20261122_000006_accounts'")
        .await;
    let refusal = refusal(database.options()).await;
    assert_eq!(refusal, OpenError::SchemaOlder(1));
    assert!(refusal.to_string().contains("run `hufu migrate`"), "{refusal}");
    assert_eq!(
        pending(&database.options()).await,
        Ok(vec!["m20261122_000006_accounts".to_owned()])
    );
}

async fn a_newer_schema_is_refused(database: &Fresh) {
    migrate(&database.options(), now()).await.unwrap();
    database
        .execute("INSERT INTO seaql_migrations VALUES ('m20990101_000001_future', 0)")
        .await;
    let expected = OpenError::SchemaNewer("m20990101_000001_future".into());
    assert_eq!(refusal(database.options()).await, expected);
    assert_eq!(migrate(&database.options(), now()).await, Err(expected.clone()));
    assert!(
        expected
            .to_string()
            .starts_with("this hufu is older than its database"),
        "{expected}"
    );
}

async fn a_wrong_master_key_is_refused_and_the_right_one_still_opens(database: &Fresh) {
    migrate(&database.options(), now()).await.unwrap();
    let wrong = Options {
        keys: MasterKeys::only(key(99)),
        ..database.options()
    };
    let before = database.bytes();
    let expected = OpenError::WrongMasterKey {
        expected: key(1).id().to_owned(),
    };
    assert_eq!(refusal(wrong.clone()).await, expected);
    assert_eq!(migrate(&wrong, now()).await, Err(expected));
    assert_eq!(database.bytes(), before);
    SqlStore::open(database.options()).await.unwrap();
}

async fn the_previous_master_key_opens_too(database: &Fresh) {
    migrate(&database.options(), now()).await.unwrap();
    let rotating = Options {
        keys: MasterKeys {
            current: key(2),
            previous: Some(key(1)),
        },
        ..database.options()
    };
    SqlStore::open(rotating).await.unwrap();
}

async fn what_the_version_before_wrote_and_writes_is_read(database: &Fresh) {
    what_was_written_is_read(database, 6, &MIGRATIONS[6..]).await;
}

async fn what_the_first_version_wrote_and_writes_is_read(database: &Fresh) {
    what_was_written_is_read(database, 4, &MIGRATIONS[4..]).await;
}

/// Rows as servers of an elder version write them: before the migrations `to_come`, and beside a server of this version after
/// them.
async fn what_was_written_is_read(database: &Fresh, version: u32, to_come: &[&str]) {
    let mint = Mint::new(7);
    let tea = mint.tenant("tea");
    if let Fresh::Sqlite { folder } = database {
        std::fs::write(folder.path().join("hufu.db"), "").unwrap();
    }
    let db = Database::connect(database.url()).await.unwrap();
    Migrator::up(&db, Some(version)).await.unwrap();
    let tenant: [Value; 6] = [
        tea.id.uuid().into(),
        tea.slug.to_string().into(),
        tea.display_name.to_string().into(),
        json!({"registration": "closed"}).into(),
        "nobody".into(),
        TestClock::START.into(),
    ];
    let columns = "id, slug, display_name, settings, data_key_under, created_at, updated_at";
    insert(&db, "tenants", columns, "$1, $2, $3, $4, $5, $6, $6", tenant).await;
    let before = write_by_an_elder_version(&db, &mint, &tea, 1).await;
    let applied = migrate(&database.options(), now()).await.unwrap();
    assert_eq!(applied, to_come);
    let after = write_by_an_elder_version(&db, &mint, &tea, 2).await;
    db.close().await.unwrap();

    let store = SqlStore::open(database.options()).await.unwrap();
    let found = store.tenant_by_slug(&tea.slug).await.unwrap().unwrap();
    let expected = Settings {
        registration: Registration::Closed,
        ..Settings::default()
    };
    assert_eq!(found.settings, expected, "what it does not say is as by default");
    let rows = store.tenant(tea.id);
    for identity in [before, after] {
        assert_eq!(
            rows.identities(identity.user_id).await,
            Ok(vec![identity.clone()])
        );
        let user = rows.user(identity.user_id).await.unwrap().unwrap();
        assert_eq!((user.is_active(), user.closes_at), (true, None));
    }
    let secrets = "SELECT secret FROM wechat_apps WHERE next_secret IS NULL AND push_keys IS NULL \
        AND api_security IS NULL ORDER BY appid";
    assert_eq!(database.bytes_of(secrets).await, [[1; 4], [2; 4]]);
    assert_eq!(store.wechat_app_tenant(&appid(1)).await, Ok(Some(tea.slug)));
}

async fn settings_that_the_version_before_does_not_know_are_stored_only_where_they_are_used(
    database: &Fresh,
) {
    let (store, mint) = (database.store().await, Mint::new(7));
    let plain = mint.tenant("plain");
    let mut using = mint.tenant("using");
    using.settings.link_by_wechat_phone = true;
    using.settings.second_factor = SecondFactor::Always;
    using.settings.sessions.most_per_user = Some(5);
    for tenant in [&plain, &using] {
        let event = mint.event(EventKind::TenantCreated, tenant.slug.as_str());
        assert_eq!(store.create_tenant(tenant, &[], &event).await, Ok(true));
        let found = store.tenant_by_slug(&tenant.slug).await.unwrap().unwrap();
        assert_eq!(found.settings, tenant.settings);
    }
    let with =
        |name: &str| format!("SELECT data_key FROM tenants WHERE CAST(settings AS TEXT) LIKE '%\"{name}\"%'");
    for (name, tenants) in [
        ("tokens", 2),
        ("link_by_wechat_phone", 1),
        ("second_factor", 1),
        ("sessions", 1),
        ("wechat", 0),
        ("require", 0),
        ("redirect_to_web", 0),
        ("require_consent_before_exchange", 0),
        ("password", 0),
        ("attempts", 0),
        ("sms", 0),
        ("account", 0),
    ] {
        assert_eq!(database.bytes_of(&with(name)).await.len(), tenants, "{name}");
    }
}

/// A user with an identity, and an app.
async fn write_by_an_elder_version(
    db: &DatabaseConnection,
    mint: &Mint,
    tenant: &Tenant,
    number: u8,
) -> Identity {
    let of = tenant.id.uuid();
    let wechat = person(&appid(number.into()), "ming").known_as("u-ming", "group");
    let identity = Identity {
        id: IdentityId::generate(now(), &mint.random),
        user_id: UserId::generate(now(), &mint.random),
        external: ExternalIdentity::Wechat(wechat),
        created_at: now(),
    };
    let (at, user, appid) = (TestClock::START, identity.user_id.uuid(), appid(number.into()));
    let row = [of.into(), user.into(), "active".into(), at.into()];
    let columns = "tenant_id, id, state, created_at, updated_at";
    insert(db, "users", columns, "$1, $2, $3, $4, $4", row).await;
    let columns = "tenant_id, kind, issuer, subject, id, user_id, unionid, union_scope, created_at";
    let row = [
        of.into(),
        "wechat".into(),
        appid.to_string().into(),
        "ming".into(),
        identity.id.uuid().into(),
        user.into(),
        "u-ming".into(),
        "group".into(),
        at.into(),
    ];
    insert(
        db,
        "identities",
        columns,
        "$1, $2, $3, $4, $5, $6, $7, $8, $9",
        row,
    )
    .await;
    let columns = "tenant_id, appid, kind, secret, created_at, updated_at";
    let row = [
        of.into(),
        appid.to_string().into(),
        "mini_program".into(),
        vec![number; 4].into(),
        at.into(),
    ];
    insert(db, "wechat_apps", columns, "$1, $2, $3, $4, $5, $5", row).await;
    identity
}

async fn insert<const N: usize>(
    db: &DatabaseConnection,
    table: &str,
    columns: &str,
    places: &str,
    row: [Value; N],
) {
    let sql = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, row);
    db.execute_raw(statement).await.unwrap();
}

#[tokio::test]
async fn a_missing_folder_or_file_is_named() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("nowhere/hufu.db");
    let url = format!("sqlite://{}", missing.display());
    let expected = OpenError::MissingFolder(folder.path().join("nowhere"));
    assert_eq!(refusal(options(&*url)).await, expected);
    assert_eq!(migrate(&options(url), now()).await, Err(expected));

    let file = folder.path().join("hufu.db");
    let url = format!("sqlite://{}", file.display());
    assert_eq!(
        refusal(options(&*url)).await,
        OpenError::MissingFile(file.clone())
    );
    assert_eq!(pending(&options(url)).await, Err(OpenError::MissingFile(file)));
}

#[tokio::test]
async fn a_file_that_was_never_migrated_is_older() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("hufu.db");
    std::fs::write(&file, "").unwrap();
    let url = format!("sqlite://{}", file.display());
    assert_eq!(refusal(options(url)).await, OpenError::SchemaOlder(13));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    // Not even root makes a file there.
    let file = Path::new("/proc/hufu-test.db");
    let url = format!("sqlite://{}", file.display());
    let refused = migrate(&options(url), now()).await;
    assert_eq!(refused, Err(OpenError::ReadOnly(file.to_path_buf())));
}

#[tokio::test]
async fn a_file_that_is_something_else_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("hufu.db");
    std::fs::write(
        &file,
        "not a database, but long enough to have a header ".repeat(100),
    )
    .unwrap();
    let url = format!("sqlite://{}", file.display());
    assert_eq!(refusal(options(url)).await, OpenError::NotADatabase(file));
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let database = Fresh::sqlite();
    let _store = database.store().await;
    let Fresh::Sqlite { folder } = &database else {
        unreachable!()
    };
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{entry:?}"
        );
    }
}

#[tokio::test]
async fn r54_a_url_that_is_not_understood_is_not_repeated() {
    for url in [
        "",
        "mysql://root:hunter2@host/db",
        "postgres://root:hunter2@host:port/db",
        "sqlite::memory:",
    ] {
        let refused = refusal(options(url)).await;
        assert_eq!(refused, OpenError::Url, "{url}");
        assert!(!refused.to_string().contains("hunter2"));
    }
    assert!(!format!("{:?}", options("postgres://root:hunter2@host/db")).contains("hunter2"));
}

#[tokio::test]
async fn r54_a_server_that_does_not_answer_is_told_without_the_password() {
    // Port 1 of this machine: refused at once.
    let options = Options {
        password: Some("hunter2".into()),
        ..options("postgres://root@127.0.0.1:1/db")
    };
    let refused = refusal(options).await;
    assert!(matches!(refused, OpenError::Unreachable(_)), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
}

impl Fresh {
    /// What SQLite's file holds. PostgreSQL's cannot be read.
    fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Sqlite { folder } => Some(std::fs::read(folder.path().join("hufu.db")).unwrap()),
            Self::Postgres { .. } => None,
        }
    }
}
