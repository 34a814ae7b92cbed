//! What a person who writes a configuration gets to read.

use super::*;
use secrecy::ExposeSecret;
use std::io::Write;

const LEAST: &str = r#"
    [server]
    base_url = "https://id.example.com/"
    [database]
    url = "postgres://hufu@db/hufu"
    [secrets]
    master_key_file = "master.key"
"#;

fn with(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let mut toml = tempfile::NamedTempFile::new().unwrap();
    toml.write_all(file.as_bytes()).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read(Some(toml.path()), environment).map_err(|error| error.to_string())
}

#[test]
fn what_is_left_out_has_a_default() {
    let config = with(LEAST, &[]).unwrap();
    assert_eq!(config.server.base_url.as_str(), "https://id.example.com");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.request_timeout_seconds, 10);
    assert_eq!(config.metrics.listen.to_string(), "127.0.0.1:9090");
    assert_eq!(config.wechat.api_base.as_str(), "https://api.weixin.qq.com/");
    assert_eq!(
        hufu_password_connector::Config::from(&config.passwords),
        hufu_password_connector::Config::default()
    );
    assert_eq!(config.sms.aliyun_base.as_str(), "https://dysmsapi.aliyuncs.com/");
    assert_eq!(
        config.sms.tencent_base.as_str(),
        "https://sms.tencentcloudapi.com/"
    );
    assert!(config.sms.webhooks.is_empty());
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn the_environment_wins() {
    let config = with(
        LEAST,
        &[
            ("HUFU_SERVER__LISTEN", "0.0.0.0:80"),
            ("HUFU_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1"),
            ("HUFU_SERVER__REQUEST_TIMEOUT_SECONDS", "30"),
            ("HUFU_DATABASE__PASSWORD", "007"),
            ("HUFU_LOG__FORMAT", "text"),
            ("HUFU_TEST_POSTGRES_URL", "somebody else's"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:80");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.server.request_timeout_seconds, 30);
    assert_eq!(config.database.password.unwrap().expose_secret(), "007");
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn passwords_and_sms_are_set_by_the_file_or_the_environment() {
    let file = format!(
        "{LEAST}\n[passwords]\nmemory_kib = 47104\npasses = 1\n[sms.webhooks]\ngateway = \"https://sms.example/a\"\n"
    );
    let config = with(
        &file,
        &[
            ("HUFU_PASSWORDS__MEMORY_KIB", "65536"),
            ("HUFU_PASSWORDS__LANES", "4"),
            ("HUFU_PASSWORDS__WORKERS", "3"),
            ("HUFU_PASSWORDS__LONGEST_QUEUE", "5"),
            ("HUFU_PASSWORDS__LONGEST_WAIT_SECONDS", "30"),
            ("HUFU_SMS__ALIYUN_BASE", "https://aliyun.example"),
            ("HUFU_SMS__WEBHOOKS__OTHER", "https://other.example"),
        ],
    )
    .unwrap();
    let passwords = hufu_password_connector::Config::from(&config.passwords);
    assert_eq!(
        passwords,
        hufu_password_connector::Config {
            memory_kib: 65_536,
            passes: 1,
            lanes: 4,
            workers: 3,
            longest_queue: 5,
            longest_wait: std::time::Duration::from_secs(30),
        }
    );
    let sms = hufu_sms_connector::Config::from(&config.sms);
    assert_eq!(sms.aliyun_base.as_str(), "https://aliyun.example/");
    assert_eq!(sms.webhooks.keys().collect::<Vec<_>>(), ["gateway", "other"]);
    assert_eq!(sms.webhooks["gateway"].as_str(), "https://sms.example/a");
}

#[test]
fn nothing_private_is_called_unless_the_deployment_says_so() {
    let config = with(LEAST, &[]).unwrap();
    assert!(!config.outbound.allow_private_addresses);
    let variables = [
        ("HUFU_OUTBOUND__CA_FILE", "/etc/ca.pem"),
        ("HUFU_OUTBOUND__ALLOW_PRIVATE_ADDRESSES", "true"),
    ];
    let config = with(LEAST, &variables).unwrap();
    assert!(config.outbound.allow_private_addresses);
    assert_eq!(config.outbound.ca_file.unwrap().to_str(), Some("/etc/ca.pem"));
}

#[test]
fn the_environment_is_enough() {
    let variables = [
        ("HUFU_SERVER__BASE_URL", "http://127.0.0.1:8080"),
        ("HUFU_DATABASE__URL", "sqlite:///tmp/hufu.db"),
        ("HUFU_SECRETS__MASTER_KEY", "abc"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert!(read(None, variables).is_ok());
}

#[test]
fn an_unknown_key_is_named() {
    let message = with(&LEAST.replace("base_url", "lisssten = 1\nbase_url"), &[]).unwrap_err();
    assert!(message.contains("lisssten"), "{message}");
    let message = with(&format!("{LEAST}\n[servr]\n"), &[]).unwrap_err();
    assert!(message.contains("servr"), "{message}");
    let message = with(LEAST, &[("HUFU_SERVER__LISSSTEN", "x")]).unwrap_err();
    assert!(message.contains("lisssten"), "{message}");
    let message = with(LEAST, &[("HUFU_PASSWORDS__MEMORY", "1")]).unwrap_err();
    assert!(message.contains("memory"), "{message}");
    let message = with(LEAST, &[("HUFU_SMS__CONSOLE", "true")]).unwrap_err();
    assert!(message.contains("console"), "{message}");
    let message = with(LEAST, &[("HUFU_SERVER_LISTEN", "x")]).unwrap_err();
    assert!(message.contains("HUFU_SERVER__LISTEN"), "{message}");
}

#[test]
fn a_wrong_value_is_named_with_its_key() {
    for (key, value, says) in [
        ("HUFU_SERVER__BASE_URL", "http://id.example.com", "must be https"),
        ("HUFU_SERVER__LISTEN", "localhost", "server.listen"),
        ("HUFU_SERVER__TRUSTED_PROXIES", "10.0.0.0/99", "10.0.0.0/99"),
        (
            "HUFU_SERVER__REQUEST_TIMEOUT_SECONDS",
            "0",
            "request_timeout_seconds",
        ),
        ("HUFU_DATABASE__MAX_CONNECTIONS", "many", "max_connections"),
        ("HUFU_PASSWORDS__MEMORY_KIB", "much", "passwords.memory_kib"),
        ("HUFU_SMS__TENCENT_BASE", "sms", "sms.tencent_base"),
        ("HUFU_SMS__WEBHOOKS__A B", "https://sms.example", "sms.webhooks"),
        ("HUFU_LOG__FORMAT", "xml", "log.format"),
    ] {
        let message = with(LEAST, &[(key, value)]).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_missing_key_is_named() {
    let message = with(&LEAST.replace("base_url", "# "), &[]).unwrap_err();
    assert!(message.contains("base_url"), "{message}");
}

#[test]
fn the_sample_for_https_is_a_configuration() {
    let config = with(include_str!("../../../../docs/hufu-https.toml"), &[]).unwrap();
    assert!(config.tls.cert_file.is_some() && config.tls.key_file.is_some());
    assert_eq!(config.server.base_url.as_str(), "https://localhost:8443");
}

#[test]
fn the_sample_is_a_configuration_that_names_every_key() {
    let sample = include_str!("../../../../docs/hufu.toml");
    let config = with(sample, &[]).unwrap();
    assert!(config.secrets.master_key_file.is_some());
    // What is commented out there is a key too.
    let all = sample
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line))
        .filter(|line| !line.starts_with("password ") && !line.starts_with("master_key "))
        .filter(|line| !line.starts_with("previous_master_key "))
        .collect::<Vec<_>>()
        .join("\n");
    let config = with(&all, &[]).unwrap();
    assert!(config.database.password_file.is_some());
    assert!(config.secrets.previous_master_key_file.is_some());
    let workers = config.passwords.workers;
    let shown = Passwords {
        workers,
        ..Passwords::default()
    };
    assert_eq!(config.passwords, shown, "the sample shows the defaults");
    assert_eq!(config.sms.webhooks.len(), 1);
}

#[test]
fn what_is_not_toml_is_told_without_the_line_itself() {
    let message = with("[database]\npassword = \"hunter2\nurl = 1", &[]).unwrap_err();
    assert!(message.contains("line 2"), "{message}");
    assert!(
        !message.contains("hunter2") && !message.contains('\n'),
        "{message}"
    );
}
