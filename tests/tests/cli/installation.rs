//! An installation of a test's own: a folder with a configuration and a master key, and a database.

use crate::program::{Running, Told, run};
use hufu_tests::{Database, Http};
use serde_json::Value;
use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;

/// A configuration with all that it names.
pub(crate) struct Installation {
    folder: TempDir,
    /// The URL of its database, which may not be there yet.
    pub(crate) database: String,
}

/// Runs a test on SQLite, then on PostgreSQL.
pub(crate) async fn on_both(test: impl AsyncFn(Installation)) {
    for database in [Database::Sqlite, Database::Postgres] {
        test(Installation::new(database)).await;
    }
}

impl Installation {
    /// With a new master key and an empty database; of SQLite, none at all.
    pub(crate) fn new(database: Database) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let database = match database {
            Database::Sqlite => format!("sqlite://{}", folder.path().join("hufu.db").display()),
            Database::Postgres => postgres(),
        };
        let installation = Self { folder, database };
        installation.write("master.key", &new_key());
        installation.write("hufu.toml", &installation.configuration());
        installation
    }

    /// The same, its database ready.
    pub(crate) fn migrated(database: Database) -> Self {
        let installation = Self::new(database);
        installation.run(&["migrate"], &[]).ok();
        installation
    }

    /// Listens on ports that the machine chooses; nobody plays WeChat.
    pub(crate) fn configuration(&self) -> String {
        let (url, key) = (&self.database, self.path("master.key"));
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\nbase_url = \"http://127.0.0.1:8080\"\n\
             [database]\nurl = \"{url}\"\n[secrets]\nmaster_key_file = \"{key}\"\n\
             [metrics]\nlisten = \"127.0.0.1:0\"\n"
        )
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.file(name)
            .to_str()
            .expect("the temporary folder's name is UTF-8")
            .to_owned()
    }

    /// The same, as a path.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the folder and gives its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.file(name), text).expect("a temporary folder can be written");
        self.path(name)
    }

    /// Runs a command with the configuration, to its end.
    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Told {
        let config = self.path("hufu.toml");
        run(&[arguments, &["--config", &config]].concat(), variables)
    }

    /// Serves.
    pub(crate) fn serve(&self, variables: &[(&str, &str)]) -> Serving {
        let mut running = Running::start(&["serve", "--config", &self.path("hufu.toml")], variables);
        let (line, _) = running.told("\"listening\"");
        let line: Value = serde_json::from_str(&line).expect("the log is JSON");
        let address = |name: &str| {
            line[name]
                .as_str()
                .unwrap_or_else(|| panic!("no {name} in {line}"))
                .to_owned()
        };
        let (base, metrics) = (format!("http://{}", address("listen")), address("metrics"));
        Serving {
            http: Http::new(),
            base,
            metrics,
            running,
        }
    }

    /// A new operator's token.
    pub(crate) fn operator(&self) -> String {
        self.run(&["operator", "create", "--name", "Ops"], &[])
            .ok()
            .trim_end()
            .to_owned()
    }
}

/// `hufu serve`, listening.
pub(crate) struct Serving {
    pub(crate) http: Http,
    pub(crate) base: String,
    /// Where its metrics are, as `host:port`.
    pub(crate) metrics: String,
    running: Running,
}

impl Serving {
    /// A request of administration.
    pub(crate) async fn admin(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> hufu_tests::Reply {
        self.http
            .json(method, &format!("{}/admin/v1{path}", self.base), token, body)
            .await
    }

    /// Stops it and asserts that it ended well.
    #[track_caller]
    pub(crate) fn stop(self) -> String {
        self.running.terminate().ok()
    }
}

/// A new master key, as its operator makes it.
pub(crate) fn new_key() -> String {
    run(&["keys", "generate"], &[]).ok()
}

/// A database that is empty.
fn postgres() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server =
        std::env::var("HUFU_TEST_POSTGRES_URL").expect("HUFU_TEST_POSTGRES_URL is set by scripts/postgres");
    let name = format!(
        "hufu_cli_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    psql(&server, &format!("CREATE DATABASE {name}"));
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{name}")
}

/// Runs a statement beside the program.
pub(crate) fn psql(url: &str, statement: &str) {
    let done = Command::new("psql").args([url, "-qc", statement]).output();
    let done = done.expect("psql is there, since scripts/postgres starts a server");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
