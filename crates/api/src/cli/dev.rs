//! `hufu dev`

use crate::dev::{self, DevOptions};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where the server listens, on 127.0.0.1.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the simulator of WeChat listens, on 127.0.0.1.
    #[arg(long, default_value_t = 8090)]
    sim_port: u16,
    /// Where the database and the secrets are kept.
    #[arg(long, default_value = "./hufu-data")]
    data_dir: PathBuf,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    dev::run(DevOptions {
        port: arguments.port,
        sim_port: arguments.sim_port,
        data_dir: arguments.data_dir,
    })
    .await
}
