//! What is refused when a database is opened, in which words, and that a refusal changes nothing.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails where anything does, and the error says enough"
)]

#[macro_use]
mod fresh;

use fresh::{Fresh, key, now, options};
use hufu_core::store::Housekeeping;
use hufu_storage::{MasterKeys, OpenError, Options, SqlStore, migrate, pending};
use std::path::Path;
use tempfile::TempDir;

on_both! {
    migrating_makes_a_database_that_opens,
    an_older_schema_is_refused,
    a_newer_schema_is_refused,
    a_wrong_master_key_is_refused_and_the_right_one_still_opens,
    the_previous_master_key_opens_too,
}

async fn refusal(options: Options) -> OpenError {
    SqlStore::open(options).await.unwrap_err()
}

async fn migrating_makes_a_database_that_opens(database: &Fresh) {
    let applied = migrate(&database.options(), now()).await.unwrap();
    assert_eq!(applied.len(), 4, "{applied:?}");
    assert_eq!(pending(&database.options()).await, Ok(vec![]));
    assert_eq!(migrate(&database.options(), now()).await, Ok(vec![]));
    let store = SqlStore::open(database.options()).await.unwrap();
    assert_eq!(store.ping().await, Ok(()));
}

async fn an_older_schema_is_refused(database: &Fresh) {
    migrate(&database.options(), now()).await.unwrap();
    database
        .execute("DELETE FROM seaql_migrations WHERE version = 'm20261101_000004_platform'")
        .await;
    let refusal = refusal(database.options()).await;
    assert_eq!(refusal, OpenError::SchemaOlder(1));
    assert!(refusal.to_string().contains("run `hufu migrate`"), "{refusal}");
    assert_eq!(
        pending(&database.options()).await,
        Ok(vec!["m20261101_000004_platform".to_owned()])
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
    assert_eq!(refusal(options(url)).await, OpenError::SchemaOlder(4));
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
