//! `hufu dev`: server, SQLite, a simulator of WeChat and a demo tenant in one process, for one person on one machine.
//!
//! Everything that it makes is kept in one folder, and a second run goes on from what is there. It listens on 127.0.0.1
//! only.

mod demo;
mod files;
mod words;

use crate::{
    app::App,
    background::background,
    base_url::BaseUrl,
    embed::{self, Embedding, PasswordConfig},
    random::SystemRandom,
    server,
};
use anyhow::Context;
use files::DataDir;
use hufu_core::time::SystemClock;
use hufu_wxsim::{Seed, WxSim};
use std::{
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

/// What `hufu dev` was asked for.
#[derive(Debug, Clone)]
pub struct DevOptions {
    /// Where the server listens, on 127.0.0.1.
    pub port: u16,
    /// Where the simulator of WeChat listens, on 127.0.0.1.
    pub sim_port: u16,
    /// Where the database and the secrets are kept.
    pub data_dir: PathBuf,
}

/// Runs until it is told to stop.
pub async fn run(options: DevOptions) -> anyhow::Result<()> {
    // The ports come first: a second `hufu dev` must not touch the first one's database.
    let listener = listen(options.port)?;
    let address = listener.local_addr()?;
    let dir = DataDir::open(&options.data_dir)?;
    words::progress(&format!("data        {}", dir.path().display()));

    let sim = start_sim(&dir, options.sim_port).await?;
    words::progress(&format!("simulator   {} (it pretends to be WeChat)", sim.url()));

    let ports = embed::ports(Embedding {
        database_url: format!("sqlite://{}", dir.path().join("hufu.db").display()),
        master_key: dir.master_key(&SystemRandom)?,
        wechat_api_base: sim
            .url()
            .parse()
            .context("the simulator's address is not a URL")?,
        sms_base: format!("{}/__sim/sms", sim.url())
            .parse()
            .context("the simulator's address is not a URL")?,
        sms_console: Some(Box::new(words::sms)),
        passwords: PasswordConfig::default(),
        patience: None,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    })
    .await?;
    words::progress("database    SQLite, up to date");

    let base_url = BaseUrl::parse(&format!("http://127.0.0.1:{}", address.port()))?;
    let app = Arc::new(App::new(base_url, ports));
    demo::ensure(&app, &sim, &dir).await?;
    words::progress("demo        tenant `demo`, ready");

    let told_to_stop = server::told_to_stop()?;
    let running = server::serve(app.clone(), listener)?;
    let background = background(app.clone());
    words::welcome(app.base_url.as_str(), &sim.url(), dir.path());
    told_to_stop.await;
    words::progress("stopping");
    running.stop().await?;
    background.stop().await;
    sim.shutdown().await;
    Ok(())
}

fn listen(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| {
        format!(
            "port {port} of 127.0.0.1 is taken or forbidden: stop what uses it, or choose another with --port"
        )
    })
}

async fn start_sim(dir: &DataDir, port: u16) -> anyhow::Result<WxSim> {
    let seed = dir.secret("wxsim-seed", || files::random_text(&SystemRandom))?;
    let listen = (Ipv4Addr::LOCALHOST, port).into();
    let config = hufu_wxsim::Config {
        seed: Seed::from(seed),
        listen,
        ..hufu_wxsim::Config::default()
    };
    WxSim::start(config).await.with_context(|| {
        format!("the simulator cannot use port {port} of 127.0.0.1: choose another with --sim-port")
    })
}
