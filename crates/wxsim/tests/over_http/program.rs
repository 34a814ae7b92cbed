//! Starting: in process, and as a program.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use hufu_wxsim::{ClockSource, Config, StartError, WxSim};

use crate::support::{APP_1, LOGIN, client, config, read, start};

fn wxsim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wxsim"));
    command
        .env_remove("WXSIM_ALLOW_PUBLIC")
        .env_remove("WXSIM_CONTROL_TOKEN")
        .env_remove("WXSIM_SEED");
    command
}

fn assert_one_sentence(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with("wxsim: ") && said.contains(words), "{said}");
}

#[tokio::test]
async fn address_beyond_loopback_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = WxSim::start(Config {
            listen: address.parse().unwrap(),
            ..config()
        })
        .await;
        assert!(matches!(refused, Err(StartError::NotLoopback(_))), "{address}");
    }
}

#[test]
fn program_refuses_an_address_beyond_loopback_in_one_sentence() {
    let output = wxsim().args(["--listen", "0.0.0.0:0"]).output().unwrap();
    assert_one_sentence(&output, "WXSIM_ALLOW_PUBLIC");
}

#[test]
fn program_in_public_needs_a_control_token() {
    let output = wxsim()
        .args(["--listen", "0.0.0.0:0"])
        .env("WXSIM_ALLOW_PUBLIC", "1")
        .output()
        .unwrap();
    assert_one_sentence(&output, "control token");
}

#[tokio::test]
async fn program_in_public_takes_any_host_but_still_the_token() {
    let mut program = wxsim()
        .args(["--listen", "0.0.0.0:0", "--control-token", "tiger"])
        .env("WXSIM_ALLOW_PUBLIC", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let (_, port) = line.rsplit_once(':').unwrap();
    let clock = || {
        client()
            .get(format!("http://127.0.0.1:{port}/__sim/v1/clock"))
            .header("host", "wxsim.example")
    };
    let with_token = clock()
        .header("x-wxsim-token", "tiger")
        .send()
        .await
        .unwrap()
        .status();
    let without = clock().send().await.unwrap().status();
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!((with_token.as_u16(), without.as_u16()), (200, 401));
}

#[test]
fn taken_port_is_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let output = wxsim()
        .args(["--listen", &taken.local_addr().unwrap().to_string()])
        .output()
        .unwrap();
    assert_one_sentence(&output, "cannot listen on 127.0.0.1");
}

#[test]
fn appid_that_is_none_is_one_sentence() {
    let output = wxsim()
        .args(["--listen", "127.0.0.1:0", "--app", "shop"])
        .output()
        .unwrap();
    assert_one_sentence(&output, "\"shop\" is not an appid");
}

#[tokio::test]
async fn program_says_where_it_listens_and_has_the_apps_it_was_told() {
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--seed",
        "test",
        "--app",
        &format!("{APP_1}=s3"),
        "--open-account",
        "o",
    ];
    let mut program = wxsim().args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let url = lines
        .next()
        .unwrap()
        .unwrap()
        .strip_prefix("wxsim listens on ")
        .unwrap()
        .to_owned();
    assert_eq!(
        lines.next().unwrap().unwrap(),
        format!("app {APP_1} has the secret s3")
    );
    let minted = client()
        .post(format!("{url}/__sim/v1/codes"))
        .json(&serde_json::json!({"appid": APP_1, "user": "alice"}))
        .send();
    let code = read(minted.await.unwrap()).await.json()["code"]
        .as_str()
        .unwrap()
        .to_owned();
    let query = [
        ("appid", APP_1),
        ("secret", "s3"),
        ("js_code", &code),
        ("grant_type", "authorization_code"),
    ];
    let exchanged = read(
        client()
            .get(format!("{url}{LOGIN}"))
            .query(&query)
            .send()
            .await
            .unwrap(),
    )
    .await;
    program.kill().unwrap();
    program.wait().unwrap();
    let known = start().await.sim;
    assert_eq!(exchanged.json()["openid"], known.openid(APP_1, "alice"));
    assert_eq!(exchanged.json()["unionid"], known.unionid("o", "alice"));
}

#[tokio::test]
async fn codes_differ_between_two_runs_on_real_time() {
    let real = || Config {
        clock: ClockSource::Real,
        ..config()
    };
    let (first, second) = (
        WxSim::start(real()).await.unwrap(),
        WxSim::start(real()).await.unwrap(),
    );
    let code = |sim: &WxSim| sim.login_code(sim.app(APP_1).create().unwrap(), "alice").unwrap();
    assert_ne!(code(&first), code(&second));
}

#[tokio::test]
async fn dropping_the_handle_ends_the_simulator() {
    let site = start().await;
    let address = site.address();
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    drop(site);
    let mut byte = [0];
    let read = tokio::io::AsyncReadExt::read(&mut connection, &mut byte).await;
    assert!(matches!(read, Ok(0) | Err(_)));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
