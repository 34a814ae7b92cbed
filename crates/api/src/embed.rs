//! The server inside another program: `hufu dev`, and the black-box tests with a clock of their own.

use crate::{
    app::{App, Ports, SmsOutlets},
    operators::NewOperator,
};
use anyhow::Context;
use hufu_core::{
    Clock, Random, event::Actor, id::EventId, operator::OperatorScope, sms::challenge::Pepper, store::Audit,
    tenant::DisplayName,
};
use hufu_outbound::HttpOutbound;
use hufu_password_connector::Argon2Passwords;
use hufu_sms_connector::SmsApi;
use hufu_storage::{MasterKey, MasterKeys, Options, SqlStore};
use hufu_wechat_connector::WechatApi;
use secrecy::{ExposeSecret, SecretString};
use std::{sync::Arc, time::Duration};
use url::Url;

pub use hufu_password_connector::Config as PasswordConfig;
pub use hufu_sms_connector::ConsoleSink;

/// The name of the one webhook that an embedded server knows.
pub const WEBHOOK: &str = "gateway";

/// What the embedding program brings.
pub struct Embedding {
    /// `sqlite://…` or `postgres://…`. The database is migrated before it is opened.
    pub database_url: String,
    /// 32 bytes, base64.
    pub master_key: SecretString,
    /// Where WeChat's API is, or whatever plays it.
    pub wechat_api_base: Url,
    /// Where the SMS vendors are, or whatever plays them: at `aliyun`, `tencent` and `webhook/gateway` below it.
    pub sms_base: Url,
    /// Where codes of tenants with the vendor `console` are shown; `None`: such tenants are refused.
    pub sms_console: Option<ConsoleSink>,
    /// How passwords are hashed.
    pub passwords: PasswordConfig,
    /// How long a request may wait for the database, for WeChat, for an SMS vendor and for a client's server, each; `None`: as long as in `hufu serve`.
    pub patience: Option<Duration>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// Migrates and opens the database, and gives the ports for an [`App`].
pub async fn ports(embedding: Embedding) -> anyhow::Result<Ports> {
    let Embedding {
        database_url,
        master_key,
        wechat_api_base,
        sms_base,
        sms_console,
        passwords,
        patience,
        clock,
        random,
    } = embedding;
    let current = MasterKey::parse(master_key.expose_secret()).context("the master key cannot be used")?;
    let pepper = pepper(&current);
    let mut options = Options::new(
        database_url,
        MasterKeys {
            current,
            previous: None,
        },
        random.clone(),
    );
    let mut wechat = hufu_wechat_connector::Config::new(wechat_api_base);
    let mut config = sms_config(&sms_base)?;
    // Whoever embeds the server runs its clients on the same machine.
    let mut outbound = hufu_outbound::Config {
        allow_private_addresses: true,
        ..hufu_outbound::Config::default()
    };
    if let Some(patience) = patience {
        (options.acquire_timeout, options.patience) = (patience, patience);
        (wechat.budget, wechat.token_budget) = (patience, patience);
        (config.budget, outbound.budget) = (patience, patience);
    }
    hufu_storage::migrate(&options, clock.now()).await?;
    let store = Arc::new(SqlStore::open(options).await?);
    let wechat = Arc::new(WechatApi::new(
        wechat,
        clock.clone(),
        random.clone(),
        store.clone(),
    )?);
    let mut sms_outlets = SmsOutlets::of(&config);
    let mut sms = SmsApi::new(config, clock.clone(), random.clone())?;
    if let Some(sink) = sms_console {
        sms = sms.with_console(sink);
        sms_outlets.console = true;
    }
    Ok(Ports {
        store,
        wechat,
        passwords: Arc::new(Argon2Passwords::new(&passwords, random.clone())?),
        sms: Arc::new(sms),
        outbound: Arc::new(HttpOutbound::new(&outbound)?),
        sms_outlets,
        pepper,
        clock,
        random,
    })
}

fn sms_config(base: &Url) -> anyhow::Result<hufu_sms_connector::Config> {
    let below = |path: &str| {
        let url = format!("{}/{path}", base.as_str().trim_end_matches('/'));
        Url::parse(&url).context("sms_base cannot be used")
    };
    let mut config = hufu_sms_connector::Config::new(below("aliyun")?, below("tencent")?);
    let webhook = below(&format!("webhook/{WEBHOOK}"))?;
    config.webhooks.insert(WEBHOOK.to_owned(), webhook);
    Ok(config)
}

/// What codes by SMS are stored under: the same on all nodes, and nowhere in the database.
pub(crate) fn pepper(master_key: &MasterKey) -> Arc<Pepper> {
    Arc::new(Pepper::new(master_key.derive("sms code pepper")))
}

/// Creates an operator of the whole installation and gives its token, once.
pub async fn create_operator(app: &App, name: &str) -> anyhow::Result<SecretString> {
    let now = app.clock.now();
    let random = app.random.as_ref();
    let audit = Audit {
        event: EventId::generate(now, random),
        actor: Actor::System,
        ip: None,
        now,
    };
    let created = NewOperator::generate(DisplayName::parse(name)?, OperatorScope::Platform, now, random);
    app.store
        .create_operator(&created.operator, &created.event(&audit))
        .await?;
    Ok(created.token)
}
