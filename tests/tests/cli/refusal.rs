//! How the program refuses to start: one plain sentence on standard error, the exit code 1, nothing changed.

use crate::installation::{Installation, new_key, on_both, psql};
use hufu_tests::Database;
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

/// Every command that opens the database.
const COMMANDS: [&[&str]; 4] = [
    &["serve"],
    &["operator", "list"],
    &["operator", "create", "--name", "Ops"],
    &["keys", "rewrap"],
];

#[test]
fn an_unknown_key_refuses_to_start_wherever_it_stands() {
    let installation = Installation::migrated(Database::Sqlite);
    installation
        .run(&["serve"], &[("HUFU_SERVER__LISSSTEN", "127.0.0.1:1")])
        .refused("lisssten");
    installation
        .run(&["serve"], &[("HUFU_SERVR__LISTEN", "127.0.0.1:1")])
        .refused("servr");
    installation
        .run(&["serve"], &[("HUFU_SERVER_LISTEN", "127.0.0.1:1")])
        .refused("HUFU_SERVER__LISTEN");
    let good = installation.configuration();
    for (extra, named) in [("[server2]\n", "server2"), ("[log]\nlevel = \"info\"\n", "level")] {
        installation.write("hufu.toml", &format!("{good}{extra}"));
        for command in [
            &["serve"][..],
            &["migrate"],
            &["migrate", "--check"],
            &["operator", "list"],
            &["healthcheck"],
        ] {
            installation.run(command, &[]).refused(named);
        }
    }
}

#[test]
fn a_configuration_that_cannot_be_used_is_told_without_its_secrets() {
    let installation = Installation::migrated(Database::Sqlite);
    let good = installation.configuration();
    installation.write("hufu.toml", &format!("{good}[log]\nfilter = \"hunter2\n"));
    let told = installation.run(&["serve"], &[]).refused("hufu.toml");
    assert!(!told.err.contains("hunter2"), "{}", told.err);
    installation.write("hufu.toml", &good.replace("base_url", "#"));
    installation.run(&["serve"], &[]).refused("base_url");
    installation.write(
        "hufu.toml",
        &good.replace("http://127.0.0.1:8080", "http://id.example.com"),
    );
    installation.run(&["serve"], &[]).refused("must be https");
    fs::remove_file(installation.file("hufu.toml")).unwrap();
    installation
        .run(&["serve"], &[])
        .refused("hufu.toml cannot be read");
}

#[test]
fn parameters_of_passwords_and_servers_of_vendors_that_cannot_be_used_are_named() {
    let installation = Installation::migrated(Database::Sqlite);
    for (variable, value, says) in [
        ("HUFU_PASSWORDS__MEMORY_KIB", "7167", "memory must be 7,168"),
        ("HUFU_PASSWORDS__MEMORY_KIB", "8192", "at least 35,840"),
        ("HUFU_PASSWORDS__LONGEST_WAIT_SECONDS", "31", "at most 30 seconds"),
        ("HUFU_PASSWORDS__WORKERS", "0", "1 to 256"),
        ("HUFU_SMS__ALIYUN_BASE", "ftp://sms.example", "section [sms]"),
        (
            "HUFU_SMS__WEBHOOKS__GATEWAY",
            "https://user:hunter2@sms.example",
            "without user",
        ),
    ] {
        let told = installation.run(&["serve"], &[(variable, value)]).refused(says);
        assert!(!told.err.contains("hunter2"), "{}", told.err);
    }
}

#[test]
fn a_taken_port_is_named_with_its_key() {
    let installation = Installation::migrated(Database::Sqlite);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (variable, key) in [
        ("HUFU_SERVER__LISTEN", "server.listen"),
        ("HUFU_METRICS__LISTEN", "metrics.listen"),
    ] {
        installation
            .run(&["serve"], &[(variable, &address)])
            .refused(&format!("{key} {address} is taken"));
    }
}

#[tokio::test]
async fn a_wrong_master_key_is_refused_and_the_right_one_still_opens_afterwards() {
    on_both(async |installation| {
        installation.run(&["migrate"], &[]).ok();
        let token = installation.operator();
        let before = installation.run(&["operator", "list"], &[]).ok();
        let wrong = installation.write("wrong.key", &new_key());
        let variables = [("HUFU_SECRETS__MASTER_KEY_FILE", wrong.as_str())];
        for command in COMMANDS.into_iter().chain([&["migrate"][..]]) {
            let told = installation
                .run(command, &variables)
                .refused("the master key is not the one of this database");
            assert!(
                !told.err.contains(fs::read_to_string(&wrong).unwrap().trim()),
                "{}",
                told.err
            );
        }
        assert_eq!(
            installation.run(&["operator", "list"], &[]).ok(),
            before,
            "nothing was written"
        );
        let serving = installation.serve(&[]);
        serving.admin(&token, "GET", "/tenants", None).await.expect(200);
        serving.stop();
    })
    .await;
}

#[tokio::test]
async fn a_database_without_its_schema_says_what_to_run() {
    on_both(async |installation| {
        for command in COMMANDS {
            installation.run(command, &[]).refused("run `hufu migrate`");
        }
        assert!(!installation.file("hufu.db").exists(), "nothing was made");
    })
    .await;
}

#[test]
fn a_schema_that_is_newer_is_refused() {
    let installation = Installation::migrated(Database::Postgres);
    psql(
        &installation.database,
        "INSERT INTO seaql_migrations VALUES ('m20991231_000001_future', 0)",
    );
    for command in COMMANDS
        .into_iter()
        .chain([&["migrate"][..], &["migrate", "--check"]])
    {
        installation.run(command, &[]).refused("m20991231_000001_future");
    }
    psql(
        &installation.database,
        "DELETE FROM seaql_migrations WHERE version LIKE 'm2099%'",
    );
    installation.run(&["migrate", "--check"], &[]).ok();
}

#[test]
fn a_master_key_that_cannot_be_read_is_named() {
    let installation = Installation::migrated(Database::Sqlite);
    let (missing, folder) = (installation.path("missing.key"), installation.path(""));
    for (variables, says) in [
        (
            [
                ("HUFU_SECRETS__MASTER_KEY_FILE", missing.as_str()),
                ("HUFU_LOG__FORMAT", "json"),
            ],
            "missing.key cannot be read",
        ),
        (
            [
                ("HUFU_SECRETS__MASTER_KEY_FILE", folder.as_str()),
                ("HUFU_LOG__FORMAT", "json"),
            ],
            "cannot be read",
        ),
        (
            [("HUFU_SECRETS__MASTER_KEY", "AAAA"), ("HUFU_LOG__FORMAT", "json")],
            "are both set",
        ),
    ] {
        installation.run(&["serve"], &variables).refused(says);
    }
    for bad in ["", "hunter2 hunter2 hunter2", "AAAA", "\u{e4}"] {
        let path = installation.write("bad.key", bad);
        let told = installation
            .run(&["serve"], &[("HUFU_SECRETS__MASTER_KEY_FILE", &path)])
            .refused("bad.key cannot be used");
        assert!(!told.err.contains("hunter2"), "{}", told.err);
    }
    let config = installation.configuration();
    installation.write("hufu.toml", &config.replace("master_key_file", "#"));
    installation.run(&["serve"], &[]).refused("hufu keys generate");
}

#[test]
fn a_database_that_cannot_be_used_is_named() {
    let installation = Installation::migrated(Database::Sqlite);
    let noise = format!(
        "sqlite://{}",
        installation.write("noise.db", &"not a database ".repeat(1_000))
    );
    let nowhere = format!("sqlite://{}", installation.path("nowhere/hufu.db"));
    for (url, says) in [
        (noise.as_str(), "is not a SQLite database"),
        (&nowhere, "does not exist: create it"),
        (
            "mysql://localhost/hufu",
            "write sqlite:///path/to/hufu.db or postgres://",
        ),
        (
            "sqlite::memory:",
            "write sqlite:///path/to/hufu.db or postgres://",
        ),
    ] {
        for command in [&["serve"][..], &["migrate"]] {
            installation
                .run(command, &[("HUFU_DATABASE__URL", url)])
                .refused(says);
        }
    }
}

#[test]
fn a_server_that_does_not_answer_is_told_without_its_password() {
    let installation = Installation::new(Database::Sqlite);
    // Nobody listens at port 1.
    let url = "postgres://hufu:hunter2@127.0.0.1:1/hufu";
    for command in [&["serve"][..], &["migrate"], &["operator", "list"]] {
        let told = installation
            .run(command, &[("HUFU_DATABASE__URL", url)])
            .refused("the database cannot be reached");
        assert!(!told.err.contains("hunter2"), "{}", told.err);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let installation = Installation::new(Database::Sqlite);
    // Not even root writes there.
    installation
        .run(&["migrate"], &[("HUFU_DATABASE__URL", "sqlite:///proc/hufu.db")])
        .refused("/proc/hufu.db cannot be written");
    let folder = installation.file("read-only");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(folder.join("probe"), "").is_err() {
        let url = format!("sqlite://{}", folder.join("hufu.db").display());
        installation
            .run(&["migrate"], &[("HUFU_DATABASE__URL", &url)])
            .refused("cannot be written");
    }
}
