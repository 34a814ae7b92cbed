//! A bad day: 1,000 exchanges, a hundred at once, over 50 people, with faults at random. Whatever fails, fails whole. A test binary of its
//! own, since there is one log in a process.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use hufu_tests::{Database, Server, Tenant, Tokens};
use hufu_wxsim::{Cut, Fault, FaultAction};
use serde_json::json;
use std::{
    collections::HashSet,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Semaphore;
use tracing_subscriber::fmt::MakeWriter;

const APP: &str = "wx0000000000000001";
const PEOPLE: usize = 50;
const EXCHANGES: usize = 1_000;
/// How many are under way at once. More would show how slow this machine is: the budgets of calls to WeChat are real time.
const AT_ONCE: usize = 100;
/// How often a person tries who is refused.
const TRIES: usize = 10;

/// Whatever was logged.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn person(number: usize) -> String {
    format!("person-{number}")
}

/// Each strikes one call in thirty, so that about four exchanges in ten meet one.
fn faults(server: &Server) {
    let errcode = |n| FaultAction::Errcode {
        n,
        msg: "as told".into(),
    };
    for action in [
        FaultAction::DropAfterCommit,
        FaultAction::Close(Cut::Before),
        FaultAction::Close(Cut::AfterHeaders),
        FaultAction::Close(Cut::MidBody),
        FaultAction::Empty200,
        FaultAction::Html200Gbk,
        FaultAction::MalformedJson,
        FaultAction::TruncatedJson,
        FaultAction::ErrcodeAsString,
        FaultAction::UnknownFields,
        FaultAction::ControlCharsInNickname,
        FaultAction::SessionKeyRotated,
        FaultAction::Delay { ms: 20, jitter: 80 },
        FaultAction::Http {
            status: 502,
            body: String::new(),
        },
        errcode(-1),
        errcode(40001),
        errcode(45011),
    ] {
        server
            .sim
            .fault(Fault::new(action).probability(1.0 / 30.0))
            .unwrap();
    }
}

/// What came of an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    SignedIn,
    /// WeChat, or what it said, let nobody in.
    Refused,
    /// The machine did not keep up: the caller was told to try again, and the login may have been done all the same.
    Overloaded,
}

/// One exchange of many; what it may say, and what must not be found in the log.
async fn exchange(tenant: &Tenant<'_>, number: usize, secrets: &Mutex<HashSet<String>>) -> Outcome {
    let user = person(number % PEOPLE);
    let code = tenant.code(APP, &user);
    let phone_code = tenant.phone_code(APP, &user);
    let reply = if number.is_multiple_of(3) {
        tenant.exchange_with_phone("shop", &code, &phone_code).await
    } else {
        tenant.exchange("shop", &code).await
    };
    let status = reply.status;
    let mut found = vec![code, phone_code];
    found.extend(tenant.server.sim.session_key(APP, &user));
    let outcome = match (status, reply.body["reason"].is_string()) {
        (200, _) => {
            let tokens = Tokens::of(reply);
            found.extend([tokens.access, tokens.refresh, tokens.id]);
            Outcome::SignedIn
        }
        (400 | 429 | 503, true) => Outcome::Refused,
        (503, false) => Outcome::Overloaded,
        _ => panic!("{reply}"),
    };
    secrets.lock().unwrap().extend(found);
    outcome
}

/// A person who is refused tries again with fresh codes, as an SDK does. The pauses of an opened circuit pass meanwhile, yet not
/// so fast that the codes of the others expire under way.
async fn insist(
    tenant: &Tenant<'_>,
    number: usize,
    secrets: &Mutex<HashSet<String>>,
    refusals: &AtomicUsize,
) -> Outcome {
    for _ in 1..TRIES {
        match exchange(tenant, number, secrets).await {
            Outcome::Refused if refusals.fetch_add(1, Ordering::SeqCst).is_multiple_of(10) => {
                tenant.server.advance(1);
            }
            Outcome::Refused => {}
            outcome => return outcome,
        }
    }
    exchange(tenant, number, secrets).await
}

async fn storm(database: Database, log: &Captured) {
    let server = Server::start(database).await;
    let tenant = server.tenant("acme").await.with_members().await;
    tenant.set(json!({"wechat": {"keep_session_key": true}})).await;
    let secrets = Mutex::new(HashSet::new());
    faults(&server);
    let (turn, refusals) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (signed_in, overloaded) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let room = Semaphore::new(AT_ONCE);
    server
        .in_parallel(EXCHANGES, || async {
            let _place = room.acquire().await.unwrap();
            let number = turn.fetch_add(1, Ordering::SeqCst);
            let counter = match insist(&tenant, number, &secrets, &refusals).await {
                Outcome::SignedIn => &signed_in,
                Outcome::Overloaded => &overloaded,
                Outcome::Refused => return server.http.get(&tenant.url("/jwks")).await,
            };
            counter.fetch_add(1, Ordering::SeqCst);
            server.http.get(&tenant.url("/jwks")).await
        })
        .await;
    let (signed_in, overloaded) = (signed_in.into_inner(), overloaded.into_inner());

    assert!(
        signed_in > EXCHANGES / 2,
        "{signed_in} of {EXCHANGES} came through"
    );
    server.sim.clear_faults();
    server.advance(120);

    // Everyone is who they were: one user a person, however their logins went.
    let mut subs = HashSet::new();
    for number in 0..PEOPLE {
        let (code, phone) = (
            tenant.code(APP, &person(number)),
            tenant.phone_code(APP, &person(number)),
        );
        let reply = tenant.exchange_with_phone("shop", &code, &phone).await;
        subs.insert(tenant.sub(&Tokens::of(reply).access).await);
    }
    assert_eq!(subs.len(), PEOPLE);
    rows_are_whole(&server);
    let least = i64::try_from(PEOPLE + signed_in).unwrap();
    let most = least + i64::try_from(overloaded).unwrap();
    let logins = server.number("SELECT count(*) FROM sessions");
    assert!(
        (least..=most).contains(&logins),
        "{logins} logins, not {least} to {most}"
    );
    let mut secrets = secrets.into_inner().unwrap();
    secrets.extend(more_secrets(&server));
    log_has_none_of(log, &secrets);
}

/// Nobody is there twice, and nothing half.
fn rows_are_whole(server: &Server) {
    let people = i64::try_from(PEOPLE).unwrap();
    for (what, sql, expected) in [
        ("users", "SELECT count(*) FROM users", people),
        (
            "WeChat identities",
            "SELECT count(*) FROM identities WHERE kind = 'wechat'",
            people,
        ),
        (
            "phones",
            "SELECT count(*) FROM identities WHERE kind = 'phone'",
            people,
        ),
        (
            "users without an identity",
            "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.tenant_id = u.tenant_id AND i.user_id = u.id)",
            0,
        ),
        (
            "sessions without a grant",
            "SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM grants g WHERE g.tenant_id = s.tenant_id AND g.session_id = s.id)",
            0,
        ),
        (
            "grants without a refresh token",
            "SELECT count(*) FROM grants g WHERE NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.tenant_id = g.tenant_id AND r.grant_id = g.id)",
            0,
        ),
        (
            "session keys without an identity",
            "SELECT count(*) FROM wechat_session_keys k WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.tenant_id = k.tenant_id AND i.id = k.identity_id)",
            0,
        ),
    ] {
        assert_eq!(server.number(sql), expected, "{what}");
    }
}

/// What no exchange gave: secrets of the app and of the installation, and phone numbers.
fn more_secrets(server: &Server) -> HashSet<String> {
    let sim = &server.sim;
    let app = sim.change_app(APP, hufu_wxsim::AppChange::default()).unwrap();
    let mut secrets = HashSet::from([server.operator.clone(), app.secret().to_owned()]);
    for number in 0..PEOPLE {
        secrets.insert(sim.phone_of(person(number)).trim_start_matches("+86").to_owned());
        secrets.extend(sim.session_key(APP, person(number)));
    }
    // The app's access tokens, as WeChat was shown them.
    let shown = sim.requests_with_secrets("/wxa/business/getuserphonenumber");
    let tokens = shown
        .into_iter()
        .filter_map(|mut asked| asked.query.remove("access_token"));
    let before = secrets.len();
    secrets.extend(tokens);
    assert!(secrets.len() > before, "WeChat was shown a token");
    secrets
}

/// As words all of them; within words one in ten, since each look goes through the whole log.
fn log_has_none_of(log: &Captured, secrets: &HashSet<String>) {
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("WeChat"), "the failures were logged");
    let words: HashSet<&str> = log
        .split(|c: char| !(c.is_ascii_alphanumeric() || "+/_.-".contains(c)))
        .collect();
    for secret in secrets {
        let word = secret.trim_end_matches('=');
        assert!(!words.contains(word), "a secret is in the log");
    }
    for secret in secrets.iter().step_by(10) {
        assert!(!log.contains(secret.as_str()), "a secret is in the log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r54_a_thousand_exchanges_under_faults_leave_no_half_and_no_secret() {
    let log = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(log.clone())
        .init();
    for database in [Database::Sqlite, Database::Postgres] {
        storm(database, &log).await;
    }
}
