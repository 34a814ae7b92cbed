//! TLS by rustls: a certificate and its key from files, read again when they change.
//!
//! Only HTTP/1.1 is offered: a connection that is silent after its handshake must not wait for ever for the preface of HTTP/2.

use axum_server::tls_rustls::RustlsConfig;
use std::{
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    fs,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often the files are looked at.
const RELOAD_EVERY: Duration = Duration::from_secs(10);

/// How long a handshake may take.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the certificate and its key are.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate and those between it and its CA, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// When the two files were changed.
type ChangedAt = [Option<SystemTime>; 2];

/// What is served, and which state of the files it is.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    config: RustlsConfig,
    served: ChangedAt,
    /// The state that could not be used and has been complained of.
    refused: Option<ChangedAt>,
}

impl Tls {
    /// Reads the files. The error says what is wrong with them.
    pub async fn open(files: TlsFiles) -> io::Result<Self> {
        let served = files.changed_at().await;
        Ok(Self {
            config: files.read().await?,
            files,
            served,
            refused: None,
        })
    }

    pub(super) fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Reads the files again where they have changed, and gives whether they are served now. Where they cannot be used, such
    /// as while one of them is new and the other is not yet, what was served is served on, and the next call tries again.
    pub async fn reload(&mut self) -> bool {
        let now = self.files.changed_at().await;
        if now == self.served {
            return false;
        }
        match self.files.read().await {
            Ok(config) => {
                self.config.reload_from_config(config.get_inner());
                (self.served, self.refused) = (now, None);
                tracing::info!("a new TLS certificate is served");
                true
            }
            Err(error) => {
                if self.refused.as_ref() != Some(&now) {
                    tracing::error!(%error, "the new TLS certificate cannot be used: the one before is served on");
                }
                self.refused = Some(now);
                false
            }
        }
    }

    /// Looks at the files again and again, in the background.
    pub(super) fn watch(mut self) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut interval = interval(RELOAD_EVERY);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                interval.tick().await;
                self.reload().await;
            }
        })
    }
}

impl TlsFiles {
    async fn changed_at(&self) -> ChangedAt {
        let at = async |path: &PathBuf| fs::metadata(path).await.ok()?.modified().ok();
        [at(&self.cert).await, at(&self.key).await]
    }

    async fn read(&self) -> io::Result<RustlsConfig> {
        let loaded = RustlsConfig::from_pem_file(&self.cert, &self.key).await?;
        let mut config = (*loaded.get_inner()).clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(RustlsConfig::from_config(Arc::new(config)))
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
