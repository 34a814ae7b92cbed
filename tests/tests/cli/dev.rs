//! `hufu dev`: everything on one machine, and a second run that goes on from the first.

use crate::program::{Running, run};
use hufu_tests::{Http, Tokens};
use serde_json::json;
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, path::Path, process::Command};
use tempfile::TempDir;

/// `hufu dev`, ready.
struct Dev {
    http: Http,
    base: String,
    sim: String,
    /// What it printed for its reader.
    printed: String,
    running: Running,
}

impl Dev {
    fn start(folder: &Path) -> Self {
        let mut running = Running::start(
            &[
                "dev",
                "--port",
                "0",
                "--sim-port",
                "0",
                "--data-dir",
                folder.to_str().unwrap(),
            ],
            &[],
        );
        let url = |line: &str| {
            let words = line.split([' ', ',']);
            words
                .into_iter()
                .find(|word| word.starts_with("http://"))
                .unwrap_or_else(|| panic!("no URL in {line}"))
                .to_owned()
        };
        let sim = url(&running.told("simulator").0);
        let base = url(&running.told("Hufu runs at").0);
        let printed = running.told("teahouse/token").1.to_owned();
        Self {
            http: Http::new(),
            base,
            sim,
            printed,
            running,
        }
    }

    async fn login(&self, client: &str, appid: &str, user: &str) -> Tokens {
        let url = format!("{}/__sim/v1/codes", self.sim);
        let code = self
            .http
            .send(
                self.http
                    .request("POST", &url)
                    .json(&json!({"appid": appid, "user": user})),
            )
            .await
            .expect(200);
        let form = [
            ("grant_type", "urn:hufu:grant-type:wechat-code"),
            ("client_id", client),
            ("js_code", code.str("/code")),
        ];
        Tokens::of(
            self.http
                .post_form(&format!("{}/t/demo/token", self.base), &form)
                .await,
        )
    }

    async fn sub(&self, tokens: &Tokens) -> String {
        let request = self
            .http
            .request("GET", &format!("{}/t/demo/userinfo", self.base))
            .bearer_auth(&tokens.access);
        self.http.send(request).await.expect(200).str("/sub").to_owned()
    }

    async fn admin(
        &self,
        folder: &Path,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> hufu_tests::Reply {
        let token = secret(folder, "operator-token");
        self.http
            .json(method, &format!("{}/admin/v1{path}", self.base), &token, body)
            .await
    }

    fn stop(self) {
        self.running.terminate().ok();
    }
}

fn secret(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name))
        .unwrap()
        .trim_end()
        .to_owned()
}

#[tokio::test]
async fn a_second_run_goes_on_with_the_same_data() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path().join("hufu-data");
    let dev = Dev::start(&folder);
    let (operator, web) = (
        secret(&folder, "operator-token"),
        secret(&folder, "demo-web-secret"),
    );
    let alice = dev.login("demo-shop", "wxde30000000000001", "alice").await;
    let sub = dev.sub(&alice).await;
    let cafe = dev.login("demo-cafe", "wxde30000000000002", "alice").await;
    assert_eq!(
        dev.sub(&cafe).await,
        sub,
        "both apps are bound to one open-platform account"
    );
    dev.admin(
        &folder,
        "PUT",
        "/tenants/kept",
        Some(json!({"display_name": "Kept"})),
    )
    .await
    .expect(201);
    let kids = dev
        .http
        .get(&format!("{}/t/demo/jwks", dev.base))
        .await
        .expect(200);
    dev.stop();

    let dev = Dev::start(&folder);
    assert_eq!(
        (
            secret(&folder, "operator-token"),
            secret(&folder, "demo-web-secret")
        ),
        (operator, web.clone())
    );
    let again = dev.login("demo-shop", "wxde30000000000001", "alice").await;
    assert_eq!(dev.sub(&again).await, sub, "the same person is the same user");
    dev.admin(&folder, "GET", "/tenants/kept", None).await.expect(200);
    assert_eq!(
        dev.http
            .get(&format!("{}/t/demo/jwks", dev.base))
            .await
            .expect(200)
            .body,
        kids.body
    );
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "demo-shop"),
        ("refresh_token", alice.refresh.as_str()),
    ];
    dev.http
        .post_form(&format!("{}/t/demo/token", dev.base), &form)
        .await
        .expect(200);
    let form = [
        ("client_id", "demo-web"),
        ("client_secret", web.as_str()),
        ("token", again.access.as_str()),
    ];
    let told = dev
        .http
        .post_form(&format!("{}/t/demo/introspect", dev.base), &form)
        .await
        .expect(200);
    assert_eq!(told.body["active"], true);
    dev.stop();
}

#[tokio::test]
async fn r41_its_secrets_are_its_own_and_only_their_owner_can_read_them() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for folder in [&one, &other] {
        let dev = Dev::start(&folder.path().join("data"));
        for file in fs::read_dir(folder.path().join("data"))
            .unwrap()
            .map(Result::unwrap)
        {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", file.file_name());
        }
        dev.stop();
    }
    for name in ["operator-token", "demo-web-secret", "master.key", "wxsim-seed"] {
        let texts = [&one, &other].map(|folder| secret(&folder.path().join("data"), name));
        assert_ne!(texts[0], texts[1], "{name}");
    }
}

#[tokio::test]
async fn the_lines_that_it_prints_work_when_they_are_pasted() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let (_, welcome) = dev.printed.split_once("Hufu runs at").unwrap();
    let lines: Vec<_> = welcome.lines().filter(|line| line.starts_with("  ")).collect();
    let shell = Command::new("sh")
        .args(["-euc", &lines.join("\n")])
        .output()
        .unwrap();
    let told = String::from_utf8(shell.stdout).unwrap();
    assert!(
        shell.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&shell.stderr)
    );
    let step = r#""error":"insufficient_authorization""#;
    assert_eq!(
        (told.matches("\"error\"").count(), told.matches(step).count()),
        (1, 1),
        "only the first of two steps is not the last: {told}"
    );
    assert!(!told.contains("urn:hufu:problem"), "{told}");
    assert_eq!(
        told.matches("\"access_token\"").count(),
        6,
        "two logins by WeChat, a refresh, one by phone, a registration, one by password: {told}"
    );
    assert!(
        told.contains("\"active\":true") && told.contains("\"sub\":\"usr_"),
        "{told}"
    );
    dev.admin(folder.path(), "GET", "/tenants/teahouse/clients/tea", None)
        .await
        .expect(200);
    dev.stop();
}

/// Asks for a code in the demo tenant.
async fn ask_for_code(dev: &Dev, phone: &str) {
    let form = [
        ("response_type", "code"),
        ("client_id", "demo-shop"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("phone", phone),
    ];
    let url = format!("{}/t/demo/authorize-challenge", dev.base);
    let step = dev.http.post_form(&url, &form).await;
    assert!(step.body["auth_session"].is_string(), "{step}");
}

/// The codes that the simulator's phones got.
async fn codes(dev: &Dev) -> usize {
    let inbox = dev
        .http
        .get(&format!("{}/__sim/v1/sms", dev.sim))
        .await
        .expect(200);
    inbox.body.as_array().unwrap().len()
}

#[tokio::test]
async fn codes_come_to_the_simulators_phones_or_to_the_console() {
    let folder = TempDir::new().unwrap();
    let mut dev = Dev::start(folder.path());
    ask_for_code(&dev, "+8613800138000").await;
    assert_eq!(codes(&dev).await, 1);
    let console = Some(json!({"vendor": "console"}));
    dev.admin(folder.path(), "PUT", "/tenants/demo/sms", console)
        .await
        .expect(200);
    ask_for_code(&dev, "+8613800138001").await;
    let (line, _) = dev.running.told("SMS to");
    let (_, code) = line.rsplit_once("SMS to +8613800138001: ").unwrap();
    assert!(
        code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()),
        "{line}"
    );
    assert_eq!(codes(&dev).await, 1);
    dev.stop();

    let dev = Dev::start(folder.path());
    let vendor = dev.admin(folder.path(), "GET", "/tenants/demo/sms", None).await;
    assert_eq!(vendor.str("/vendor"), "console", "what a developer chose stays");
    dev.stop();
}

#[tokio::test]
async fn a_folder_of_an_earlier_version_gets_what_is_missing_and_no_more() {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let client = json!({"client_name": "Mine", "token_endpoint_auth_method": "none", "first_party": true, "scope": "account openid",
        "wechat_appid": "wxde30000000000001", "grant_types": ["urn:hufu:grant-type:wechat-code", "refresh_token"]});
    let path = "/tenants/demo/clients/demo-shop";
    dev.admin(folder.path(), "PUT", path, Some(client.clone()))
        .await
        .expect(200);
    let vendor = dev.admin(folder.path(), "GET", "/tenants/demo/sms", None).await;
    let mut vendor = vendor.expect(200).body;
    let members = vendor.as_object_mut().unwrap();
    members.retain(|name, _| !name.ends_with("_at"));
    members.insert("access_key_secret".into(), json!("another"));
    dev.admin(folder.path(), "PUT", "/tenants/demo/sms", Some(vendor))
        .await
        .expect(200);
    dev.stop();

    let dev = Dev::start(folder.path());
    let upgraded = dev.admin(folder.path(), "GET", path, None).await.expect(200);
    let grants = upgraded.body["grant_types"].as_array().unwrap();
    assert!(
        grants.contains(&json!("authorization_code")) && grants.len() == 3,
        "{upgraded}"
    );
    for member in ["client_name", "scope", "wechat_appid"] {
        assert_eq!(upgraded.body[member], client[member], "{member}");
    }
    ask_for_code(&dev, "+8613800138000").await;
    assert_eq!(codes(&dev).await, 1, "with the secret that the simulator knows");
    dev.stop();

    let dev = Dev::start(folder.path());
    let again = dev.admin(folder.path(), "GET", path, None).await.expect(200);
    assert_eq!(again.body, upgraded.body);
    dev.stop();
}

#[test]
fn a_taken_port_is_one_sentence_and_nothing_is_touched() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let data_dir = data.to_str().unwrap();
    let told = run(
        &["dev", "--port", &port, "--sim-port", "0", "--data-dir", data_dir],
        &[],
    );
    told.refused(&format!("port {port} of 127.0.0.1 is taken"));
    assert!(!data.exists());
    let told = run(
        &["dev", "--port", "0", "--sim-port", &port, "--data-dir", data_dir],
        &[],
    );
    told.refused("choose another with --sim-port");
}

#[test]
fn a_folder_that_cannot_be_used_is_one_sentence() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.as_path(), &file.join("below"), Path::new("/proc/hufu-data")] {
        let told = run(
            &[
                "dev",
                "--port",
                "0",
                "--sim-port",
                "0",
                "--data-dir",
                path.to_str().unwrap(),
            ],
            &[],
        );
        told.refused("choose another with --data-dir");
    }
}

#[tokio::test]
async fn a_wrong_master_key_is_refused_and_the_right_one_still_opens_afterwards() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    Dev::start(data).stop();
    let (path, right) = (data.join("master.key"), secret(data, "master.key"));
    let arguments = [
        "dev",
        "--port",
        "0",
        "--sim-port",
        "0",
        "--data-dir",
        data.to_str().unwrap(),
    ];
    fs::write(&path, crate::installation::new_key()).unwrap();
    run(&arguments, &[]).refused("the master key is not the one of this database");
    fs::write(&path, "nonsense").unwrap();
    run(&arguments, &[]).refused("master.key is not a master key");
    fs::remove_file(&path).unwrap();
    run(&arguments, &[]).refused("master.key is missing");
    assert!(!path.exists(), "a database is never given another key");
    fs::write(&path, right).unwrap();
    let dev = Dev::start(data);
    dev.admin(data, "GET", "/tenants/demo", None).await.expect(200);
    dev.stop();
}

/// Every `sh` block of a page of the documentation, in order, in one shell, against a `hufu dev` of its own. Gives what they printed.
fn told_by(page: &str) -> String {
    let folder = TempDir::new().unwrap();
    let dev = Dev::start(folder.path());
    let page = format!("{}/../docs/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```sh\n").skip(1);
    let script: String = blocks
        .map(|block| block.split("```").next().unwrap_or_default())
        .collect();
    let told = Command::new("bash")
        .args(["-eu", "-o", "pipefail", "-c", &script])
        .env("HUFU", &dev.base)
        .env("SIM", &dev.sim)
        .env("DATA", folder.path())
        // What the page writes there is its own.
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr),
    );
    assert!(told.status.success(), "{out}\n{err}");
    out.into_owned()
}

#[tokio::test]
async fn the_pages_on_login_without_a_browser_run_as_they_are_written() {
    let out = told_by("first-party-login.md");
    for says in [
        r#""phone_number":"+8613800138000""#,
        "account offline_access",
        r#""reason":"password_wrong""#,
        r#""kind":"wechat""#,
        "account_taken",
        r#""merged":"usr_"#,
    ] {
        assert!(out.contains(says), "no {says} in {out}");
    }
    let one_person = out.lines().find(|line| line.contains(r#""identities""#)).unwrap();
    for kind in ["phone", "account", "wechat"] {
        assert!(
            one_person.contains(&format!(r#""kind":"{kind}""#)),
            "{one_person}"
        );
    }
    assert_eq!(out.trim_end().lines().last(), Some("900"), "{out}");
}

#[tokio::test]
async fn the_wechat_tutorial_runs_as_it_is_written() {
    let out = told_by("tutorial-wechat.md");
    for says in [
        r#""phone_number":"+86"#,
        r#""data":{"#,
        r#""valid":true"#,
        "Bearer",
        r#""reason":"wx_code_used""#,
        "success",
    ] {
        assert!(out.contains(says), "no {says} in {out}");
    }
    let last = out.trim_end().lines().last().unwrap_or_default();
    assert!(
        last.contains(r#""kind":"wechat""#) && !last.contains("phone"),
        "the phone was taken back: {last}"
    );
    let session_key = out.contains("session_key\":\"");
    assert!(!session_key, "{out}");
}
