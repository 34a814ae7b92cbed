//! Where an app's messages are sent, and in which form.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};
use url::{Host, Url};

use crate::Refusal;
use crate::config::ALLOW_PUBLIC;
use crate::crypt::message::MessageKey;

/// How a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFormat {
    /// As WeChat does by default.
    Xml,
    /// As mini-programs may choose.
    Json,
}

/// Where an app's messages are sent, and in which form.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// The app's server: `http` or `https`, on this machine unless `WXSIM_ALLOW_PUBLIC` is set.
    pub url: String,
    /// What messages are signed with; 1 to 128 characters.
    pub token: String,
    /// What messages are encrypted with: 43 characters of base64.
    pub encoding_aes_key: String,
    /// How messages are written.
    pub format: PushFormat,
    /// Whether messages are encrypted. In JSON `"mode":"safe"`, which is the default, or `"mode":"plain"`.
    #[serde(rename = "mode", default = "safe", deserialize_with = "is_safe")]
    pub safe: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Safe,
    Plain,
}

fn safe() -> bool {
    true
}

fn is_safe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Mode::deserialize(deserializer)? == Mode::Safe)
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Push {
    /// Refuses what cannot work, and what would send messages to other machines.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let url = Url::parse(&self.url).map_err(|_| Refusal::InvalidPush("push.url is not a URL"))?;
        let problem = if !matches!(url.scheme(), "http" | "https") {
            "push.url is http or https"
        } else if !is_loopback(&url) && std::env::var_os(ALLOW_PUBLIC).is_none() {
            "push.url names this machine; set WXSIM_ALLOW_PUBLIC if you mean another"
        } else if !(1..=128).contains(&self.token.chars().count()) || self.token.chars().any(char::is_control)
        {
            "push.token has 1 to 128 characters, none of them a control character"
        } else if MessageKey::parse(&self.encoding_aes_key).is_none() {
            "push.encoding_aes_key is 43 characters of base64"
        } else {
            return Ok(());
        };
        Err(Refusal::InvalidPush(problem))
    }

    pub(crate) fn report(&self, reveal: bool) -> PushReport {
        PushReport {
            url: self.url.clone(),
            token: reveal.then(|| self.token.clone()),
            encoding_aes_key: reveal.then(|| self.encoding_aes_key.clone()),
            format: self.format,
            mode: if self.safe { "safe" } else { "plain" },
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => IpAddr::V6(v6).to_canonical().is_loopback(),
        None => false,
    }
}

/// [`Push`], as shown.
#[derive(Clone, Debug, Serialize)]
pub struct PushReport {
    /// See [`Push::url`].
    pub url: String,
    /// Only where it was asked for.
    pub token: Option<String>,
    /// Only where it was asked for.
    pub encoding_aes_key: Option<String>,
    /// See [`Push::format`].
    pub format: PushFormat,
    /// `safe` or `plain`.
    pub mode: &'static str,
}
