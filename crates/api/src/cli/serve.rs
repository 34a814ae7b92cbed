//! `hufu serve`

use super::setup::{ConfigFile, app, listen};
use crate::{background::background, config::Tls, metrics, server, telemetry};
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
    let told_to_stop = server::told_to_stop()?;
    let server = match tls(&config.tls).await? {
        Some(tls) => server::serve_tls(app.clone(), public, tls)?,
        None => server::serve(app.clone(), public)?,
    };
    let watched = metrics::serve(app.clone(), recorder, watched)?;
    let tasks = background(app.clone());
    tracing::info!(
        listen = %server.address(),
        metrics = %watched.address(),
        base_url = %app.base_url,
        version = env!("CARGO_PKG_VERSION"),
        "listening"
    );
    told_to_stop.await;
    tracing::info!("stopping");
    server.stop().await?;
    tasks.stop().await;
    watched.stop().await?;
    Ok(())
}

/// The certificate, where there is one.
async fn tls(config: &Tls) -> anyhow::Result<Option<server::Tls>> {
    let files = match (config.cert_file.clone(), config.key_file.clone()) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => server::TlsFiles { cert, key },
        _ => anyhow::bail!("tls.cert_file and tls.key_file must be there together"),
    };
    let opened = server::Tls::open(files).await;
    opened
        .map(Some)
        .context("the certificate of tls.cert_file and tls.key_file cannot be used")
}
