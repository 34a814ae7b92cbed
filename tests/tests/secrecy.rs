//! What must not be found: secrets in the database's file and in the log. A test binary of its own, since there is one log
//! in a process.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use hufu_tests::{Database, Server};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;

const APP: &str = "wx0000000000000001";
const PHONE: &str = "+8613800138000";
const USERNAME: &str = "li.ming";
const PASSWORD: &str = "teapot violin 42 harbour";
const WRONG_PASSWORD: &str = "teapot violin 43 harbour";
const SMS_SECRET: &str = "hunter2hunter2hunter2hunter2hunter2";
const IMPORTED_HASH: &str = "$2b$08$fZgCIOZwuNdJCXfMzcH5xOpXDmQ0w/0kFAXhcsNXrB.cKWNVHQk7W";

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

#[tokio::test]
async fn r30_r41_r54_nothing_secret_lies_in_the_database_or_the_log() {
    let log = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .init();
    let server = Server::start(Database::Sqlite).await;
    let tenant = server.tenant("acme").await;
    let app_secret = server.sim.app(APP).create().unwrap().secret().to_owned();
    tenant.put_wechat_app(APP, &app_secret, None).await.expect(201);
    let scope = "account offline_access openid phone wechat";
    tenant.mini_program_for("shop", APP, scope).await;
    let client_secret = tenant.confidential("api").await;
    let code = tenant.code(APP, "alice");
    let tokens = hufu_tests::Tokens::of(tenant.exchange("shop", &code).await);
    let session_key = server.sim.session_key(APP, "alice").unwrap();
    tenant.refresh("shop", &tokens.refresh).await.expect(200);
    tenant
        .introspect("api", &client_secret, &tokens.access)
        .await
        .expect(200);
    let used = tenant.exchange("shop", &code).await;
    used.expect_error(400, "invalid_grant", Some("wx_code_used"));
    server.sim.fault(hufu_wxsim::Preset::Outage).unwrap();
    let lost = tenant.code(APP, "bob");
    tenant.exchange("shop", &lost).await.expect(503);
    tenant.put_wechat_app(APP, &app_secret, None).await;

    server.sim.clear_faults();
    tenant.sms_account().await;
    tenant.sign_in_by_phone(PHONE).await;
    let otp = server.sms_code(PHONE);
    tenant.register(USERNAME, PASSWORD).await;
    let wrong = tenant.sign_in_by_password(USERNAME, WRONG_PASSWORD).await;
    wrong.expect_error(400, "invalid_grant", Some("password_wrong"));
    let step = tenant.sign_in_by_password(USERNAME, PASSWORD).await.expect(200);
    let authorization_code = step.str("/authorization_code");
    tenant.redeem(authorization_code).await.expect(200);
    let webhook = serde_json::json!({"vendor": "webhook", "name": "gateway", "secret": SMS_SECRET});
    tenant.admin("PUT", "/sms", Some(webhook)).await.expect(200);
    let import = serde_json::json!({"username": "wang.fang", "password_hash": IMPORTED_HASH});
    tenant.admin("POST", "/users", Some(import)).await.expect(201);

    let secrets = [
        ("password", PASSWORD),
        ("wrong password", WRONG_PASSWORD),
        ("authorization code", authorization_code),
        ("SMS vendor's secret", SMS_SECRET),
        ("app secret", app_secret.as_str()),
        ("client secret", client_secret.as_str()),
        ("session key", session_key.as_str()),
        ("login code", code.as_str()),
        ("lost login code", lost.as_str()),
        ("access token", tokens.access.as_str()),
        ("refresh token", tokens.refresh.as_str()),
        (
            "refresh token's secret",
            &tokens.refresh[tokens.refresh.len() - 40..],
        ),
        ("ID token", tokens.id.as_str()),
        ("operator token", server.operator.as_str()),
    ];
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("request"), "something was logged at all");
    let path = server.database_url.strip_prefix("sqlite://").unwrap();
    let mut rows = std::fs::read(path).unwrap();
    rows.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
    assert!(rows.windows(4).any(|w| w == b"acme"), "the rows were read");
    for (name, secret) in secrets {
        assert!(!log.contains(secret), "{name} is in the log");
        assert!(
            !rows.windows(secret.len()).any(|w| w == secret.as_bytes()),
            "{name} is in the database"
        );
    }
    // What the database must know, and the log need not.
    for (name, personal) in [
        ("phone", &PHONE[1..]),
        ("username", USERNAME),
        ("imported hash", IMPORTED_HASH),
        ("hash of a password", "$argon2id$"),
    ] {
        assert!(!log.contains(personal), "{name} is in the log");
    }
    // Each line begins with a time, and six digits of that may be any.
    let messages = log.lines().filter_map(|line| line.trim_start().split_once(' '));
    let mut words = messages.flat_map(|(_, text)| text.split(|c: char| !c.is_ascii_alphanumeric()));
    assert!(words.all(|word| word != otp), "a code by SMS is in the log");
}
