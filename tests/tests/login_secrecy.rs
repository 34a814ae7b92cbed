//! What must not be found after people have signed in by password and by SMS: their secrets in the database's file, and these and
//! their numbers in the log. A test binary of its own, since there is one log in a process.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use hufu_tests::{Database, Server, Tenant};
use serde_json::json;
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;

const APP: &str = "wx0000000000000001";
const ALICE: &str = "+8613800138000";
const BOB: &str = "+8613900139000";
const NAME: &str = "zhang.wei.1984";
const PASSWORD: &str = "Lantern7 otter bridge quill";
const WRONG: &str = "Violin 48 marmot thicket";

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

/// All that was secret in some logins, linkings and failures.
async fn secrets(tenant: &Tenant<'_>) -> Vec<(&'static str, String)> {
    let server = tenant.server;
    let registered = tenant.register(NAME, PASSWORD).await;
    let access = registered["access_token"].as_str().unwrap().to_owned();
    tenant.sign_in_by_password(NAME, WRONG).await.expect(400);
    let done = tenant.sign_in_by_password(NAME, PASSWORD).await.expect(200);
    let code = done.str("/authorization_code").to_owned();
    tenant.redeem(&code).await.expect(200);
    tenant.redeem(&code).await.expect(400);
    let sent = tenant.challenge(&[("phone", ALICE)]).await.expect(400);
    let session = sent.str("/auth_session").to_owned();
    let otp = server.sms_code(ALICE);
    for typed in ["123456", &otp, &otp] {
        tenant
            .challenge(&[("auth_session", &session), ("otp", typed)])
            .await;
    }
    tenant
        .challenge(&[("phone", "+86 138 0013 8000 1234 5678")])
        .await
        .expect(400);
    let body = json!({"phone": BOB});
    tenant
        .account("POST", "/identities", &access, Some(body))
        .await
        .expect(202);
    let to_link = server.sms_code(BOB);
    let body = json!({"phone": BOB, "otp": to_link});
    tenant
        .account("POST", "/identities", &access, Some(body))
        .await
        .expect(201);
    let fault = hufu_wxsim::FaultAction::Http {
        status: 502,
        body: String::new(),
    };
    server.sim.fault(fault).unwrap();
    server.advance(61);
    tenant.challenge(&[("phone", ALICE)]).await.expect(503);
    server.sim.clear_faults();
    vec![
        ("password", PASSWORD.to_owned()),
        ("wrong password", WRONG.to_owned()),
        ("authorization code", code),
        ("auth_session", session),
        ("access token", access),
        (
            "refresh token",
            registered["refresh_token"].as_str().unwrap().to_owned(),
        ),
        ("code", otp),
        ("code to link by", to_link),
    ]
}

#[tokio::test]
async fn r30_r44_r54_no_password_code_or_number_lies_where_it_must_not() {
    let log = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .without_time() // The digits of an instant would be a code's, some day.
        .with_writer(log.clone())
        .init();
    let server = Server::start(Database::Sqlite).await;
    let tenant = server.tenant("acme").await.with_members().await;
    tenant.sms_account().await;
    let secrets = secrets(&tenant).await;
    let key = server.sim.requests_with_secrets("/__sim/sms/aliyun/");
    assert!(!key.is_empty(), "the vendor was asked");
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("request"), "something was logged at all");
    let path = server.database_url.strip_prefix("sqlite://").unwrap();
    let mut rows = std::fs::read(path).unwrap();
    rows.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
    assert!(
        rows.windows(APP.len()).any(|w| w == APP.as_bytes()),
        "the rows were read"
    );
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    for (name, secret) in &secrets {
        // Six digits are part of many an id and instant: they count where nothing of the kind is beside them.
        let alone = |text: &[u8]| {
            text.windows(secret.len()).enumerate().any(|(at, found)| {
                let beside = (
                    at.checked_sub(1).and_then(|at| text.get(at)),
                    text.get(at + secret.len()),
                );
                found == secret.as_bytes() && !(is_digit(beside.0) || is_digit(beside.1))
            })
        };
        assert!(!alone(log.as_bytes()), "{name} is in the log");
        assert!(!alone(&rows), "{name} is in the database");
    }
    let words = [
        ("phone", "13800138000"),
        ("phone, as it was typed", "138 0013 8000"),
        ("another phone", "13900139000"),
        ("username", NAME),
    ];
    for (name, word) in words {
        if let Some(at) = log.find(word) {
            let start = log[..at].rfind('\n').map_or(0, |end| end + 1);
            let line = log[start..].lines().next().unwrap_or_default();
            panic!("{name} is in the log: {line}");
        }
    }
}
