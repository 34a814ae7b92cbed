//! The server inside another program: `hufu dev`, and the black-box tests with a clock of their own.

use crate::{
    app::{App, Ports},
    operators::NewOperator,
};
use anyhow::Context;
use hufu_core::{
    Clock, Random, event::Actor, id::EventId, operator::OperatorScope, store::Audit, tenant::DisplayName,
};
use hufu_storage::{MasterKey, MasterKeys, Options, SqlStore};
use hufu_wechat_connector::{Config, WechatApi};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use url::Url;

/// What the embedding program brings.
pub struct Embedding {
    /// `sqlite://…` or `postgres://…`. The database is migrated before it is opened.
    pub database_url: String,
    /// 32 bytes, base64.
    pub master_key: SecretString,
    /// Where WeChat's API is, or whatever plays it.
    pub wechat_api_base: Url,
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
        clock,
        random,
    } = embedding;
    let current = MasterKey::parse(master_key.expose_secret()).context("the master key cannot be used")?;
    let options = Options::new(
        database_url,
        MasterKeys {
            current,
            previous: None,
        },
        random.clone(),
    );
    hufu_storage::migrate(&options, clock.now()).await?;
    let store = Arc::new(SqlStore::open(options).await?);
    let wechat = Config::new(wechat_api_base);
    let wechat = Arc::new(WechatApi::new(
        wechat,
        clock.clone(),
        random.clone(),
        store.clone(),
    )?);
    Ok(Ports {
        store,
        clock,
        random,
        wechat,
    })
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
