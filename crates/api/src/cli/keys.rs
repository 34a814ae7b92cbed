//! `hufu keys`: the master key.

use super::setup::{ConfigFile, audit};
use crate::random::SystemRandom;
use clap::Subcommand;
use hufu_storage::MasterKey;
use secrecy::ExposeSecret;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print a new master key. Keep it in a file that only hufu can read, and a copy elsewhere.
    Generate,
    /// Wrap every tenant's data key under the master key, which so replaces the previous one. Can be run again.
    Rewrap {
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Generate => super::say(MasterKey::generate(&SystemRandom).reveal().expose_secret()),
        Command::Rewrap { config } => {
            let tenants = config.open_store().await?.rewrap(&audit()).await?;
            super::say(&format!(
                "{tenants} data keys were wrapped anew; the previous master key is not needed any more"
            ));
        }
    }
    Ok(())
}
