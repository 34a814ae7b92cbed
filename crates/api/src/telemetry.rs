//! The log: one line an event on standard output, with the fields of the request that it belongs to.

use crate::config::{Log, LogFormat};
use tracing_subscriber::{EnvFilter, util::TryInitError};

/// The log could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter cannot be read.
    #[error("log.filter {filter:?} cannot be used: {cause}")]
    Filter {
        /// As it was given.
        filter: String,
        /// What is wrong with it.
        cause: tracing_subscriber::filter::ParseError,
    },
    /// The process logs already.
    #[error("the log was started already")]
    Started(#[from] TryInitError),
}

/// Starts the log of this process.
pub fn start(log: &Log) -> Result<(), LogError> {
    use tracing_subscriber::{Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt};
    let filter = EnvFilter::try_new(&log.filter).map_err(|cause| LogError::Filter {
        filter: log.filter.clone(),
        cause,
    })?;
    let lines = tracing_subscriber::fmt::layer();
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    Ok(Registry::default().with(lines.with_filter(filter)).try_init()?)
}
