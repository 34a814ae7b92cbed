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

/// The number that a statement gives, asked past the server: by `psql`, or by Python's `sqlite3`.
pub(crate) fn number(url: &str, sql: &str) -> i64 {
    const SQLITE: &str =
        "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])";
    let asked = match url.strip_prefix("sqlite://") {
        Some(path) => Command::new("python3").args(["-c", SQLITE, path, sql]).output(),
        None => Command::new("psql").args([url, "-Atc", sql]).output(),
    };
    let asked = asked.expect("psql and python3 are there, since the tests need both");
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    let told = String::from_utf8_lossy(&asked.stdout);
    told.trim()
        .parse()
        .unwrap_or_else(|_| panic!("no number: {told}"))
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
