//! A database of a test's own, gone with it.

use std::process::Command;
use tempfile::TempDir;

/// On what a server keeps its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in a temporary folder.
    Sqlite,
    /// A new database on the server that `HUFU_TEST_POSTGRES_URL` names.
    Postgres,
}

/// The database itself.
#[derive(Debug)]
pub(crate) struct Created {
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

impl Database {
    pub(crate) fn create(self) -> Created {
        match self {
            Self::Sqlite => {
                let folder = TempDir::new().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("hufu.db").display());
                Created {
                    url,
                    _folder: Some(folder),
                }
            }
            Self::Postgres => {
                let server = std::env::var("HUFU_TEST_POSTGRES_URL")
                    .expect("HUFU_TEST_POSTGRES_URL is not set: run the tests by scripts/test, or scripts/postgres run -- cargo test");
                let name = name();
                let made = Command::new("psql")
                    .args([&server, "-qc", &format!("CREATE DATABASE {name}")])
                    .output()
                    .expect("psql is there, since scripts/postgres starts a server");
                assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
                let (base, _) = server.rsplit_once('/').expect("a URL with a database");
                Created {
                    url: format!("{base}/{name}"),
                    _folder: None,
                }
            }
        }
    }
}

/// A name that no other test, in this process or another, uses.
fn name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "hufu_black_box_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}
