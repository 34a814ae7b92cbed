//! From the configuration to what a command works with.

use crate::{
    app::{App, Ports, SmsOutlets},
    config::{self, Config, Outbound},
    embed,
    random::SystemRandom,
};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use hufu_core::{Clock, Random, event::Actor, id::EventId, store::Audit, time::SystemClock};
use hufu_outbound::HttpOutbound;
use hufu_password_connector::Argon2Passwords;
use hufu_sms_connector::SmsApi;
use hufu_storage::{MasterKey, MasterKeys, Options, SqlStore};
use hufu_wechat_connector::WechatApi;
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Where the configuration is.
#[derive(Debug, Args)]
pub(super) struct ConfigFile {
    /// The configuration file. Without it, every key comes from the environment, as HUFU_<SECTION>__<KEY>.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    /// Reads the configuration.
    pub(super) fn read(&self) -> anyhow::Result<Config> {
        // A variable that is not text is none of ours.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Ok(config::read(self.config.as_deref(), environment)?)
    }

    /// Opens the store that the configuration names.
    pub(super) async fn open_store(&self) -> anyhow::Result<SqlStore> {
        Ok(SqlStore::open(options(&self.read()?)?).await?)
    }
}

/// What the store needs to know.
pub(super) fn options(config: &Config) -> anyhow::Result<Options> {
    store_options(config, master_keys(config)?)
}

fn store_options(config: &Config, keys: MasterKeys) -> anyhow::Result<Options> {
    let database = &config.database;
    let mut options = Options::new(database.url.expose_secret(), keys, Arc::new(SystemRandom));
    options.password = match (&database.password, &database.password_file) {
        (Some(_), Some(_)) => bail!("database.password and database.password_file are both set: choose one"),
        (Some(password), None) => Some(password.clone()),
        (None, Some(path)) => Some(read_secret("the password file", path)?),
        (None, None) => None,
    };
    options.max_connections = database.max_connections;
    Ok(options)
}

fn master_keys(config: &Config) -> anyhow::Result<MasterKeys> {
    let secrets = &config.secrets;
    let current = master_key(
        "master_key",
        secrets.master_key.as_ref(),
        secrets.master_key_file.as_deref(),
    )?;
    let previous = master_key(
        "previous_master_key",
        secrets.previous_master_key.as_ref(),
        secrets.previous_master_key_file.as_deref(),
    )?;
    let Some(current) = current else {
        bail!("secrets.master_key_file is not set: make a key with `hufu keys generate`");
    };
    Ok(MasterKeys { current, previous })
}

fn master_key(
    key: &str,
    text: Option<&SecretString>,
    file: Option<&Path>,
) -> anyhow::Result<Option<MasterKey>> {
    let (text, place) = match (text, file) {
        (Some(_), Some(_)) => bail!("secrets.{key} and secrets.{key}_file are both set: choose one"),
        (Some(text), None) => (text.clone(), format!("secrets.{key}")),
        (None, Some(path)) => {
            let place = format!("the master key file {}", path.display());
            (read_secret("the master key file", path)?, place)
        }
        (None, None) => return Ok(None),
    };
    let key = MasterKey::parse(text.expose_secret());
    key.map(Some).with_context(|| format!("{place} cannot be used"))
}

/// Reads a file that holds one secret; the line's end is not part of it.
fn read_secret(what: &str, path: &Path) -> anyhow::Result<SecretString> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{what} {} cannot be read", path.display()))?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The application that the configuration describes, its database open.
pub(super) async fn app(config: &Config) -> anyhow::Result<App> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    // What can be refused without the database is refused first.
    let passwords = Argon2Passwords::new(&(&config.passwords).into(), random.clone())
        .context("the section [passwords] cannot be used")?;
    let sms = hufu_sms_connector::Config::from(&config.sms);
    let sms_outlets = SmsOutlets::of(&sms);
    let sms = SmsApi::new(sms, clock.clone(), random.clone()).context("the section [sms] cannot be used")?;
    let outbound =
        HttpOutbound::new(&outbound(&config.outbound)?).context("the section [outbound] cannot be used")?;
    let keys = master_keys(config)?;
    let pepper = embed::pepper(&keys.current);
    let store = Arc::new(SqlStore::open(store_options(config, keys)?).await?);
    let wechat = hufu_wechat_connector::Config::new(config.wechat.api_base.clone());
    let wechat = WechatApi::new(wechat, clock.clone(), random.clone(), store.clone())
        .context("wechat.api_base cannot be used")?;
    let ports = Ports {
        store,
        clock,
        random,
        wechat: Arc::new(wechat),
        passwords: Arc::new(passwords),
        sms: Arc::new(sms),
        outbound: Arc::new(outbound),
        sms_outlets,
        pepper,
    };
    let mut app = App::new(config.server.base_url.clone(), ports);
    app.trusted_proxies.clone_from(&config.server.trusted_proxies);
    app.request_timeout = Duration::from_secs(config.server.request_timeout_seconds.into());
    Ok(app)
}

fn outbound(section: &Outbound) -> anyhow::Result<hufu_outbound::Config> {
    let ca = match &section.ca_file {
        None => None,
        Some(path) => Some(
            fs::read(path).with_context(|| format!("outbound.ca_file {} cannot be read", path.display()))?,
        ),
    };
    Ok(hufu_outbound::Config {
        ca,
        allow_private_addresses: section.allow_private_addresses,
        ..hufu_outbound::Config::default()
    })
}

/// Listens, or says in a sentence why that cannot be; `key` is where the address was configured.
pub(super) fn listen(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!("{key} {address} is taken: another program listens there"),
        ErrorKind::PermissionDenied => anyhow!("{key} {address} needs rights that this user does not have"),
        _ => anyhow!("{key} {address} cannot be listened on: {error}"),
    })
}

/// Someone at the command line, now.
pub(super) fn audit() -> Audit {
    let now = SystemClock.now();
    Audit {
        event: EventId::generate(now, &SystemRandom),
        actor: Actor::System,
        ip: None,
        now,
    }
}
