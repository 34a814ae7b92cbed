//! `hufu serve`

use super::setup::{ConfigFile, app, listen};
use crate::{background::background, metrics, server, telemetry};
use anyhow::Context;
use clap::Args;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = arguments.config.read()?;
    telemetry::start(&config.log)?;
    let recorder = metrics::install().context("metrics cannot be measured")?;
    let app = Arc::new(app(&config).await?);
    let public = listen("server.listen", config.server.listen)?;
    let watched = listen("metrics.listen", config.metrics.listen)?;
    let server = server::serve(app.clone(), public)?;
    let watched = metrics::serve(app.clone(), recorder, watched)?;
    let tasks = background(app.clone());
    tracing::info!(
        listen = %server.address(),
        metrics = %watched.address(),
        base_url = %app.base_url,
        version = env!("CARGO_PKG_VERSION"),
        "listening"
    );
    server::until_told_to_stop().await?;
    tracing::info!("stopping");
    server.stop().await?;
    tasks.stop().await;
    watched.stop().await?;
    Ok(())
}
