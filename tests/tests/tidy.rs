//! Holds the repository to what its documents promise: which crate may use which, and what no file may do.
//!
//! The table below is the one in ARCHITECTURE.md. A new edge between crates is a decision: it needs an ADR, and then a
//! word in the table. To add a crate, add a row.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// What one crate may depend on, tests aside.
struct Room {
    package: &'static str,
    /// Crates of this workspace.
    ours: &'static [&'static str],
    /// Those of [`GUARDED`] that it may use.
    outside: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        package: "hufu-core",
        ours: &[],
        outside: &[],
    },
    Room {
        package: "hufu-oauth",
        ours: &["hufu-core"],
        outside: &["oxide-auth", "jsonwebtoken", "aws-lc-rs"],
    },
    // Every connector: none knows another.
    Room {
        package: "hufu-*-connector",
        ours: &["hufu-core"],
        outside: &["reqwest", "aes", "cbc", "argon2", "aws-lc-rs"],
    },
    // What clients name is called from here and nowhere else.
    Room {
        package: "hufu-outbound",
        ours: &["hufu-core"],
        outside: &["reqwest"],
    },
    Room {
        package: "hufu-storage",
        ours: &["hufu-core", "hufu-migrations"],
        // Secrets are sealed where they are stored.
        outside: &["sea-orm", "sqlx", "aws-lc-rs"],
    },
    Room {
        package: "hufu-migrations",
        ours: &[],
        outside: &["sea-orm-migration"],
    },
    Room {
        package: "hufu-api",
        ours: &[
            "hufu-core",
            "hufu-oauth",
            "hufu-*-connector",
            "hufu-outbound",
            "hufu-storage",
            "hufu-migrations",
            // Behind the feature `dev` only; see `the_simulator_is_an_option_of_the_server`.
            "hufu-wxsim",
        ],
        outside: &[
            "axum",
            "axum-server",
            "tower",
            "tower-http",
            "hyper-util",
            "utoipa",
            "utoipa-axum",
            "utoipa-swagger-ui",
            "minijinja",
            // The one client for outbound calls, and the one crypto provider, are made where all is wired.
            "reqwest",
            "aws-lc-rs",
        ],
    },
    // No crate of ours: shared code would share the bug.
    Room {
        package: "hufu-wxsim",
        ours: &[],
        // Below axum, since it must also cut connections and send what is not HTTP.
        outside: &[
            "axum",
            "tower",
            "hyper",
            "hyper-util",
            "reqwest",
            "aes",
            "cbc",
            "aws-lc-rs",
        ],
    },
    Room {
        package: "hufu-testkit",
        ours: &["hufu-core", "hufu-storage"],
        outside: &[],
    },
    // It tests from outside, so even its dev-dependencies are held to the table: see `dependencies`.
    Room {
        package: "hufu-tests",
        ours: &["hufu-api", "hufu-testkit", "hufu-wxsim"],
        outside: &["reqwest", "openidconnect", "jsonwebtoken", "aws-lc-rs"],
    },
    // It measures from outside too; argon2 is the measure of passwords, aws-lc-rs signs what a client signs.
    Room {
        package: "hufu-bench",
        ours: &[],
        outside: &["argon2", "aws-lc-rs", "reqwest"],
    },
];

/// Crates that bring a subject with them (HTTP, SQL, tokens, cryptography). What is not here is free for all.
const GUARDED: &[&str] = &[
    "aes",
    "argon2",
    "aws-lc-rs",
    "axum",
    "axum-extra",
    "axum-server",
    "cbc",
    "hyper",
    "hyper-util",
    "jsonwebtoken",
    "minijinja",
    "openidconnect",
    "oxide-auth",
    "oxide-auth-async",
    "oxide-auth-axum",
    "reqwest",
    "sea-orm",
    "sea-orm-migration",
    "sqlx",
    "tower",
    "tower-http",
    "utoipa",
    "utoipa-axum",
    "utoipa-swagger-ui",
];

/// Never in what is built for anything but tests. One crypto provider is enough, and these are the others; `rsa` leaks
/// its key through timing (RUSTSEC-2023-0071). `deny.toml` says the same, where cargo-deny can be had.
const BANNED: &[&str] = &["native-tls", "openssl-sys", "ring", "rsa"];

/// Past this a file usually has two subjects.
const MAX_LINES: usize = 500;

/// What would tie the repository to one machine or one network. Each is written in two parts, so that this file passes.
const FORBIDDEN: &[&str] = &[
    concat!("/wor", "k/"),
    concat!("/ro", "ot/"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("py", "pi.org"),
    concat!("pythonhosted", ".org"),
    concat!("registry.npm", "js.org"),
    concat!("proxy.golang", ".org"),
    concat!("repo.maven.apache", ".org"),
    concat!("repo1.maven", ".org"),
    concat!("deb.debian", ".org"),
];

#[test]
fn crates_use_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = text(&package, "name");
        let Some(room) = ROOMS.iter().find(|room| matches(room.package, name)) else {
            wrong.push(format!("{name} has no row in the table"));
            continue;
        };
        for dependency in dependencies(&package) {
            let used = text(dependency, "name");
            let allowed = if used.starts_with("hufu-") {
                room.ours.iter().any(|pattern| matches(pattern, used))
            } else {
                !GUARDED.contains(&used) || room.outside.contains(&used)
            };
            if !allowed {
                wrong.push(format!("{name} may not depend on {used}"));
            }
        }
    }
    assert_none(&wrong);
}

/// The image of the server has no simulator in it, which a feature that is always on could not promise.
#[test]
fn the_simulator_is_an_option_of_the_server() {
    let api = packages()
        .into_iter()
        .find(|package| text(package, "name") == "hufu-api")
        .expect("the server is here");
    let simulator = dependencies(&api)
        .find(|dependency| text(dependency, "name") == "hufu-wxsim")
        .expect("the server can bring the simulator");
    assert_eq!(simulator["optional"], Value::Bool(true));
    assert!(api["features"]["dev"].is_array(), "the feature is called `dev`");
}

#[test]
fn banned_crates_are_not_built() {
    let tree = run(Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--offline", "--prefix", "none"])
        .args(["--edges", "normal,build", "--format", "{p}"]));
    let built: Vec<_> = tree
        .lines()
        .filter_map(|package| package.split(' ').next())
        .collect();
    assert!(built.contains(&"aws-lc-rs"), "the tree is read rightly");
    let wrong: Vec<_> = BANNED
        .iter()
        .filter(|name| built.contains(name))
        .map(ToString::to_string)
        .collect();
    assert_none(&wrong);
}

/// Its stock answers deviate from the RFCs, so that one file translates between it and us.
#[test]
fn only_one_file_speaks_to_oxide() {
    let name = concat!("oxide", "_auth");
    let users: Vec<_> = sources("rs")
        .into_iter()
        .filter(|path| read(path).contains(name))
        .map(|path| shown(&path))
        .collect();
    assert_eq!(users, ["crates/oauth/src/rfc6749.rs"]);
}

#[test]
fn every_source_file_says_what_it_owns() {
    let silent: Vec<_> = sources("rs")
        .iter()
        .filter(|path| !read(path).starts_with("//!"))
        .map(|path| shown(path))
        .collect();
    assert_none(&silent);
}

#[test]
fn no_source_file_is_too_long() {
    let mut long = Vec::new();
    for path in ["rs", "js", "ts", "py", "html", "css"]
        .into_iter()
        .flat_map(sources)
    {
        let lines = read(&path).lines().count();
        if lines > MAX_LINES {
            long.push(format!("{} has {lines} lines", shown(&path)));
        }
    }
    assert_none(&long);
}

#[test]
fn no_file_names_a_machine_or_a_package_host() {
    let mut wrong = Vec::new();
    for path in files() {
        // What is not text cannot name anything.
        let Ok(content) = fs::read_to_string(&path) else {
            continue;
        };
        for (line, words) in content.lines().enumerate() {
            for word in FORBIDDEN.iter().filter(|word| words.contains(*word)) {
                wrong.push(format!("{}:{}: {word}", shown(&path), line + 1));
            }
        }
    }
    assert_none(&wrong);
}

/// This workspace's packages, as `cargo metadata` tells of them.
fn packages() -> Vec<Value> {
    let output = run(Command::new(env!("CARGO")).args([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]));
    let metadata: Value = serde_json::from_str(&output).expect("cargo metadata speaks JSON");
    metadata["packages"]
        .as_array()
        .expect("a list of packages")
        .clone()
}

/// The dependencies that the table speaks of: those of tests only where the package has nothing else.
fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    let only_tests = text(package, "name") == "hufu-tests";
    let all = package["dependencies"]
        .as_array()
        .expect("a list of dependencies");
    all.iter()
        .filter(move |dependency| only_tests || dependency["kind"] != "dev")
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => name.starts_with(head) && name.ends_with(tail),
        None => pattern == name,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// All files that are, or are about to be, in the repository.
fn files() -> Vec<PathBuf> {
    let list =
        run(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]));
    let paths = list.split_terminator('\0').map(|path| root().join(path));
    // A file that was deleted but not yet committed is still in the list.
    paths.filter(|path| path.is_file()).collect()
}

fn sources(extension: &str) -> Vec<PathBuf> {
    files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|is| is == extension))
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", shown(path)))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package stands in the workspace")
}

fn run(command: &mut Command) -> String {
    let output = command
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
