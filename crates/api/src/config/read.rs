//! Reading: the file, then the environment, then one sentence about the first thing that is wrong.

use super::Config;
use config::{Environment, File, FileFormat};
use std::{collections::HashMap, fs, path::Path};
use thiserror::Error;

/// Why there is no configuration: a sentence for the person who wrote it.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ConfigError(String);

const SECTIONS: [&str; 10] = [
    "server",
    "tls",
    "database",
    "secrets",
    "wechat",
    "passwords",
    "sms",
    "outbound",
    "metrics",
    "log",
];

/// Reads the file, where there is one, and those variables that begin with `HUFU_`. Paths in the file are relative to
/// the working directory.
pub fn read(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let mut builder = config::Config::builder();
    if let Some(path) = file {
        let text = fs::read_to_string(path).map_err(|error| {
            ConfigError(format!(
                "the configuration file {} cannot be read: {error}",
                path.display()
            ))
        })?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
    }
    let source = Environment::with_prefix("HUFU")
        .prefix_separator("_")
        .separator("__")
        .source(Some(ours(environment)?));
    builder
        .add_source(source)
        .build()
        .and_then(config::Config::try_deserialize)
        .map_err(|error| sentence(&error, file))
}

/// The variables that are meant for us: `HUFU_<SECTION>__<KEY>`. One that only looks so is a mistake worth a word; any
/// other `HUFU_…` belongs to someone else, such as a script.
fn ours(
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<HashMap<String, String>, ConfigError> {
    let mut ours = HashMap::new();
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix("HUFU_") else {
            continue;
        };
        if rest.contains("__") {
            ours.insert(name, value);
            continue;
        }
        let (section, key) = rest.split_once('_').unwrap_or((rest, ""));
        if SECTIONS.contains(&section.to_lowercase().as_str()) {
            return Err(ConfigError(format!(
                "the environment variable {name} is not known; a key of the configuration has two underscores after \
                 its section: HUFU_{section}__{key}"
            )));
        }
    }
    Ok(ours)
}

fn sentence(error: &config::ConfigError, file: Option<&Path>) -> ConfigError {
    let place = match file {
        Some(path) => format!("the configuration ({} and HUFU_ variables)", path.display()),
        None => "the configuration (HUFU_ variables)".to_owned(),
    };
    let error = error.to_string();
    // The TOML reader quotes the line in between, which may hold a secret.
    let mut lines = error.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, last) = (lines.next().unwrap_or_default(), lines.next_back());
    let detail = last.map_or_else(|| first.to_owned(), |last| format!("{first}: {last}"));
    ConfigError(format!("{place} cannot be used: {detail}"))
}
