//! What a simulator is started with, and why it may refuse to start.

use std::net::{Ipv4Addr, SocketAddr};

use crate::{ClockSource, Seed};

/// The environment variable that permits an address beyond loopback, whatever its value.
pub(crate) const ALLOW_PUBLIC: &str = "WXSIM_ALLOW_PUBLIC";

/// What a simulator is started with.
#[derive(Clone)]
pub struct Config {
    /// Gives every openid, unionid and default secret, and the order of everything that looks random.
    pub seed: Seed,
    /// Where it listens; port 0 takes a free one. Only loopback, unless `WXSIM_ALLOW_PUBLIC` is set.
    pub listen: SocketAddr,
    /// When set, the control plane answers only requests that carry it as `x-wxsim-token`.
    pub control_token: Option<String>,
    /// Whether time flows by itself.
    pub clock: ClockSource,
    /// How many requests the log remembers; the oldest is forgotten first.
    pub request_log_capacity: usize,
}

impl Default for Config {
    /// Seed `wxsim`, a free loopback port, no control token, real time, a thousand requests remembered.
    fn default() -> Self {
        Self {
            seed: Seed::from("wxsim"),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            control_token: None,
            clock: ClockSource::Real,
            request_log_capacity: 1000,
        }
    }
}

impl Config {
    /// Refuses what would put a machine that hands out logins within reach of strangers.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        if self.is_loopback() {
            return Ok(());
        }
        if std::env::var_os(ALLOW_PUBLIC).is_none() {
            return Err(StartError::NotLoopback(self.listen));
        }
        if self.control_token.is_none() {
            return Err(StartError::ControlTokenMissing(self.listen));
        }
        Ok(())
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }
}

/// Why the simulator did not start. Whoever started it must act.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address can be reached from other machines.
    #[error("wxsim only listens on loopback, and {0} is not; set WXSIM_ALLOW_PUBLIC if you mean it")]
    NotLoopback(SocketAddr),
    /// The address can be reached from other machines and anyone could steer the simulator.
    #[error("wxsim needs a control token to listen on {0}, which other machines can reach")]
    ControlTokenMissing(SocketAddr),
    /// The system refused the address.
    #[error("wxsim cannot listen on {listen}: {cause}")]
    Bind {
        /// The address that was asked for.
        listen: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
}
