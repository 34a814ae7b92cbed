//! `hufu migrate`

use super::setup::{ConfigFile, options};
use anyhow::bail;
use clap::Args;
use hufu_core::{Clock, time::SystemClock};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Change nothing; only tell whether something is missing, by the exit code 1.
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let options = options(&arguments.config.read()?)?;
    if arguments.check {
        let missing = hufu_storage::pending(&options).await?;
        if !missing.is_empty() {
            bail!("the database lacks {}: run `hufu migrate`", missing.join(", "));
        }
        super::say("nothing is missing");
        return Ok(());
    }
    let applied = hufu_storage::migrate(&options, SystemClock.now()).await?;
    if applied.is_empty() {
        super::say("nothing was missing");
    }
    for migration in applied {
        super::say(&format!("applied {migration}"));
    }
    Ok(())
}
