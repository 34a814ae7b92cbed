//! An installation as an operator would make it: a configuration file, `hufu migrate`, an operator token, a tenant with an
//! app and clients by the administration API.

use crate::{
    load::{Http, Request},
    process::Process,
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const APPID: &str = "wx0000000000000001";
/// Where the clients that sign people in in a browser get their codes.
pub(crate) const CALLBACK: &str = "http://127.0.0.1:3000/callback";
/// A code verifier and its challenge (RFC 7636 appendix B).
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What all accounts sign in with.
pub(crate) const PASSWORD: &str = "otter-lantern-violin-7";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A running server with its simulator.
pub(crate) struct Installation {
    /// The server's process.
    pub(crate) hufu: Process,
    _sim: Process,
    base: String,
    sim_base: String,
    web_secret: String,
    turn: AtomicUsize,
    /// From the start of a second process, on the database of the first, to its first discovery answer.
    pub(crate) first_answer_ms: u128,
    _folder: TempDir,
}

impl Installation {
    /// Makes it in a new folder. `HUFU` and `WXSIM` name the programs; `scripts/bench` sets them.
    pub(crate) async fn start() -> Result<Self> {
        let hufu = std::env::var("HUFU").context("HUFU is not set: run scripts/bench")?;
        let wxsim = std::env::var("WXSIM").context("WXSIM is not set: run scripts/bench")?;
        let folder = TempDir::new()?;
        let (port, metrics, sim_port) = (free_port()?, free_port()?, free_port()?);
        let (base, sim_base) = (
            format!("http://127.0.0.1:{port}"),
            format!("http://127.0.0.1:{sim_port}"),
        );
        let config = folder.path().join("hufu.toml").display().to_string();
        std::fs::write(
            &config,
            configuration(folder.path(), &base, port, metrics, &sim_base),
        )?;
        std::fs::write(
            folder.path().join("master.key"),
            output(&hufu, &["keys", "generate"])?,
        )?;
        output(&hufu, &["migrate", "--config", &config])?;
        let operator = output(
            &hufu,
            &["operator", "create", "--name", "bench", "--config", &config],
        )?;

        let http = Http::new()?;
        let sim = Process::start(
            1,
            &wxsim,
            &["--listen", &format!("127.0.0.1:{sim_port}"), "--seed", "bench"],
        )?;
        let serve = || Process::start(0, &hufu, &["serve", "--config", &config]);
        let process = serve()?;
        let discovery = format!("{base}/t/bench/.well-known/openid-configuration");
        wait_until(&http, &format!("{sim_base}/__sim/v1/state"), 200).await?;
        wait_until(&http, &discovery, 404).await?;
        let web_secret = onboard(&http, &base, &sim_base, operator.trim()).await?;
        drop(process);
        let began = Instant::now();
        let hufu = serve()?;
        wait_until(&http, &discovery, 200).await?;
        Ok(Self {
            first_answer_ms: began.elapsed().as_millis(),
            hufu,
            _sim: sim,
            base,
            sim_base,
            web_secret,
            turn: AtomicUsize::new(0),
            _folder: folder,
        })
    }

    /// A URL of the tenant.
    pub(crate) fn issuer(&self, path: &str) -> String {
        format!("{}/t/bench{path}", self.base)
    }

    /// A URL of the server, of which the path is known.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What asks the simulator for a login code.
    pub(crate) fn mint(&self, person: usize) -> Request {
        let body = json!({"appid": APPID, "user": format!("p{person}")});
        Request::json("POST", &format!("{}/__sim/v1/codes", self.sim_base), None, &body)
    }

    /// What exchanges a login code.
    pub(crate) fn exchange(&self, code: &str) -> Request {
        let form = [
            ("grant_type", "urn:hufu:grant-type:wechat-code"),
            ("client_id", "shop"),
            ("js_code", code),
        ];
        Request::form(&self.issuer("/token"), &form)
    }

    /// What signs in by password; with `prompt=create`, what registers.
    pub(crate) fn by_password(&self, tenant: &str, username: &str, prompt: &str) -> Request {
        let form = [
            ("response_type", "code"),
            ("client_id", "shop"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("username", username),
            ("password", PASSWORD),
            ("prompt", prompt),
        ];
        Request::form(&format!("{}/t/{tenant}/authorize-challenge", self.base), &form)
    }

    /// What refreshes.
    pub(crate) fn refresh(&self, token: &str) -> Request {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "shop"),
            ("refresh_token", token),
        ];
        Request::form(&self.issuer("/token"), &form)
    }

    /// What introspects.
    pub(crate) fn introspect(&self, token: &str) -> Request {
        let form = [
            ("client_id", "web"),
            ("client_secret", self.web_secret.as_str()),
            ("token", token),
        ];
        Request::form(&self.issuer("/introspect"), &form)
    }

    /// One of `values`, each in turn.
    pub(crate) fn pick<'a>(&self, values: &'a [String]) -> &'a str {
        &values[self.turn.fetch_add(1, Ordering::Relaxed) % values.len()]
    }
}

fn configuration(folder: &Path, base: &str, port: u16, metrics: u16, sim: &str) -> String {
    let folder = folder.display();
    format!(
        r#"
[server]
listen = "127.0.0.1:{port}"
base_url = "{base}"
[database]
url = "sqlite://{folder}/hufu.db"
[secrets]
master_key_file = "{folder}/master.key"
[wechat]
api_base = "{sim}"
[metrics]
listen = "127.0.0.1:{metrics}"
[log]
filter = "warn"
"#
    )
}

async fn onboard(http: &Http, base: &str, sim: &str, operator: &str) -> Result<String> {
    let put = async |path: &str, body: Value| -> Result<Value> {
        http.json(&Request::json(
            "PUT",
            &format!("{base}/admin/v1/tenants/{path}"),
            Some(operator),
            &body,
        ))
        .await
    };
    let app = json!({"appid": APPID, "secret": SECRET});
    http.json(&Request::json(
        "POST",
        &format!("{sim}/__sim/v1/apps"),
        None,
        &app,
    ))
    .await?;
    // A flood from one address is to be one.
    let settings = json!({"attempts": {"address_per_hour": 100_000, "tenant_per_hour": 1_000_000}});
    put("bench", json!({"display_name": "Bench"})).await?;
    put("flood", json!({"display_name": "Flood", "settings": settings})).await?;
    put(
        &format!("bench/wechat-apps/{APPID}"),
        json!({"kind": "mini_program", "secret": SECRET}),
    )
    .await?;
    let shop = json!({"token_endpoint_auth_method": "none", "first_party": true, "wechat_appid": APPID,
        "grant_types": ["urn:hufu:grant-type:wechat-code", "authorization_code", "refresh_token"],
        "scope": "openid offline_access"});
    put("bench/clients/shop", shop).await?;
    for (client, alg) in [("es256", "ES256"), ("rs256", "RS256")] {
        let own = json!({"token_endpoint_auth_method": "none", "first_party": true, "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"], "scope": "openid offline_access",
            "id_token_signed_response_alg": alg});
        put(&format!("bench/clients/{client}"), own).await?;
    }
    let shop = json!({"token_endpoint_auth_method": "none", "first_party": true,
        "grant_types": ["authorization_code"], "scope": "openid"});
    put("flood/clients/shop", shop).await?;
    let web = put(
        "bench/clients/web",
        json!({"grant_types": ["client_credentials"]}),
    )
    .await?;
    Ok(web["client_secret"]
        .as_str()
        .context("no client_secret")?
        .to_owned())
}

fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    ensure!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

async fn wait_until(http: &Http, url: &str, status: u16) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if http
            .status(&Request::get(url))
            .await
            .is_ok_and(|told| told == status)
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bail!("{url} does not answer {status}")
}
