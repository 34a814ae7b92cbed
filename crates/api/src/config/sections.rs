//! The sections and their keys.

use crate::base_url::BaseUrl;
use hufu_password_connector as password_connector;
use hufu_sms_connector::{self as sms_connector, OFFICIAL_ALIYUN_BASE, OFFICIAL_TENCENT_BASE};
use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The public door.
    pub server: Server,
    /// TLS at the public door.
    #[serde(default)]
    pub tls: Tls,
    /// Where the rows are.
    pub database: Database,
    /// What seals secrets at rest.
    pub secrets: Secrets,
    /// WeChat's servers.
    #[serde(default)]
    pub wechat: Wechat,
    /// How passwords are hashed.
    #[serde(default)]
    pub passwords: Passwords,
    /// The servers of SMS vendors.
    #[serde(default)]
    pub sms: Sms,
    /// Servers that clients name.
    #[serde(default)]
    pub outbound: Outbound,
    /// The door for machines that watch.
    #[serde(default)]
    pub metrics: Metrics,
    /// What is told on standard output.
    #[serde(default)]
    pub log: Log,
}

/// `[server]`: the public door.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port; `127.0.0.1:8080` by default.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The public URL, `https` unless the host is loopback, without a path. Issuers are `{base_url}/t/{tenant}`, so it
    /// cannot change without ending every token. Required.
    #[serde(deserialize_with = "base_url")]
    pub base_url: BaseUrl,
    /// Networks of reverse proxies whose `X-Forwarded-For` is believed; in the environment separated by commas. None
    /// by default.
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// How long a request may take before it is answered with 503, in seconds: 1 to 300; 10 by default.
    #[serde(default = "default_request_timeout", deserialize_with = "seconds")]
    pub request_timeout_seconds: u16,
}

/// `[tls]`: TLS at the public door. Left out, it speaks plain HTTP, for a reverse proxy that ends TLS.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and those between it and its CA, PEM. Read again when it changes.
    pub cert_file: Option<PathBuf>,
    /// The private key, PEM. Both or neither.
    pub key_file: Option<PathBuf>,
}

/// `[database]`: where the rows are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://user@host/database` or `sqlite:///absolute/path.db`. Required.
    pub url: SecretString,
    /// The password, where it does not stand in the URL.
    pub password: Option<SecretString>,
    /// A file with the password, so that the configuration is no secret. Not together with `password`.
    pub password_file: Option<PathBuf>,
    /// The most connections that are open at once, to PostgreSQL, or for reading from SQLite: 1 to 1,000; 10 by default.
    #[serde(default = "default_max_connections", deserialize_with = "connections")]
    pub max_connections: u32,
}

/// `[secrets]`: the master key, 32 random bytes in base64 (`hufu keys generate`). Without it, no secret in the database
/// can be read again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// A file with the key.
    pub master_key_file: Option<PathBuf>,
    /// The key itself: for the environment. Exactly one of the two is required.
    pub master_key: Option<SecretString>,
    /// A file with the key before it, until `hufu keys rewrap` is done.
    pub previous_master_key_file: Option<PathBuf>,
    /// The key before it. Not together with `previous_master_key_file`.
    pub previous_master_key: Option<SecretString>,
}

/// `[wechat]`: WeChat's servers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wechat {
    /// Where WeChat's API is; `https://api.weixin.qq.com` by default. The secrets of all tenants are sent there.
    #[serde(default = "default_api_base")]
    pub api_base: Url,
}

/// `[passwords]`: how passwords are hashed (argon2id), and how many at once. Other parameters take effect at each person's
/// next login.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    /// Memory for one hash, in KiB: 7,168 to 65,536; 19,456 by default.
    pub memory_kib: u32,
    /// Passes over it: 1 to 12; 2 by default. Memory times passes is at least 35,840, the least that OWASP recommends.
    pub passes: u32,
    /// Lanes: 1 to 4; 1 by default.
    pub lanes: u32,
    /// How many are hashed at once: 1 to 256; as many as there are cores by default. Each needs `memory_kib`, and up to 64
    /// MiB while an imported hash is verified.
    pub workers: usize,
    /// How many of one tenant may wait for their turn: 1 to 4,096; 64 by default.
    pub longest_queue: usize,
    /// How long one may wait, in seconds: at most 30; 3 by default.
    pub longest_wait_seconds: u32,
}

/// `[sms]`: the servers of SMS vendors. None of them is a tenant's to choose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    /// Where Alibaba Cloud's API is; `https://dysmsapi.aliyuncs.com` by default.
    pub aliyun_base: Url,
    /// Where Tencent Cloud's API is; `https://sms.tencentcloudapi.com` by default.
    pub tencent_base: Url,
    /// Servers that send for tenants, by the name that a tenant's `webhook` vendor gives: 1 to 128 letters, digits, `_`, `-`
    /// or `.`. From the environment, names are in lower case: `HUFU_SMS__WEBHOOKS__GATEWAY`. None by default.
    #[serde(deserialize_with = "webhooks")]
    pub webhooks: BTreeMap<String, Url>,
}

/// `[outbound]`: calls to servers that clients name (`jwks_uri`, `backchannel_logout_uri`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// A file with certificates that are trusted beside the machine's own: PEM, one or more.
    pub ca_file: Option<PathBuf>,
    /// Whether private and loopback addresses may be called, by plain `http` too; `false` by default, so that no client can
    /// use this server to reach what only this server reaches.
    pub allow_private_addresses: bool,
}

/// `[metrics]`: the door for machines that watch: `/metrics`, `/healthz`, `/readyz`. Not for the public.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Address and port; `127.0.0.1:9090` by default.
    #[serde(default = "default_metrics_listen")]
    pub listen: SocketAddr,
}

/// `[log]`: what is told on standard output.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// For people or for machines; `json` by default.
    #[serde(default)]
    pub format: LogFormat,
    /// Which targets at which level, in the syntax of tracing's `EnvFilter`; `info` by default.
    #[serde(default = "default_filter")]
    pub filter: String,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    #[default]
    Json,
}

impl Default for Wechat {
    fn default() -> Self {
        Self {
            api_base: default_api_base(),
        }
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let config = password_connector::Config::default();
        Self {
            memory_kib: config.memory_kib,
            passes: config.passes,
            lanes: config.lanes,
            workers: config.workers,
            longest_queue: config.longest_queue,
            longest_wait_seconds: u32::try_from(config.longest_wait.as_secs()).unwrap_or(u32::MAX),
        }
    }
}

impl From<&Passwords> for password_connector::Config {
    fn from(passwords: &Passwords) -> Self {
        Self {
            memory_kib: passwords.memory_kib,
            passes: passwords.passes,
            lanes: passwords.lanes,
            workers: passwords.workers,
            longest_queue: passwords.longest_queue,
            longest_wait: Duration::from_secs(passwords.longest_wait_seconds.into()),
        }
    }
}

impl Default for Sms {
    fn default() -> Self {
        let official = |base: &str| Url::parse(base).expect("a constant that is a URL");
        Self {
            aliyun_base: official(OFFICIAL_ALIYUN_BASE),
            tencent_base: official(OFFICIAL_TENCENT_BASE),
            webhooks: BTreeMap::new(),
        }
    }
}

impl From<&Sms> for sms_connector::Config {
    fn from(sms: &Sms) -> Self {
        Self {
            webhooks: sms.webhooks.clone(),
            ..Self::new(sms.aliyun_base.clone(), sms.tencent_base.clone())
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            listen: default_metrics_listen(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            filter: default_filter(),
        }
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_metrics_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9090))
}

fn default_request_timeout() -> u16 {
    10
}

fn default_max_connections() -> u32 {
    10
}

fn default_filter() -> String {
    "info".to_owned()
}

fn default_api_base() -> Url {
    Url::parse("https://api.weixin.qq.com").expect("a constant that is a URL")
}

fn base_url<'de, D: Deserializer<'de>>(input: D) -> Result<BaseUrl, D::Error> {
    let text = String::deserialize(input)?;
    BaseUrl::parse(&text).map_err(|error| de::Error::custom(format!("{text:?} {error}")))
}

fn seconds<'de, D: Deserializer<'de>>(input: D) -> Result<u16, D::Error> {
    within(u16::deserialize(input)?, 1, 300)
}

fn connections<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    within(u32::deserialize(input)?, 1, 1_000)
}

fn within<T: PartialOrd + Copy + std::fmt::Display, E: de::Error>(value: T, low: T, high: T) -> Result<T, E> {
    if low <= value && value <= high {
        Ok(value)
    } else {
        Err(E::custom(format!("{value} is not {low} to {high}")))
    }
}

fn webhooks<'de, D: Deserializer<'de>>(input: D) -> Result<BTreeMap<String, Url>, D::Error> {
    let webhooks = BTreeMap::<String, Url>::deserialize(input)?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let is_name = |name: &String| (1..=128).contains(&name.len()) && name.bytes().all(allowed);
    match webhooks.keys().find(|name| !is_name(name)) {
        None => Ok(webhooks),
        Some(name) => Err(de::Error::custom(format!(
            "sms.webhooks: {name:?} is not 1 to 128 letters, digits, '_', '-' or '.'"
        ))),
    }
}

/// A list in the file, a text with commas in the environment.
fn networks<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<IpNet>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum ListOrText {
        List(Vec<String>),
        Text(String),
    }
    let texts = match ListOrText::deserialize(input)? {
        ListOrText::List(texts) => texts,
        ListOrText::Text(text) => text.split(',').map(str::to_owned).collect(),
    };
    texts
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .map(|text| {
            // A single address is a network too.
            let net = text
                .parse()
                .or_else(|_| text.parse().map(|ip: std::net::IpAddr| IpNet::from(ip)));
            net.map_err(|_| de::Error::custom(format!("{text:?} is not a network such as 10.0.0.0/8")))
        })
        .collect()
}
